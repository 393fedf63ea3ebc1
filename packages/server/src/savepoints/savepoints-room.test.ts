import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckpointError } from '@millrace/core';
import type { DispatcherGateway, JobDetails } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = 'a'.repeat(32);
const TRIGGER = '0123456789abcdef0123456789abcdef';

function jobWith(settings: Readonly<Record<string, string>>): Partial<DispatcherGateway> {
  const configuration = Object.entries(settings).map(([key, value]) => ({ key, value }));
  return { jobDetails: async () => ({ jobId: JOB, configuration }) as unknown as JobDetails };
}

const WITH_DIRECTORY = jobWith({ 'state.savepoints.dir': 'file:///savepoints' });

function post(path: string, body: object) {
  return { method: 'POST', url: `/jobs/${JOB}${path}`, payload: body } as const;
}

describe('savepoints over REST', () => {
  it('are taken once for an id, and their path is told until it expires', async () => {
    const requests: unknown[] = [];
    const { app, holds } = endpointOf({
      ...WITH_DIRECTORY,
      triggerSavepoint: async (_jobId, request) => {
        requests.push(request);
        return 'file:/savepoints/savepoint-1';
      },
    });
    const request = post('/savepoints', { triggerId: TRIGGER.toUpperCase(), formatType: 'NATIVE' });

    const first = await app.inject(request);
    await app.inject(request);
    const told = await app.inject({ url: `/v1/jobs/${JOB}/savepoints/${TRIGGER}` });

    assert.deepEqual([first.statusCode, first.json()], [202, { 'request-id': TRIGGER }]);
    assert.deepEqual(requests, [{ formatType: 'NATIVE', cancelJob: false }]);
    assert.deepEqual(told.json(), {
      status: { id: 'COMPLETED' },
      operation: { location: 'file:/savepoints/savepoint-1' },
    });
    assert.deepEqual(holds, [true, false]);
  });

  it('that fail are completed too, with code and message and no stack', async () => {
    const { app } = endpointOf({
      ...WITH_DIRECTORY,
      stopWithSavepoint: async () => {
        throw new CheckpointError('CHECKPOINT_EXPIRED', 'took too long');
      },
    });

    await app.inject(post('/stop', { drain: true, triggerId: TRIGGER }));
    const told = await app.inject({ url: `/jobs/${JOB}/savepoints/${TRIGGER}` });

    const { 'serialized-throwable': ofJava, ...texts } = told.json().operation['failure-cause'];
    assert.deepEqual(texts, {
      class: 'CheckpointError',
      'stack-trace': 'CheckpointError: CHECKPOINT_EXPIRED: took too long',
    });
    assert.match(Buffer.from(ofJava, 'base64').toString('latin1'), /^\xac\xed.*took too long/s);
  });

  it('are refused where no directory is known, by the key that names one', async () => {
    const { app } = endpointOf(jobWith({}));

    const refused = await app.inject(post('/savepoints', { 'target-directory': null }));

    assert.equal(refused.statusCode, 400);
    assert.match(
      refused.json().errors[0],
      /Config key \[execution\.checkpointing\.savepoint-dir] is not set\. Property \[target-directory]/,
    );
  });

  it('are not known by an id that nobody triggered', async () => {
    const { app } = endpointOf();

    const unknown = await app.inject({ url: `/jobs/${JOB}/savepoints/${TRIGGER}` });

    assert.equal(unknown.statusCode, 404);
    assert.match(unknown.json().errors[0], /There is no savepoint operation with triggerId=0123/);
  });

  it('take what Flink takes for a truth or a text', async () => {
    const { app } = endpointOf(WITH_DIRECTORY);

    const taken = await app.inject(
      post('/savepoints', { 'cancel-job': 'false', 'target-directory': 5 }),
    );
    const refused = await app.inject(post('/savepoints', { 'cancel-job': 'perhaps' }));

    assert.deepEqual([taken.statusCode, refused.statusCode], [202, 400]);
  });

  it('take no field that Flink does not know, and none twice', async () => {
    const { app } = endpointOf(WITH_DIRECTORY);

    const unknown = await app.inject(post('/savepoints', { 'cancel-jobs': true }));
    const twice = await app.inject({
      ...post('/savepoints', {}),
      payload: '{"cancel-job": false, "cancel\\u002djob": true}',
    });

    assert.deepEqual([unknown.statusCode, twice.statusCode], [400, 400]);
    assert.match(
      unknown.json().errors[0],
      /Request did not match expected format SavepointTriggerRequestBody\..*"cancel-jobs"/,
    );
    assert.match(twice.json().errors[0], /"cancel-job"/);
  });
});
