import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CountTrigger,
  EventTimeTrigger,
  PerSubtask,
  SlidingEventTimeWindows,
  SlidingProcessingTimeWindows,
  TumblingEventTimeWindows,
  Types,
} from '@millrace/core';
import { SlicingWindowOperator } from '@millrace/runtime';
import {
  any,
  COUNT,
  COUNT_RECORDS,
  END,
  JOIN,
  Join,
  openWindows,
  type WindowOptions,
  windowOperator,
} from './window-fixture.ts';

const SLIDING = any(SlidingEventTimeWindows.of(10, 5));
const COUNTS: WindowOptions['windowFunction'] = { ...COUNT_RECORDS, processFunction: new Join() };
/** Hangs on the order in which records come. */
const LAST: WindowOptions['windowFunction'] = {
  kind: 'reduce',
  reduceFunction: (_first, last) => last,
  elementType: Types.STRING,
};
const WITH: Partial<WindowOptions> = { assigner: SLIDING, windowFunction: COUNTS };
const WITHOUT: Partial<WindowOptions> = { ...WITH, slidingWindowSlices: false };

describe('sliding windows in slices', () => {
  it('keep one accumulator for each slice, not for each window', async () => {
    const wide = any(SlidingEventTimeWindows.of('1 min', '1 s'));
    const [sliced, plain] = [
      await openWindows({ ...WITH, assigner: wide }),
      await openWindows({ ...WITHOUT, assigner: wide }),
    ];
    for (const windows of [sliced, plain]) {
      windows.processElement('a:1', 100);
      windows.processElement('a:2', 200);
    }

    assert.equal(plain.numberOfStateEntries, 60);
    assert.equal(sliced.numberOfStateEntries, 1);
    sliced.processWatermark(END);
    plain.processWatermark(END);
    assert.deepEqual(sliced.records, plain.records);
    assert.equal(sliced.values.length, 60);
  });

  it('have one timer for a key whose slices share windows, also when the first of them is gone', async () => {
    const forgets = (value: string, count: number) => (value === 'a:forget' ? null : count + 1);
    const windows = await openWindows({
      ...WITH,
      windowFunction: {
        ...COUNTS,
        aggregateFunction: { ...COUNT, add: forgets },
      } as WindowOptions['windowFunction'],
    });
    windows.processElement('a:1', 2);
    windows.processElement('a:2', 7);
    windows.processElement('a:3', 12);
    assert.equal(windows.numberOfEventTimeTimers, 1);

    windows.processElement('a:forget', 3);
    windows.processWatermark(4);
    assert.equal(windows.numberOfEventTimeTimers, 1);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-10]: 1', 'a[5-15]: 2', 'a[10-20]: 1']);
    assert.equal(windows.numberOfEventTimeTimers, 0);
  });

  it('fire each window once when records of earlier slices come after those of later ones', async () => {
    for (const times of [
      [12, 2, 7],
      [22, 12, 2, 7, 17],
      [40, 2, 30, 10, 20],
    ]) {
      const [sliced, plain] = [await openWindows(WITH), await openWindows(WITHOUT)];
      for (const windows of [sliced, plain]) {
        for (const time of times) {
          windows.processElement('a:1', time);
        }
        windows.processWatermark(END);
      }

      assert.deepEqual(sliced.records, plain.records);
    }
  });

  it('are dropped with the last window that holds them', async () => {
    const windows = await openWindows(WITH);
    windows.processElement('a:1', 2);
    windows.processElement('a:2', 7);

    windows.processWatermark(9);
    assert.deepEqual(windows.values, ['a[-5-5]: 1', 'a[0-10]: 2']);
    windows.processWatermark(14);

    assert.deepEqual(windows.values.at(-1), 'a[5-15]: 1');
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('fire again at once for a record within the allowed lateness, newest window first', async () => {
    const windows = await openWindows({ ...WITH, allowedLateness: 100 });
    windows.processElement('a:1', 2);
    windows.processWatermark(20);

    windows.processElement('a:2', 3);

    assert.deepEqual(windows.values.slice(2), ['a[0-10]: 2', 'a[-5-5]: 2']);
    windows.processWatermark(END);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('of processing time go by the clock', async () => {
    const windows = await openWindows({
      ...WITH,
      assigner: any(SlidingProcessingTimeWindows.of(10, 5)),
    });
    windows.processElement('a:1');
    windows.setProcessingTime(6);
    windows.processElement('a:2');

    windows.setProcessingTime(100);

    assert.deepEqual(windows.values, ['a[-5-5]: 1', 'a[0-10]: 2', 'a[5-15]: 1']);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('which windows are in slices', () => {
  const isSliced = (options: Partial<WindowOptions>) =>
    windowOperator({ ...WITH, ...options }) instanceof SlicingWindowOperator;

  it('are sliding ones that overlap, with their own trigger, that aggregate', () => {
    assert.ok(isSliced({}));
    assert.ok(isSliced({ assigner: any(SlidingProcessingTimeWindows.of(10, 5)) }));
    assert.ok(isSliced({ trigger: any(EventTimeTrigger.create()) }));
    assert.ok(isSliced({ assigner: any(SlidingEventTimeWindows.of(10, 4)) }));
  });

  it('are no others', () => {
    class Own extends EventTimeTrigger {}
    class OwnWindows extends SlidingEventTimeWindows {}
    for (const options of [
      { assigner: any(TumblingEventTimeWindows.of(10)) },
      { assigner: any(SlidingEventTimeWindows.of(10, 10)) },
      { assigner: any(SlidingEventTimeWindows.of(5, 10)) },
      { assigner: any(SlidingEventTimeWindows.of(1000, 333)) },
      { assigner: any(new OwnWindows(10, 5, 0)) },
      { trigger: any(CountTrigger.of(2)) },
      { trigger: any(new Own()) },
      { trigger: new PerSubtask(() => any(EventTimeTrigger.create())) },
      { evictor: any({ evictBefore: () => {}, evictAfter: () => {} }) },
      { windowFunction: JOIN },
      { windowFunction: LAST },
    ]) {
      assert.ok(!isSliced(options));
    }
  });

  it('keep an accumulator each when the aggregate function has no merge', async () => {
    const { merge: _left, ...aggregateFunction } = COUNT;
    const windows = await openWindows({
      ...WITH,
      windowFunction: { ...COUNTS, aggregateFunction } as WindowOptions['windowFunction'],
    });

    windows.processElement('a:1', 2);
    assert.equal(windows.numberOfStateEntries, 2);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[-5-5]: 1', 'a[0-10]: 1']);
  });
});

describe('sliding windows in slices, restored', () => {
  it('from windows without them go on, as from a snapshot of Flink', async () => {
    const before = await openWindows(WITHOUT);
    before.processElement('a:1', 2);
    before.processElement('b:1', 2);
    const restored = [await before.snapshot(1)];

    const after = await openWindows(WITH, { restored });
    after.processElement('a:2', 6);
    after.processWatermark(END);

    assert.deepEqual(after.values.sort(), [
      'a[-5-5]: 1',
      'a[0-10]: 2',
      'a[5-15]: 1',
      'b[-5-5]: 1',
      'b[0-10]: 1',
    ]);
    assert.equal(after.numberOfStateEntries, 0);
  });

  it('run out where they are switched off, and then nothing is left of them', async () => {
    const before = await openWindows(WITH);
    before.processElement('a:1', 2);
    const middle = await openWindows(WITHOUT, { restored: [await before.snapshot(1)] });
    middle.processElement('a:2', 6);
    middle.processWatermark(20);
    assert.deepEqual(middle.values, ['a[-5-5]: 1', 'a[0-10]: 2', 'a[5-15]: 1']);
    middle.processElement('a:3', 31);

    const other = { ...WITHOUT, trigger: any(CountTrigger.of(1)) };
    const after = await openWindows(other, { restored: [await middle.snapshot(2)] });
    after.processElement('a:4', 31);

    assert.deepEqual(after.values, ['a[30-40]: 2', 'a[25-35]: 2']);
  });

  it('are not written where they are switched off', async () => {
    const [on, off] = [await openWindows(WITH), await openWindows(WITHOUT)];
    for (const windows of [on, off]) {
      windows.processElement('a:1', 2);
    }

    const [withSlices, without] = [await on.snapshot(1), await off.snapshot(1)];

    assert.ok(bytesOf(withSlices.state.managedKeyedState).includes('window-slices'));
    assert.ok(withSlices.state.managedOperatorState !== undefined);
    assert.ok(bytesOf(without.state.managedKeyedState).includes('window-contents'));
    assert.ok(!bytesOf(without.state.managedKeyedState).includes('window-slices'));
    assert.ok(without.state.managedOperatorState === undefined);
  });

  it('give a window that was cleaned up before only the records that come after', async () => {
    for (const options of [WITH, WITHOUT]) {
      const before = await openWindows(options);
      before.processElement('a:1', 2);
      before.processWatermark(6);
      const after = await openWindows(options, { restored: [await before.snapshot(1)] });

      after.processElement('a:2', 3); // The watermark of the snapshot would have made it late.
      after.processWatermark(END);

      assert.deepEqual(after.values, ['a[-5-5]: 1', 'a[0-10]: 2']);
    }
  });

  it('fire a window again that a new record comes to, and no other', async () => {
    for (const slidingWindowSlices of [true, false]) {
      const options = { ...WITH, slidingWindowSlices, allowedLateness: 100 };
      const before = await openWindows(options);
      before.processElement('a:1', 2);
      before.processWatermark(12);
      const restored = [await before.snapshot(1)];

      const same = await openWindows(options, { restored });
      same.processElement('a:2', 3);
      same.processWatermark(12);
      const earlier = await openWindows(options, { restored });
      earlier.processElement('a:2', -4);
      earlier.processWatermark(12);

      assert.deepEqual(same.values, ['a[-5-5]: 2', 'a[0-10]: 2']);
      assert.deepEqual(earlier.values, ['a[-10-0]: 1', 'a[-5-5]: 2']);
    }
  });

  it('are refused by windows that would not read them', async () => {
    const before = await openWindows(WITH);
    before.processElement('a:1', 2);
    const restored = [await before.snapshot(1)];
    const { merge: _left, ...aggregateFunction } = COUNT;

    for (const options of [
      { assigner: any(SlidingEventTimeWindows.of(20, 5)) },
      { assigner: any(SlidingEventTimeWindows.of(10, 5, 1)) },
      { assigner: any(TumblingEventTimeWindows.of(10)) },
      { trigger: any(CountTrigger.of(1)) },
      { windowFunction: { ...COUNTS, aggregateFunction } as WindowOptions['windowFunction'] },
    ]) {
      await assert.rejects(openWindows({ ...WITH, ...options }, { restored }), {
        code: 'STATE_INCOMPATIBLE',
        message: /pipeline\.sliding-window-slices: false/,
      });
    }
  });

  it('that have run out may be followed by any windows', async () => {
    const before = await openWindows(WITH);
    before.processElement('a:1', 2);
    before.processWatermark(100);
    const restored = [await before.snapshot(1)];

    const after = await openWindows(
      { ...WITH, assigner: any(TumblingEventTimeWindows.of(10)) },
      { restored },
    );
    after.processElement('a:2', 102);
    after.processWatermark(END);

    assert.deepEqual(after.values, ['a[100-110]: 1']);
  });
});

/** All that a handle holds, which is in memory. */
function bytesOf(handle: unknown): Buffer {
  if (handle instanceof Uint8Array) {
    return Buffer.from(handle);
  }
  const parts = typeof handle === 'object' && handle !== null ? Object.values(handle) : [];
  return Buffer.concat(parts.map(bytesOf));
}
