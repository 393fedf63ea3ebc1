/** The client of `@millrace/rest-client` against a job that runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Configuration } from '@millrace/core';
import { MillraceClient } from '@millrace/rest-client';
import { dispatcherOfProcess, type RestServer } from '@millrace/runtime';
import { startRestServer } from '@millrace/server';
import type { JobClient } from 'millrace';
import { completedCheckpoints } from '../e2e/counting-program.ts';
import { KEYS, liveCounts } from '../e2e/live-state-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-rest-client-'));
let job: JobClient;
let server: RestServer;
let client: MillraceClient;
let jobId: string;

before(async () => {
  job = await liveCounts({
    'parallelism.default': '2',
    'execution.checkpointing.interval': '100 ms',
    'execution.checkpointing.dir': join(folder, 'checkpoints'),
    'execution.checkpointing.savepoint-dir': join(folder, 'savepoints'),
    'execution.checkpointing.num-retained': '100',
  });
  jobId = job.jobId;
  const settings = new Configuration({ 'rest.bind-port': '0', 'rest.auth.token': 's3cret' });
  server = await startRestServer(settings, dispatcherOfProcess());
  client = new MillraceClient({ address: await server.url, token: 's3cret' });
  await completedCheckpoints(job, 1);
});

after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the client of a running job', () => {
  it('lists it, and reads any call by its path', async () => {
    const jobs = await client.jobs();
    const { vertices } = await client.call('get', '/jobs/{jobid}', { path: { jobid: jobId } });
    const [vertex] = vertices;
    const subtasks = await client.call('get', '/jobs/{jobid}/vertices/{vertexid}', {
      path: { jobid: jobId, vertexid: vertex!.id },
    });
    const metrics = await client.call('get', '/metrics');

    assert.deepEqual([jobs[0]!.jid, jobs[0]!.state], [jobId, 'RUNNING']);
    assert.equal(subtasks.parallelism, vertex!.parallelism);
    assert.match(metrics, /^flink_\w+/m);
  });

  it('reads its state: of a key, all of it, its sizes, by SQL', async () => {
    const { operators } = await client.state(jobId);
    const { operatorId } = operators.find(({ uid }) => uid === 'counts')!;
    const place = { operatorId, stateName: 'count' };
    const keys = new Set<unknown>();
    for await (const { key } of client.stateEntries(jobId, place, { pageSize: 70 })) {
      keys.add(key);
    }
    const [snapshot] = await client.snapshots(jobId);
    const stored = await client.stateOfKey(jobId, place, 7, { source: snapshot!.id });
    const sizes = await client.stateSizes(jobId, operatorId);
    const largest = await client.largestKeys(jobId, place, { limit: 3 });
    const hottest = await client.hottestKeys(jobId, operatorId);
    const { rows } = await client.sql(jobId, 'SELECT count(*) FROM counts.count');

    assert.equal(keys.size, KEYS);
    assert.deepEqual([stored.key, stored.entries.length], [7, 1]);
    assert.ok(sizes.states.some(({ name, entries }) => name === 'count' && entries === KEYS));
    assert.equal(largest.keys.length, 3);
    assert.ok(hottest.sampledAccesses >= 0);
    assert.deepEqual(rows, [[KEYS]]);
  });

  it('queries state by its name', async () => {
    const names = (await client.queryableStates(jobId)).map(({ name }) => name);

    const count = await client.queryState<number>(jobId, 'counts', 7);
    const parts = await client.queryState<Record<string, number>>(jobId, 'parts', 7);
    const nothing = await client.queryState(jobId, 'counts', KEYS + 1);

    assert.deepEqual(names.sort(), ['counts', 'parts']);
    assert.ok(count! > 0);
    assert.deepEqual(Object.keys(parts!).sort(), ['p0', 'p1', 'p2']);
    assert.equal(nothing, undefined);
    await assert.rejects(client.queryState(jobId, 'nothing', 7), { status: 404 });
  });

  it('takes a checkpoint and a savepoint, and deletes the savepoint', async () => {
    const checkpointId = await client.triggerCheckpoint(jobId);
    const location = await client.triggerSavepoint(jobId);
    const metadata = join(fileURLToPath(location.replace(/^file:\/*/, 'file:///')), '_metadata');
    const isThere = existsSync(metadata);

    await client.disposeSavepoint(location);

    assert.ok(checkpointId > 0);
    assert.deepEqual([isThere, existsSync(metadata)], [true, false]);
    await assert.rejects(client.disposeSavepoint(location), /the disposal of file:.* failed: /);
  });

  it('is told what is wrong by codes', async () => {
    const stranger = new MillraceClient({ address: client.address });
    const nowhere = new MillraceClient({ address: 'http://127.0.0.1:1' });

    await assert.rejects(stranger.jobs(), { code: 'REST_UNAUTHORIZED', status: 401 });
    await assert.rejects(nowhere.jobs(), { code: 'REST_UNREACHABLE', status: undefined });
    await assert.rejects(client.sql(jobId, 'SELEC'), { code: 'SQL_INVALID', status: 400 });
    await assert.rejects(client.triggerSavepoint('0'.repeat(32)), { status: 404 });
  });

  it('stops it with a savepoint', async () => {
    const location = await client.stopWithSavepoint(jobId, { formatType: 'NATIVE' });

    assert.ok(location.includes('/savepoints/savepoint-'), location);
    const [stopped] = await client.jobs();
    assert.equal(stopped!.state, 'FINISHED');
    await assert.rejects(client.stopWithSavepoint(jobId), /not running|ended|FINISHED/i);
  });
});
