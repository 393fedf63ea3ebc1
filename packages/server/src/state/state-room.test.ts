import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { TaskError } from '@millrace/core';
import type { JobDetails, KeptSnapshot } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

const JOB = 'a1'.repeat(16);

/** A job with checkpoints of these ids. */
function detailsOf(
  status: string,
  ids: readonly number[],
  kept: readonly KeptSnapshot[] = [],
): JobDetails {
  const history = ids.map((checkpointId) => ({
    ...{ checkpointId, status: 'COMPLETED', externalPointer: `/nowhere/chk-${checkpointId}` },
    ...{ snapshotType: { kind: 'checkpoint' }, triggeredAt: checkpointId, stateSizeBytes: 1 },
  }));
  const facts = { jobId: JOB, jobName: 'counting', status, vertices: [], queryableStates: [] };
  return { ...facts, checkpoints: { history, kept } } as unknown as JobDetails;
}

function jobWith(details: () => JobDetails) {
  let asked = 0;
  const jobDetails = async (jobId: string) => {
    asked++;
    if (jobId !== JOB) {
      throw new TaskError('JOB_NOT_FOUND', `job ${jobId} is not known here`);
    }
    return details();
  };
  return { app: endpointOf({ jobDetails }).app, asked: () => asked };
}

describe('state over REST', () => {
  it('of a job that ended is refused, with where its snapshots are', async () => {
    const { app } = jobWith(() => detailsOf('FINISHED', [3, 2]));

    for (const path of ['state', 'state/counts/sizes', 'state/counts/count?key=1']) {
      const answer = await app.inject(`/jobs/${JOB}/${path}`);

      assert.equal(answer.statusCode, 409, path);
      const [text] = answer.json().errors;
      assert.match(text, /^JOB_NOT_RUNNING: job counting is FINISHED/);
      assert.ok(text.includes(`as source: 3, 2 (/jobs/${JOB}/snapshots`), text);
    }
    const { snapshots } = (await app.inject(`/jobs/${JOB}/snapshots`)).json();
    assert.deepEqual(
      snapshots.map(({ id }: { id: string }) => id),
      ['3', '2'],
    );
  });

  it('of a job that ended and kept nothing is refused, with the setting that keeps checkpoints', async () => {
    const { app } = jobWith(() => detailsOf('CANCELED', []));

    const answer = await app.inject(`/jobs/${JOB}/state/counts/count?key=1`);

    assert.equal(answer.statusCode, 409);
    assert.match(
      answer.json().errors[0],
      /^JOB_NOT_RUNNING: job counting is CANCELED: .* no checkpoint or savepoint of it was kept\. execution\.checkpointing\.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION keeps /,
    );
  });

  it('lists savepoints as long as their files are there, with the time of one that another job took', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-kept-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const savepoint = (checkpointId: number, triggeredAt: number | undefined): KeptSnapshot => {
      const path = join(folder, `savepoint-${checkpointId}`);
      mkdirSync(path);
      writeFileSync(join(path, '_metadata'), '');
      utimesSync(join(path, '_metadata'), 7, 7);
      const externalPointer = `file:${path}`;
      return {
        ...{ checkpointId, kind: 'savepoint', externalPointer, stateSizeBytes: 70, triggeredAt },
      };
    };
    const kept = [savepoint(1, undefined), savepoint(2, 20), savepoint(4, 40)];
    rmSync(join(folder, 'savepoint-4'), { recursive: true });
    const { app } = jobWith(() => detailsOf('FINISHED', [3, 4], kept));

    const { snapshots } = (await app.inject(`/jobs/${JOB}/snapshots`)).json();

    assert.deepEqual(
      snapshots.map(({ path: _, ...told }: { path: string }) => told),
      [
        { id: '3', kind: 'checkpoint', checkpointId: 3, timestamp: 3, stateSize: 1 },
        { id: '2', kind: 'savepoint', checkpointId: 2, timestamp: 20, stateSize: 70 },
        { id: '1', kind: 'savepoint', checkpointId: 1, timestamp: 7000, stateSize: 70 },
      ],
    );
  });

  it('asks the thread of the jobs once for many who look at states, by ids in either case', async () => {
    const { app, asked } = jobWith(() => detailsOf('RUNNING', [1, 2]));

    for (const id of [JOB, JOB.toUpperCase(), JOB]) {
      assert.equal((await app.inject(`/jobs/${id}/queryable-states`)).statusCode, 200);
    }

    assert.equal(asked(), 1);
  });

  it('finds a snapshot that is newer than the picture of the job', async () => {
    const ids = [1];
    const { app } = jobWith(() => detailsOf('RUNNING', ids));
    await app.inject(`/jobs/${JOB}/snapshots`);
    ids.push(2);

    const newer = await app.inject(`/jobs/${JOB}/state?source=2`);
    const none = await app.inject(`/jobs/${JOB}/state?source=9`);

    assert.match(newer.json().errors[0], /nowhere\/chk-2/);
    const told = /^SNAPSHOT_NOT_FOUND: the job has no snapshot '9'; its newest are (2, )?1$/;
    assert.match(none.json().errors[0], told);
  });

  it('says which parameter is missing or out of its range, and the range', async () => {
    const { app } = jobWith(() => detailsOf('RUNNING', []));
    const asked: readonly (readonly [path: string, told: string])[] = [
      ['state/counts/count', 'The query parameter (key) is missing.'],
      ['queryable-states/counts', 'The query parameter (key) is missing.'],
      ...[
        'state/counts/count/entries',
        'state/counts/count/keys/largest',
        'state/counts/keys/hottest',
      ].flatMap((path) =>
        ['0', '1001', 'five'].map(
          (limit) =>
            [
              `${path}?limit=${limit}`,
              `Cannot resolve query parameter (limit) from value "${limit}". Use a whole number from 1 to 1000.`,
            ] as const,
        ),
      ),
    ];
    for (const [path, told] of asked) {
      const answer = await app.inject(`/jobs/${JOB}/${path}`);

      assert.equal(answer.statusCode, 400, answer.body);
      const [error] = answer.json().errors;
      assert.ok(
        error.endsWith(`RestHandlerException: Bad request, could not parse parameters: ${told}`),
        error,
      );
    }
    const closing = { method: 'DELETE', url: `/jobs/${JOB}/state/counts/count/entries` } as const;
    assert.match(
      (await app.inject(closing)).json().errors[0],
      /The query parameter \(cursor\) is missing\.$/,
    );
  });

  it('takes no value that Flink would not take for the type that a body says', async () => {
    const { app } = jobWith(() => detailsOf('RUNNING', []));
    const bodies: readonly (readonly [path: string, body: object, told: RegExp])[] = [
      ['sql', { query: { of: 5 } }, /query must be string/],
      ['sql', { query: 'SELECT 1', limit: 'five' }, /limit must be integer/],
      ['sql', { query: ['SELECT 1'] }, /query must be string/],
      ['savepoints', { 'target-directory': [5] }, /target-directory must be either string or null/],
      ['savepoints', { 'cancel-job': 'yes' }, /cancel-job must be either boolean or null/],
      ['stop', { drain: [true] }, /drain must be either boolean or null/],
    ];
    for (const [path, payload, told] of bodies) {
      const answer = await app.inject({ method: 'POST', url: `/jobs/${JOB}/${path}`, payload });

      assert.equal(answer.statusCode, 400, answer.body);
      assert.match(answer.json().errors[0], told);
    }
  });
});
