/** Snapshots of a job that runs on worker threads, and of one that does not, are the same thing. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { completedCheckpoints } from './counting-program.ts';
import { counts, exactCounts, gathered, type Settings } from './threads-jobs.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-threads-'));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

function settings(target: string, more: Settings = {}): Settings {
  folders++;
  return {
    'execution.target': target,
    'parallelism.default': '2',
    'execution.checkpointing.interval': '20 ms',
    'execution.checkpointing.dir': join(root, `checkpoints-${folders}`),
    'execution.checkpointing.savepoint-dir': join(root, `savepoints-${folders}`),
    'restart-strategy.type': 'none',
    ...more,
  };
}

/** Runs the job halfway, stops it with a savepoint, and goes on from that. @returns all it gave */
async function overTwoRuns(first: Settings, second: Settings): Promise<string[]> {
  const before = await counts(first, 'none');
  await completedCheckpoints(before.job, 3);
  const savepoint = await before.job.stopWithSavepoint();
  const from = { ...second, 'execution.state-recovery.path': savepoint };
  const rest = await counts(from, 'none');
  await rest.job.jobExecutionResult();
  assert.ok(before.sink.results.length > 0, 'the first run gives something');
  assert.ok(rest.sink.results.length > 0, 'the second run gives something');
  return [...before.sink.results, ...rest.sink.results].sort();
}

describe('a savepoint', () => {
  const THREE = { 'parallelism.default': '3' };
  const ROCKSDB = { 'state.backend.type': 'rocksdb' };

  it('of one thread is gone on from on several', async () => {
    assert.deepEqual(await overTwoRuns(settings('local'), settings('threads')), exactCounts());
  });

  it('of several threads is gone on from on one', async () => {
    assert.deepEqual(await overTwoRuns(settings('threads'), settings('local')), exactCounts());
  });

  it('of two threads is gone on from on three', async () => {
    const result = await overTwoRuns(settings('threads'), settings('threads', THREE));

    assert.deepEqual(result, exactCounts());
  });

  it('of state in memory is gone on from with RocksDB on each thread', async () => {
    const result = await overTwoRuns(settings('threads'), settings('threads', ROCKSDB));

    assert.deepEqual(result, exactCounts());
  });
});

describe('a job on threads', () => {
  const restarts = {
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1',
    'restart-strategy.fixed-delay.delay': '1 ms',
  };

  it('goes on from checkpoints of RocksDB on each thread', async () => {
    const local = join(root, 'databases');
    const rocksdb = {
      'state.backend.type': 'rocksdb',
      'state.backend.rocksdb.localdir': local,
      ...restarts,
    };
    const { job, sink } = await counts(settings('threads', rocksdb), 'exits');
    await job.jobExecutionResult();

    assert.deepEqual(sink.results.toSorted(), exactCounts());
    assert.deepEqual(readdirSync(local), [], 'nothing is left of the thread that died');
  });

  it('goes on from unaligned checkpoints', async () => {
    const unaligned = { 'execution.checkpointing.unaligned.enabled': 'true', ...restarts };
    const { job, sink } = await counts(settings('threads', unaligned), 'throws');
    await job.jobExecutionResult();

    assert.deepEqual(sink.results.toSorted(), exactCounts());
  });

  it('goes on at another parallelism while it runs', async () => {
    const { job, sink } = await counts(settings('threads'), 'none');
    await completedCheckpoints(job, 2);

    await job.rescale({ parallelism: 3 });
    await job.jobExecutionResult();

    assert.equal(job.details().numberOfRescales, 1);
    assert.deepEqual(sink.results.toSorted(), exactCounts());
  });

  it('has the accumulators of all threads, also of a class of the program', async () => {
    const results = await gathered(settings('threads'));

    assert.equal(results.get('records'), 100);
    assert.equal(results.get('longest'), '*'.repeat(100));
  });
});
