import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobStatus } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = 'a'.repeat(32);

function jobThatIs(status: JobStatus) {
  const cancelled: string[] = [];
  const { app } = endpointOf({
    jobStatus: async () => status,
    cancelJob: async (jobId) => void cancelled.push(jobId),
  });
  return { app, cancelled };
}

describe('cancelling over REST', () => {
  it('is accepted, also by GET for proxies, and once more when it is done', async () => {
    for (const status of ['RUNNING', 'CANCELED'] as const) {
      const { app, cancelled } = jobThatIs(status);

      const patched = await app.inject({ method: 'PATCH', url: `/jobs/${JOB}?mode=cancel` });
      const got = await app.inject({ url: `/jobs/${JOB}/yarn-cancel` });

      assert.deepEqual([patched.statusCode, patched.body, got.statusCode], [202, '{}', 202]);
      assert.deepEqual(cancelled, [JOB, JOB]);
    }
  });

  it('is refused for a job that ended otherwise, and for modes that there are not', async () => {
    const { app, cancelled } = jobThatIs('FINISHED');
    const patch = async (mode: string) =>
      (await app.inject({ method: 'PATCH', url: `/jobs/${JOB}?mode=${mode}` })).statusCode;

    assert.deepEqual(
      [await patch('cancel'), await patch('stop'), await patch('kill')],
      [409, 308, 400],
    );
    assert.deepEqual(cancelled, []);
  });
});

describe('what Flink refuses', () => {
  it('is refused: rescaling by the old calls, and programs of a JVM', async () => {
    const { app } = endpointOf();

    const rescaling = await app.inject({
      method: 'PATCH',
      url: `/jobs/${JOB}/rescaling?parallelism=2`,
    });
    const upload = await app.inject({ method: 'POST', url: '/jars/upload', payload: 'x' });
    const jars = await app.inject({ url: '/jars' });

    assert.equal(rescaling.statusCode, 503);
    assert.deepEqual([upload.statusCode, upload.json().errors], [404, ['Not found: /jars/upload']]);
    assert.deepEqual(jars.json().errors, ['Unable to load requested file /jars.']);
  });
});
