import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import { EventTimeTrigger } from './event-time-trigger.ts';
import { ProcessingTimeTrigger } from './processing-time-trigger.ts';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.ts';
import { TimeWindow } from './windows.ts';

const at = (processingTime: number) => ({
  currentProcessingTime: () => processingTime,
  random: () => 0,
});

describe('sliding windows', () => {
  it('give a record the last window that opened, then every earlier one with start > ts - size', () => {
    const assigner = SlidingEventTimeWindows.of('10 s', '4 s');

    assert.deepEqual(assigner.assignWindows('a', 9000), [
      new TimeWindow(8000, 18_000),
      new TimeWindow(4000, 14_000),
      new TimeWindow(0, 10_000),
    ]);
  });

  it('leave gaps when the slide is larger than the size', () => {
    const assigner = SlidingEventTimeWindows.of(100, 1000);

    assert.deepEqual(assigner.assignWindows('a', 1099), [new TimeWindow(1000, 1100)]);
    assert.deepEqual(assigner.assignWindows('a', 1100), []);
    assert.deepEqual(assigner.assignWindows('a', 1999), []);
  });

  it('are shifted by the offset, also a negative one', () => {
    const assigner = SlidingEventTimeWindows.of(1000, 500, -100);

    assert.deepEqual(assigner.assignWindows('a', 420), [
      new TimeWindow(400, 1400),
      new TimeWindow(-100, 900),
    ]);
  });

  it('of processing time follow the clock and not the record', () => {
    const assigner = SlidingProcessingTimeWindows.of(1000, 1000);

    assert.deepEqual(assigner.assignWindows('a', 5, at(4321)), [new TimeWindow(4000, 5000)]);
  });

  it('refuse a record without a timestamp and name Long.MIN_VALUE', () => {
    const assigner = SlidingEventTimeWindows.of(1000, 500);

    assert.throws(() => assigner.assignWindows('a', MIN_TIMESTAMP), {
      code: 'TIMESTAMP_MISSING',
      message: /Long\.MIN_VALUE/,
    });
  });

  for (const [size, slide, offset] of [
    [0, 10, 0],
    [10, 0, 0],
    [10, 5, 5],
    [10, 5, -5],
  ] as const) {
    it(`refuse size ${size} and slide ${slide} with offset ${offset}`, () => {
      for (const assigner of [SlidingEventTimeWindows, SlidingProcessingTimeWindows]) {
        assert.throws(() => assigner.of(size, slide, offset), { code: 'CONFIG_VALUE_INVALID' });
      }
    });
  }

  it('fire by the time that assigns them unless the program says otherwise', () => {
    assert.ok(SlidingEventTimeWindows.of(2, 1).defaultTrigger instanceof EventTimeTrigger);
    const processing = SlidingProcessingTimeWindows.of(2, 1).defaultTrigger;
    assert.ok(processing instanceof ProcessingTimeTrigger);
  });

  it('are those of the rule for every size, slide, offset and order of timestamps', () => {
    const parameters = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
      .chain(([size, slide]) =>
        fc.record({
          size: fc.constant(size),
          slide: fc.constant(slide),
          offset: fc.integer({ min: 1 - slide, max: slide - 1 }),
          timestamps: fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 30 }),
        }),
      );
    fc.assert(
      fc.property(parameters, ({ size, slide, offset, timestamps }) => {
        const assigner = SlidingEventTimeWindows.of(size, slide, offset);
        for (const timestamp of timestamps) {
          const expected: TimeWindow[] = [];
          for (let start = timestamp; start > timestamp - size; start--) {
            if (Math.abs((start - offset) % slide) === 0) {
              expected.push(new TimeWindow(start, start + size));
            }
          }

          assert.deepEqual(assigner.assignWindows('a', timestamp), expected);
        }
      }),
    );
  });
});
