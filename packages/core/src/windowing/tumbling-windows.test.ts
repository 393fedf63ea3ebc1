import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import { EventTimeTrigger } from './event-time-trigger.ts';
import { GlobalWindows } from './global-windows.ts';
import { ProcessingTimeTrigger } from './processing-time-trigger.ts';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.ts';
import { GlobalWindow, TimeWindow } from './windows.ts';

const at = (processingTime: number, random = 0) => ({
  currentProcessingTime: () => processingTime,
  random: () => random,
});

describe('tumbling windows', () => {
  it('put a record into the one window [start, end) that holds its timestamp', () => {
    const assigner = TumblingEventTimeWindows.of('1 h');

    assert.deepEqual(assigner.assignWindows('a', 3_599_999, at(0)), [new TimeWindow(0, 3_600_000)]);
    assert.deepEqual(assigner.assignWindows('a', 3_600_000, at(0)), [
      new TimeWindow(3_600_000, 7_200_000),
    ]);
  });

  it('give a timestamp before 1970 the window around it', () => {
    const assigner = TumblingEventTimeWindows.of(1000);

    assert.deepEqual(assigner.assignWindows('a', -1, at(0)), [new TimeWindow(-1000, 0)]);
  });

  it('are shifted by a negative offset', () => {
    const assigner = TumblingEventTimeWindows.of(1000, -200);

    assert.deepEqual(assigner.assignWindows('a', 850, at(0)), [new TimeWindow(800, 1800)]);
  });

  it('have the end minus 1 as largest timestamp', () => {
    assert.equal(new TimeWindow(0, 1000).maxTimestamp(), 999);
  });

  it('of processing time follow the clock and not the record', () => {
    const assigner = TumblingProcessingTimeWindows.of(1000);

    assert.deepEqual(assigner.assignWindows('a', 5, at(4321)), [new TimeWindow(4000, 5000)]);
  });

  it('refuse a record without a timestamp and name Long.MIN_VALUE', () => {
    const assigner = TumblingEventTimeWindows.of(1000);

    assert.throws(() => assigner.assignWindows('a', MIN_TIMESTAMP, at(0)), {
      code: 'TIMESTAMP_MISSING',
      message: /Long\.MIN_VALUE.*WatermarkStrategy/,
    });
  });

  for (const [size, offset] of [
    [0, 0],
    [1000, 1000],
    [1000, -1000],
  ] as const) {
    it(`refuse size ${size} with offset ${offset}`, () => {
      assert.throws(() => TumblingEventTimeWindows.of(size, offset), {
        code: 'CONFIG_VALUE_INVALID',
        message: /the size must be larger than the offset/,
      });
    });
  }

  it('with random stagger draw their shift once', () => {
    const assigner = TumblingEventTimeWindows.of(1000, 0, 'random');

    const first = assigner.assignWindows('a', 500, at(0, 0.3))[0];
    const second = assigner.assignWindows('a', 500, at(0, 0.9))[0];

    assert.deepEqual(first, new TimeWindow(300, 1300));
    assert.deepEqual(second, first);
  });

  it('with natural stagger begin where the first record came', () => {
    const assigner = TumblingProcessingTimeWindows.of(1000, 0, 'natural');

    assert.deepEqual(assigner.assignWindows('a', 0, at(5250)), [new TimeWindow(5250, 6250)]);
  });

  it('fire by the time that assigns them unless the program says otherwise', () => {
    assert.ok(TumblingEventTimeWindows.of(1).defaultTrigger instanceof EventTimeTrigger);
    assert.ok(TumblingProcessingTimeWindows.of(1).defaultTrigger instanceof ProcessingTimeTrigger);
  });
});

describe('the global window', () => {
  it('takes every record, lasts for ever and does not fire by itself', () => {
    const assigner = GlobalWindows.create();

    assert.deepEqual(assigner.assignWindows(), [GlobalWindow.INSTANCE]);
    assert.equal(GlobalWindow.INSTANCE.maxTimestamp(), Number.POSITIVE_INFINITY);
    assert.equal(
      assigner.defaultTrigger.onProcessingTime(5, GlobalWindow.INSTANCE, undefined as never),
      'continue',
    );
  });
});
