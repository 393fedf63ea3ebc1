/** A savepoint of a job that writes files, started where those files are not. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  type JobClient,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-sink-folder-'));
after(() => rmSync(folder, { recursive: true }));

const RESTARTS = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '2147483647',
  'restart-strategy.fixed-delay.delay': '10 ms',
};

/** @param failsNow - true where a task is to fail */
function start(
  output: string,
  settings: Record<string, string>,
  failsNow = () => false,
): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    ...checkpointsIn(join(folder, output, 'checkpoints')),
    ...settings,
  }).setServices({ warn: () => {} });
  const make = (n: number): { n: number } => {
    if (failsNow()) {
      throw new Error('as it was told');
    }
    return { n };
  };
  env
    .fromSource(
      new DataGeneratorSource(make, 100_000_000, {
        type: Types.POJO<{ n: number }>('Row', { n: Types.LONG }),
        rateLimiterStrategy: RateLimiterStrategy.perSecond(10_000),
      }),
      WatermarkStrategy.noWatermarks(),
      'numbers',
    )
    .uid('numbers')
    .sinkTo(FileSink.forRowFormat(join(folder, output, 'rows'), csvEncoder({ columns: ['n'] })))
    .name('rows')
    .uid('rows');
  return env.executeAsync('rows');
}

function putAway(output: string): { putBack(): void } {
  const rows = join(folder, output, 'rows');
  renameSync(rows, `${rows}-away`);
  return {
    putBack: () => {
      rmSync(rows, { recursive: true, force: true });
      renameSync(`${rows}-away`, rows);
    },
  };
}

async function restarted(job: JobClient, times: number): Promise<void> {
  while (job.details().numberOfRestarts < times) {
    assert.notEqual(job.jobStatus(), 'FAILED');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function goesOn(job: JobClient): Promise<void> {
  await completedCheckpoints(job, job.details().checkpoints.counts.completed + 2);
  await job.cancel();
}

describe('a job that writes files', () => {
  it('ends at once where its savepoint is of another folder, and names sink, part and what to do', async () => {
    const first = await start('one', {});
    await completedCheckpoints(first, 1);
    const savepoint = await first.triggerSavepoint({ targetDirectory: join(folder, 'savepoints') });
    await first.cancel();

    const second = await start('two', {
      'execution.state-recovery.path': savepoint,
      'restart-strategy.type': 'exponential-delay',
    });
    const error = await failureOf(() => second.jobExecutionResult());

    assertError(
      error,
      'SINK_FAILED',
      /^sink '.*' \(uid 'rows', subtask 1\/1\): the part .*two.* does not exist, but the snapshot holds \d+ bytes/,
    );
    assert.equal(second.details().numberOfRestarts, 0);
  });

  it('restarts while its folder is away, and goes on when that is back', async () => {
    let fails = false;
    const job = await start('three', RESTARTS, () => {
      const isFirst = fails;
      fails = false;
      return isFirst;
    });
    await completedCheckpoints(job, 2);
    const rows = putAway('three');

    fails = true;
    await restarted(job, 3);
    rows.putBack();

    await goesOn(job);
    assert.match(JSON.stringify(job.details().exceptions), /SINK_FAILED.*rows.* does not exist/);
  });

  it('restarts likewise in the next process, which goes on from a checkpoint of its own', async () => {
    const highlyAvailable = {
      'high-availability.type': 'filesystem',
      'high-availability.storageDir': join(folder, 'four', 'ha'),
    };
    let fails = false;
    const first = await start(
      'four',
      { ...highlyAvailable, 'restart-strategy.type': 'none' },
      () => fails,
    );
    await completedCheckpoints(first, 2);
    fails = true;
    await failureOf(() => first.jobExecutionResult());
    const rows = putAway('four');

    const second = await start('four', { ...highlyAvailable, ...RESTARTS });
    await restarted(second, 3);
    rows.putBack();

    await goesOn(second);
  });
});
