import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '@millrace/testing';
import { CollectSink, StreamExecutionEnvironment } from 'millrace';
import { nexmarkConfiguration } from './generator/nexmark-configuration.ts';
import { EVENT, type NexmarkEvent } from './generator/nexmark-events.ts';
import { nexmarkEvents } from './generator/nexmark-generator.ts';
import { nexmarkStream, runByClock } from './nexmark-job.ts';
import { NEXMARK_QUERIES } from './nexmark-queries.ts';
import { assertSameRows, remainingRows } from './nexmark-rows.ts';

/** 50 seconds, given at their due times, so that checkpoints come between them. */
const CONFIGURATION = nexmarkConfiguration({
  numEvents: 4_000,
  firstEventRate: 80,
  numEventGenerators: 3,
  seed: 4,
  maxEmitSpeed: false,
});
const FAILS_AT = 2_500; // about 31 s

describe('Nexmark queries that fail on the way', () => {
  for (const query of NEXMARK_QUERIES) {
    const skip =
      query.onProcessingTime === true
        ? 'what is repeated comes at another time by the clock'
        : false;
    it(`${query.name}, ${query.title}, goes on from a checkpoint to the same rows`, {
      skip,
    }, async () => {
      const clock = new ManualClock({ startMs: CONFIGURATION.baseTime });
      const env = StreamExecutionEnvironment.createLocalEnvironment({
        'parallelism.default': '2',
        'execution.checkpointing.interval': '4 s',
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '1',
        'restart-strategy.fixed-delay.delay': '1 s',
      }).setServices({ clock, warn: () => {} });
      const sink = new CollectSink<object>();
      const events = nexmarkStream(env, CONFIGURATION).map(failsOnce(FAILS_AT), EVENT);
      query.program(events).sinkTo(sink);

      const client = await env.executeAsync();
      await runByClock(client, clock);

      const { restored, completed } = client.details().checkpoints.counts;
      assert.equal(restored, 1, `restored from one of ${completed} checkpoints`);
      assertSameRows(remainingRows(query, sink.results), [
        ...query.model(nexmarkEvents(CONFIGURATION)),
      ]);
    });
  }
});

/** One function for all subtasks and attempts. */
function failsOnce(failsAt: number): (event: NexmarkEvent) => NexmarkEvent {
  let seen = 0;
  return (event) => {
    seen += 1;
    if (seen === failsAt) {
      throw new Error(`event ${seen} fails, as the test wants it`);
    }
    return event;
  };
}
