import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RichFunction, Types } from '@millrace/core';
import { ManualClock } from './manual-clock.ts';
import { MiniCluster } from './mini-cluster.ts';

const LAST = Number.MAX_SAFE_INTEGER;

/** What the copies that subtasks run have in common. */
const run = { heard: [] as string[], letGo: (): void => {} };

class Hangs extends RichFunction {
  private readonly where: 'open' | 'close';

  constructor(where: 'open' | 'close') {
    super();
    this.where = where;
  }

  map(n: number): number {
    return n;
  }

  override open(): void | Promise<void> {
    return this.pass('open');
  }

  override close(): void | Promise<void> {
    return this.pass('close');
  }

  private pass(where: 'open' | 'close'): void | Promise<void> {
    run.heard.push(where);
    return where === this.where
      ? new Promise((resolve) => {
          run.letGo = resolve;
        })
      : undefined;
  }
}

describe('task.cancellation.timeout', () => {
  let clock = new ManualClock();
  let cluster = new MiniCluster({ clock });
  beforeEach(() => {
    clock = new ManualClock();
    cluster = new MiniCluster({ clock });
  });
  afterEach(() => cluster.close());

  const start = async (where: 'open' | 'close', timeout?: string) => {
    run.heard = [];
    const env = cluster.environment(
      timeout === undefined ? {} : { 'task.cancellation.timeout': timeout },
    );
    env
      .fromSequence(1, LAST)
      .map(new Hangs(where), Types.LONG)
      .name('Hangs')
      .filter(() => false)
      .print();
    const job = await cluster.start(env, 'stuck');
    await cluster.until(() =>
      where === 'open' ? run.heard.includes('open') : job.jobStatus() === 'RUNNING',
    );
    return job;
  };

  for (const where of ['open', 'close'] as const) {
    it(`ends a cancel that waits for ${where} to end, and names the task`, async () => {
      const job = await start(where, '5 s');

      const cancelled = job.cancel();
      await clock.advanceAsync(4_999);
      assert.equal(job.jobStatus(), 'CANCELLING');
      await clock.advanceAsync(1);
      await cancelled;

      assert.equal(job.jobStatus(), 'CANCELED');
      assert.match(
        cluster.warnings.join('\n'),
        /^job stuck is cancelled, but .*Hangs.*\(1\/1\) did not end within 5000 ms after .*raise task\.cancellation\.timeout$/m,
      );
    });
  }

  it('is 180 s unless set', async () => {
    const job = await start('close');

    const cancelled = job.cancel();
    await clock.advanceAsync(179_999);
    assert.equal(job.jobStatus(), 'CANCELLING');
    await clock.advanceAsync(1);
    await cancelled;

    assert.equal(job.jobStatus(), 'CANCELED');
  });

  it('of 0 waits for as long as it takes', async () => {
    const job = await start('close', '0 ms');

    const cancelled = job.cancel();
    await clock.advanceAsync(1_000_000_000);
    assert.equal(job.jobStatus(), 'CANCELLING');
    run.letGo();
    await cancelled;

    assert.equal(job.jobStatus(), 'CANCELED');
    assert.deepEqual(cluster.warnings, []);
  });

  it('lets a task that is being opened come to the end of that, then closes it', async () => {
    const job = await start('open', '5 s');

    const cancelled = job.cancel();
    await clock.advanceAsync(1_000);
    assert.deepEqual(run.heard, ['open']);
    run.letGo();
    await cancelled;

    assert.deepEqual(run.heard, ['open', 'close']);
  });
});
