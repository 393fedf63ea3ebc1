import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Clock, SystemClock } from '@millrace/core';
import { TaskManagerPool } from './task-manager-pool.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-pool-'));
after(() => rmSync(root, { recursive: true, force: true }));

let pools = 0;

/** Its workers are in a call that nothing breaks off, for a second from their start on. */
function poolOfStuck(clock: Clock = new SystemClock()) {
  pools++;
  const log = join(root, `log-${pools}`);
  const file = join(root, `program-${pools}.mjs`);
  writeFileSync(log, '');
  writeFileSync(
    file,
    `import { execFileSync } from 'node:child_process';
     import { appendFileSync } from 'node:fs';
     const log = ${JSON.stringify(log)};
     appendFileSync(log, 'began ');
     execFileSync('sleep', ['1']);`,
  );
  const warnings: string[] = [];
  const start = {
    jobIndex: 0,
    jobId: 'job',
    jobName: 'job',
    configuration: {},
    processors: 1,
    earlierJobs: [],
    program: { file, entryPoint: undefined, args: [] },
    mainFile: undefined,
  };
  const pool = new TaskManagerPool({
    clock,
    heartbeatTimeoutMs: 60_000,
    cancellationTimeoutMs: 60_000,
    workerOptions: (slot) => ({
      start: { ...start, slot, taskManagerId: `taskmanager-${slot + 1}` },
      facts: [],
      memory: { heapSizeMb: undefined, youngShareMb: 192 },
      registrationTimeoutMs: 60_000,
      tasks: 'count keys (1/1)',
    }),
    taskName: () => 'a task',
    warn: (message) => warnings.push(message),
  });
  const stuck = async () => {
    const worker = await pool.workerOf(0);
    let hasEnded = false;
    void worker.ended.then(() => {
      hasEnded = true;
    });
    while (!readFileSync(log, 'utf8').includes('began')) {
      await setImmediate();
    }
    return { worker, hasEnded: () => hasEnded };
  };
  return { pool, stuck, warnings };
}

describe('the workers of a job', () => {
  it('have all ended when the pool is closed, also those that were not needed any more', async () => {
    const { pool, stuck, warnings } = poolOfStuck();
    const { hasEnded } = await stuck();

    pool.limitTo(0);
    assert.equal(hasEnded(), false);
    await pool.close();

    assert.equal(hasEnded(), true);
    assert.deepEqual(warnings, []);
  });

  it('are given out only once the one before in the slot has ended', async () => {
    const { pool, stuck } = poolOfStuck();
    const { worker, hasEnded } = await stuck();

    pool.limitTo(0);
    const [next, again] = await Promise.all([pool.workerOf(0), pool.workerOf(0)]);

    assert.equal(hasEnded(), true);
    assert.equal(next, again);
    assert.notEqual(next, worker);
    await pool.close();
  });

  it('are left with a warning where one does not end with its job', async () => {
    const timers = new Set<() => void>();
    const setTimer: Clock['setTimer'] = (delayMs, action) => {
      if (delayMs !== 5000) {
        return new SystemClock().setTimer(delayMs, action);
      }
      timers.add(action);
      return { cancel: () => timers.delete(action) };
    };
    const clock = Object.assign(new SystemClock(), { setTimer });
    const { pool, stuck, warnings } = poolOfStuck(clock);
    const { worker, hasEnded } = await stuck();

    const closed = pool.close();
    for (const timer of timers) {
      timer();
    }
    await closed;

    assert.equal(hasEnded(), false);
    assert.match(warnings.join(), /^worker thread 1 is in the middle of a call.*count keys/);
    await worker.ended;
  });
});
