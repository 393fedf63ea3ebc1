/** Faults of a program that must not hang its job on worker threads, or kill it again and again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { faultyMetrics, sleeping, throwingFactory } from './threads-faulty-programs.ts';
import type { Settings } from './threads-jobs.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-faulty-'));
after(() => rmSync(root, { recursive: true, force: true }));

const ON_TWO: Settings = { 'execution.target': 'threads', 'parallelism.default': '2' };
const WITH_RESTARTS: Settings = {
  'execution.target': 'threads',
  'parallelism.default': '1',
  'heartbeat.interval': '100 ms',
  'heartbeat.timeout': '1 s',
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '5',
  'restart-strategy.fixed-delay.delay': '1 ms',
};

describe('a job on threads', () => {
  it('fails at once with a task that cannot be made, however long it would wait for its end', {
    timeout: 60_000,
  }, async () => {
    const settings = { ...ON_TWO, 'task.cancellation.timeout': '0' };

    await assert.rejects(throwingFactory(settings), {
      code: 'USER_FUNCTION_FAILED',
      message: /a factory of function objects threw: planted in the factory/,
    });
  });

  it('goes on with metrics that throw or that no other thread can have, and shows the others', async () => {
    const job = await faultyMetrics({ ...ON_TWO, 'heartbeat.interval': '50 ms' });

    const names = job.metrics().map(({ name }) => name);
    assert.equal(job.details().numberOfRestarts, 0);
    assert.equal(names.filter((name) => name === 'soundGauge').length, 2);
    assert.ok(!names.some((name) => /^(symbol|function)|throwing(C|M|H)/.test(name)), names.join());
  });

  it('restarts only after a worker that was lost in the middle of a call has ended', async () => {
    const file = join(root, 'order');

    await sleeping(WITH_RESTARTS, file, 3);

    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 3), ['open 0', 'slept', 'open 1']);
  });

  it('fails where such a worker does not end in time, which names it', async () => {
    const settings = { ...WITH_RESTARTS, 'task.cancellation.timeout': '1 s' };

    await assert.rejects(sleeping(settings, join(root, 'bound'), 4), {
      code: 'TASK_CANCELLATION_TIMEOUT',
      message: /worker thread 1, which ran .*sleeps.*, did not end within 1000 ms/,
    });
  });
});
