/** What is said of a function that blocks the thread of a job on `local`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { MiniCluster } from './mini-cluster.ts';

/** @returns the warnings of a job whose function takes so long for its records */
async function warningsOf(tookMs: readonly number[]): Promise<readonly string[]> {
  const clock = new ManualClock();
  const cluster = new MiniCluster({ clock });
  const env = cluster.environment();
  env
    .fromSequence(0, tookMs.length - 1)
    .map((index) => {
      clock.advance(tookMs[index] as number);
      return index;
    })
    .name('slow function')
    .filter(() => false)
    .print();
  const job = await cluster.start(env);
  await job.jobExecutionResult();
  await cluster.close();
  return cluster.warnings.filter((warning) => warning.startsWith('TASK_BLOCKS_THREAD'));
}

describe('a function that blocks the thread of a job on local', () => {
  it('is warned of by its task, with the time that nothing else went on', async () => {
    const warnings = await warningsOf([1, 3000, 1]);

    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /a function of .*slow function.* blocked the thread .* for 3 s/);
  });

  it('is not warned of below two seconds', async () => {
    assert.deepEqual(await warningsOf([1, 1900]), []);
  });
});
