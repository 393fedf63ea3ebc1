/** A savepoint of a job that writes files, started where those files are not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-sink-folder-'));
after(() => rmSync(folder, { recursive: true }));

describe('a savepoint of a job that writes files', () => {
  it('ends a job with another folder at once, and names sink, part and what to do', async () => {
    const start = (output: string, settings: Record<string, string>) => {
      const env = StreamExecutionEnvironment.createLocalEnvironment({
        ...checkpointsIn(join(folder, 'checkpoints')),
        ...settings,
      }).setServices({ warn: () => {} });
      const rateLimiterStrategy = RateLimiterStrategy.perSecond(10_000);
      env
        .fromSource(
          new DataGeneratorSource((n) => ({ n }), 100_000_000, {
            type: Types.POJO<{ n: number }>('Row', { n: Types.LONG }),
            rateLimiterStrategy,
          }),
          WatermarkStrategy.noWatermarks(),
          'numbers',
        )
        .uid('numbers')
        .sinkTo(FileSink.forRowFormat(join(folder, output), csvEncoder({ columns: ['n'] })))
        .name('rows')
        .uid('rows');
      return env.executeAsync('rows');
    };
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
});
