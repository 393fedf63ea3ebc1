import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  TumblingEventTimeWindows,
  Types,
  type Window,
  windowStartWithOffset,
} from '@millrace/core';
import { createWindowOperator, type WindowOperatorOptions } from '@millrace/runtime';
import fc from 'fast-check';
import { OperatorTestHarness } from '../operator-harness.ts';

const SIZE = 10;

type Options = WindowOperatorOptions<string, string, string, Window>;

const count: AggregateFunction<string, number, string> = {
  createAccumulator: () => 0,
  add: (_value, soFar) => soFar + 1,
  getResult: (counted) => `${counted}`,
  merge: (a, b) => a + b,
};

const functions: Options['windowFunction'][] = [
  { kind: 'aggregate', aggregateFunction: count, accumulatorType: Types.LONG },
  {
    kind: 'reduce',
    reduceFunction: (a, b) => `${a}|${b}`,
    elementType: Types.STRING,
  },
];

function windows(windowFunction: Options['windowFunction']) {
  return createWindowOperator<string, string, string, Window>({
    name: 'windows',
    assigner: TumblingEventTimeWindows.of(SIZE) as unknown as Options['assigner'],
    windowFunction,
    keySelector: (value) => value,
    keyType: Types.STRING,
  });
}

const events = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: -50, max: 50 }),
    /** The watermark is raised to this before the record. */
    watermark: fc.integer({ min: -60, max: 60 }),
  }),
  { maxLength: 40 },
);

describe('tumbling event-time windows', () => {
  for (const windowFunction of functions) {
    it(`give each window once, of the records that were not late (${windowFunction.kind})`, async () => {
      await fc.assert(
        fc.asyncProperty(events, async (records) => {
          const harness = await OperatorTestHarness.open(windows(windowFunction));
          const expected = new Map<string, number>();
          let watermark = Number.NEGATIVE_INFINITY;

          for (const record of records) {
            if (record.watermark > watermark) {
              watermark = record.watermark;
              harness.processWatermark(watermark);
            }
            harness.processElement(record.key, record.time);
            const start = windowStartWithOffset(record.time, 0, SIZE);
            if (start + SIZE - 1 > watermark) {
              const id = `${record.key}@${start + SIZE - 1}`;
              expected.set(id, (expected.get(id) ?? 0) + 1);
            }
          }
          harness.processWatermark(Number.POSITIVE_INFINITY);

          const dropped = harness.metrics.counter('numLateRecordsDropped').count;
          const kept = [...expected.values()].reduce((sum, n) => sum + n, 0);
          assert.equal(harness.records.length, expected.size);
          assert.equal(kept + dropped, records.length);
          assert.equal(harness.numberOfStateEntries, 0);
          if (windowFunction.kind === 'aggregate') {
            const counts = [...expected].map(([id, n]) => `${n}@${id.split('@')[1]}`);
            const fired = harness.records.map((r) => `${r.value}@${r.timestamp}`);
            assert.deepEqual(fired.sort(), counts.sort());
          }
        }),
        { numRuns: 100 },
      );
    });
  }

  it('restoring in the middle changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.nat(40), async (records, cut) => {
        const [windowFunction] = functions as [Options['windowFunction']];
        const whole = await OperatorTestHarness.open(windows(windowFunction));
        let first = await OperatorTestHarness.open(windows(windowFunction));
        const results: string[] = [];

        for (const [index, { key, time }] of records.entries()) {
          if (index === cut) {
            results.push(...first.values);
            const restored = [await first.snapshot(1)];
            first = await OperatorTestHarness.open(windows(windowFunction), { restored });
          }
          whole.processElement(key, time);
          first.processElement(key, time);
        }
        whole.processWatermark(Number.POSITIVE_INFINITY);
        first.processWatermark(Number.POSITIVE_INFINITY);

        assert.deepEqual([...results, ...first.values].sort(), whole.values.sort());
      }),
      { numRuns: 30 },
    );
  });
});
