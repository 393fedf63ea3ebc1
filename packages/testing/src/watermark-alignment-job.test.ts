/** Watermark alignment over two sources of one job, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CollectSink,
  DataGeneratorSource,
  RateLimiterStrategy,
  WatermarkStrategy,
} from '@millrace/core';
import { StreamExecutionEnvironment } from '@millrace/datastream';
import { ManualClock } from './manual-clock.ts';

const RECORDS = 200;
/** Event time between two records of a source. */
const STEP_MS = 100;
const MAX_DRIFT_MS = 1000;

/** How far the fast source was ahead at most, in event time, and how many records came in all. */
async function run(
  align: (strategy: WatermarkStrategy<number>) => WatermarkStrategy<number>,
): Promise<{ aheadMsMax: number; records: number }> {
  const clock = new ManualClock();
  const env = StreamExecutionEnvironment.createLocalEnvironment().setServices({
    clock,
    warn: () => {},
  });
  const strategy = align(
    WatermarkStrategy.forGenerator<number>(() => ({
      onEvent: (_n, timestamp, output) => output.emitWatermark(timestamp - 1),
      onPeriodicEmit: () => {},
    })).withTimestampAssigner((n) => n * STEP_MS),
  );
  const reached = { slow: 0, fast: 0 };
  let aheadMsMax = 0;
  const source = (name: keyof typeof reached, recordsPerSecond: number) =>
    env
      .fromSource(
        new DataGeneratorSource((n) => n, RECORDS, {
          rateLimiterStrategy: RateLimiterStrategy.perSecond(recordsPerSecond),
        }),
        strategy,
        name,
      )
      .map((n) => {
        reached[name] = n * STEP_MS;
        aheadMsMax = Math.max(aheadMsMax, reached.fast - reached.slow);
        return n;
      });
  const sink = new CollectSink<number>();
  source('slow', 10).union(source('fast', 100)).sinkTo(sink);
  const job = await env.executeAsync();
  for (let second = 0; second < 40 && job.jobStatus() !== 'FINISHED'; second++) {
    await clock.advanceAsync(1000);
  }
  return { aheadMsMax, records: sink.results.length };
}

describe('a job with two sources of which one is ten times as fast', () => {
  it('lets the fast one run far ahead without alignment', async () => {
    const { aheadMsMax, records } = await run((strategy) => strategy);

    assert.equal(records, 2 * RECORDS);
    assert.ok(aheadMsMax > 15_000, `${aheadMsMax} ms ahead`);
  });

  it('holds it back to the allowed drift, and loses nothing, with alignment', async () => {
    const { aheadMsMax, records } = await run((strategy) =>
      strategy.withWatermarkAlignment('both', MAX_DRIFT_MS, '50 ms'),
    );

    // Reports are an interval old, and the record that is too much is emitted before the pause.
    const slackMs = 3 * STEP_MS;
    assert.equal(records, 2 * RECORDS);
    assert.ok(aheadMsMax <= MAX_DRIFT_MS + slackMs, `${aheadMsMax} ms ahead`);
  });
});
