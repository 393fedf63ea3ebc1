import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import {
  DynamicEventTimeSessionWindows,
  EventTimeSessionWindows,
  ProcessingTimeSessionWindows,
} from './session-windows.ts';
import { TimeWindow } from './windows.ts';

const at = (processingTime: number) => ({
  currentProcessingTime: () => processingTime,
  random: () => 0,
});

describe('session windows', () => {
  it('begin as [ts, ts + gap) for each record', () => {
    assert.deepEqual(EventTimeSessionWindows.withGap('1 s').assignWindows('a', 5), [
      new TimeWindow(5, 1005),
    ]);
    assert.deepEqual(ProcessingTimeSessionWindows.withGap(10).assignWindows('a', 5, at(70)), [
      new TimeWindow(70, 80),
    ]);
  });

  it('take a gap that each record gives', () => {
    const byLength = EventTimeSessionWindows.withDynamicGap((text: string) => text.length);
    const byMethod = DynamicEventTimeSessionWindows.withDynamicGap({
      extract: (text: string) => text.length * 2,
    });
    const processing = ProcessingTimeSessionWindows.withDynamicGap((n: number) => n);

    assert.deepEqual(byLength.assignWindows('abc', 5), [new TimeWindow(5, 8)]);
    assert.deepEqual(byMethod.assignWindows('abc', 5), [new TimeWindow(5, 11)]);
    assert.deepEqual(processing.assignWindows(4, 0, at(10)), [new TimeWindow(10, 14)]);
  });

  it('refuse a gap that is not longer than 0', () => {
    assert.throws(() => EventTimeSessionWindows.withGap(0), { code: 'CONFIG_VALUE_INVALID' });
    assert.throws(() => ProcessingTimeSessionWindows.withGap('0 s'), {
      code: 'CONFIG_VALUE_INVALID',
    });
    for (const gap of [0, -1, 1.5, Number.NaN]) {
      const assigner = EventTimeSessionWindows.withDynamicGap(() => gap);
      assert.throws(() => assigner.assignWindows('a', 5), {
        code: 'CONFIG_VALUE_INVALID',
        message: new RegExp(`gave ${gap}`),
      });
    }
  });

  it('refuse a record without a timestamp and name Long.MIN_VALUE', () => {
    const assigner = EventTimeSessionWindows.withGap(10);

    assert.throws(() => assigner.assignWindows('a', MIN_TIMESTAMP), {
      code: 'TIMESTAMP_MISSING',
      message: /Long\.MIN_VALUE/,
    });
  });

  it('merge when they overlap or touch, and not when a millisecond lies between', () => {
    const [first, touching, apart] = [
      new TimeWindow(0, 10),
      new TimeWindow(10, 20),
      new TimeWindow(21, 30),
    ];
    const merges: [readonly TimeWindow[], TimeWindow][] = [];

    EventTimeSessionWindows.withGap(10).mergeWindows([apart, touching, first], (from, into) =>
      merges.push([from, into]),
    );

    assert.deepEqual(merges, [[[first, touching], new TimeWindow(0, 20)]]);
  });

  it('merge into the least cover of each group that hangs together, in any order', () => {
    const windows = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 8 }))
        .map(([start, length]) => new TimeWindow(start, start + length)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(windows, (given) => {
        const merged: TimeWindow[] = [];
        const swallowed = new Set<TimeWindow>();
        TimeWindow.mergeWindows(given, (from, into) => {
          assert.ok(from.length > 1);
          assert.equal(into.start, Math.min(...from.map((window) => window.start)));
          assert.equal(into.end, Math.max(...from.map((window) => window.end)));
          merged.push(into);
          for (const window of from) {
            assert.ok(!swallowed.has(window));
            swallowed.add(window);
          }
        });

        const left = [...merged, ...given.filter((window) => !swallowed.has(window))];
        for (const [i, a] of left.entries()) {
          for (const b of left.slice(i + 1)) {
            assert.ok(!a.intersects(b));
          }
        }
      }),
    );
  });
});
