import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  EventTimeTrigger,
  type MergeCallback,
  type MergingWindowAssigner,
  OutputTag,
  PerSubtask,
  ProcessingTimeSessionWindows,
  ProcessWindowFunction,
  PurgingTrigger,
  type ReducingState,
  ReducingStateDescriptor,
  TimeWindow,
  Types,
  ValueStateDescriptor,
  type Window,
} from '@millrace/core';
import {
  any,
  COUNT,
  COUNT_RECORDS,
  END,
  openWindows,
  type WindowOptions,
  windowOperator,
} from './window-fixture.ts';

const LATE = new OutputTag<string>('late');
const SESSIONS: Partial<WindowOptions> = { assigner: any(EventTimeSessionWindows.withGap(10)) };
const LONGEST: WindowOptions['windowFunction'] = {
  kind: 'reduce',
  reduceFunction: (a, b) => (b.length > a.length ? b : a),
  elementType: Types.STRING,
};

class Fires {
  onElement(): string {
    return 'fire';
  }
  onEventTime(): string {
    return 'fire';
  }
  onProcessingTime(): string {
    return 'fire';
  }
  clear(): void {}
}

describe('session windows', () => {
  it('hold the records that follow each other within the gap, or at its end', async () => {
    const windows = await openWindows(SESSIONS);
    for (const time of [0, 5, 15, 26]) {
      windows.processElement(`a:${time}`, time);
    }

    windows.processWatermark(END);

    assert.deepEqual(windows.records, [
      { value: 'a[0-25]: a:0 a:5 a:15', timestamp: 24 },
      { value: 'a[26-36]: a:26', timestamp: 35 },
    ]);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('become one when a record comes that bridges them', async () => {
    const windows = await openWindows(SESSIONS);
    windows.processElement('a:0', 0);
    windows.processElement('a:18', 18);
    windows.processElement('b:0', 0);

    windows.processElement('a:9', 9);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['b[0-10]: b:0', 'a[0-28]: a:0 a:18 a:9']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('fire no timer of a window that was merged away', async () => {
    const windows = await openWindows(SESSIONS);
    windows.processElement('a:0', 0);
    windows.processElement('a:5', 5);

    windows.processWatermark(9);

    assert.deepEqual(windows.values, []);
    assert.equal(windows.numberOfStateEntries, 2); // Contents and the set of windows.
  });

  it('merge accumulators and reduced records too', async () => {
    for (const [windowFunction, expected] of [
      [COUNT_RECORDS, '3'],
      [LONGEST, 'a:18'],
    ] as const) {
      const windows = await openWindows({ ...SESSIONS, windowFunction });
      windows.processElement('a:0', 0);
      windows.processElement('a:18', 18);
      windows.processElement('a:9', 9);

      windows.processWatermark(END);

      assert.deepEqual(windows.values, [expected]);
      assert.equal(windows.numberOfStateEntries, 0);
    }
  });

  it('keep their contents under one of the old windows', async () => {
    const before = await openWindows(SESSIONS);
    before.processElement('a:0', 0);
    before.processElement('a:18', 18);
    before.processElement('a:9', 9);
    const restored = [await before.snapshot(1)];

    const after = await openWindows(SESSIONS, { restored });
    after.processElement('a:20', 20);
    after.processWatermark(END);

    assert.deepEqual(after.values, ['a[0-30]: a:0 a:18 a:9 a:20']);
    assert.equal(after.numberOfStateEntries, 0);
  });

  it('take a record whose window equals one in flight into that one', async () => {
    const gaps = EventTimeSessionWindows.withDynamicGap((text: string) =>
      Number(text.split(':')[1]),
    );
    const windows = await openWindows({ assigner: any(gaps) });
    windows.processElement('a:10', 0);
    windows.processElement('a:15', 5);

    windows.processElement('a:20', 0);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-20]: a:10 a:15 a:20']);
  });

  it('of processing time follow the clock', async () => {
    const windows = await openWindows({ assigner: any(ProcessingTimeSessionWindows.withGap(10)) });
    windows.processElement('a:1');
    windows.setProcessingTime(8);
    windows.processElement('a:2');
    windows.setProcessingTime(17);
    const before = windows.values.length;

    windows.setProcessingTime(18);

    assert.equal(before, 0);
    assert.deepEqual(windows.records, [{ value: 'a[0-18]: a:1 a:2', timestamp: 17 }]);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('late records of windows that merge', () => {
  it('are late when their own window is, and merges with none', async () => {
    const windows = await openWindows({ ...SESSIONS, lateDataOutputTag: LATE });
    windows.processElement('a:0', 0);
    windows.processWatermark(50);

    windows.processElement('a:40', 40);
    windows.processElement('a:42', 42);

    assert.deepEqual(windows.sideOutput(LATE), [{ value: 'a:40', timestamp: 40 }]);
    assert.deepEqual(windows.values, ['a[0-10]: a:0']);
    windows.processWatermark(END);
    assert.deepEqual(windows.values, ['a[0-10]: a:0', 'a[42-52]: a:42']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('join a window that is still open', async () => {
    const windows = await openWindows({ ...SESSIONS, lateDataOutputTag: LATE });
    windows.processElement('a:45', 45);
    windows.processWatermark(50);

    windows.processElement('a:36', 36);
    windows.processWatermark(END);

    assert.deepEqual(windows.sideOutput(LATE), []);
    assert.deepEqual(windows.values, ['a[36-55]: a:45 a:36']);
  });

  it('within the allowed lateness fire at once, with what their merged window holds', async () => {
    const windows = await openWindows({ ...SESSIONS, allowedLateness: 100 });
    windows.processElement('a:0', 0);
    windows.processElement('a:18', 18);
    windows.processWatermark(50);

    windows.processElement('a:9', 9);

    assert.deepEqual(windows.values, ['a[0-10]: a:0', 'a[18-28]: a:18', 'a[0-28]: a:0 a:18 a:9']);
    windows.processWatermark(127);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

describe('triggers of windows that merge', () => {
  it('merge their counts', async () => {
    const windows = await openWindows({ ...SESSIONS, trigger: CountTrigger.of(4) });
    for (const time of [0, 18, 19]) {
      windows.processElement(`a:${time}`, time);
    }

    windows.processElement('a:9', 9);

    assert.deepEqual(windows.values, ['a[0-29]: a:0 a:18 a:19 a:9']);
    windows.processWatermark(END);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('that purge keep the window in flight, empty', async () => {
    const windows = await openWindows({
      ...SESSIONS,
      trigger: PurgingTrigger.of(CountTrigger.of(2)),
    });
    for (const time of [0, 1, 2, 3]) {
      windows.processElement(`a:${time}`, time);
    }

    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-11]: a:0 a:1', 'a[0-13]: a:2 a:3']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('are refused when they cannot merge, or say so but have no onMerge', async () => {
    const delta = DeltaTrigger.of(1, () => 0, Types.STRING);
    class Plain extends EventTimeTrigger {
      override canMerge(): boolean {
        return false;
      }
    }

    class NoOnMerge extends Fires {
      canMerge(): boolean {
        return true;
      }
    }

    for (const [trigger, name] of [
      [delta, 'DeltaTrigger'],
      [new Plain(), 'EventTimeTrigger'],
      [PurgingTrigger.of(any(delta)), 'PurgingTrigger\\(DeltaTrigger'],
      [new NoOnMerge(), 'NoOnMerge'],
      [PurgingTrigger.of(any(new NoOnMerge())), 'PurgingTrigger\\(NoOnMerge'],
    ] as const) {
      const options = { ...SESSIONS, trigger: any(trigger) };
      assert.throws(() => windowOperator(options), {
        code: 'UNSUPPORTED',
        message: new RegExp(`the trigger ${name}.*cannot be merged`),
      });
    }
    assert.throws(
      () => windowOperator({ ...SESSIONS, trigger: new PerSubtask(() => any(new Plain())) }),
      { code: 'UNSUPPORTED' },
    );
  });

  it('may keep state of their own, and merge it in onMerge', async () => {
    const seen = new ReducingStateDescriptor<number>('seen', (a, b) => a + b, Types.LONG);
    class ThirdOfSession extends EventTimeTrigger {
      override onElement(...[, , , context]: Parameters<EventTimeTrigger['onElement']>) {
        const state = context.getPartitionedState<ReducingState<number>>(seen);
        state.add(1);
        return state.get() === 3 ? 'fire-and-purge' : 'continue';
      }
      override onMerge(...[window, context]: Parameters<EventTimeTrigger['onMerge']>): void {
        super.onMerge(window, context);
        context.mergePartitionedState(seen);
      }
      override clear(...[window, context]: Parameters<EventTimeTrigger['clear']>): void {
        super.clear(window, context);
        context.getPartitionedState(seen).clear();
      }
    }
    const windows = await openWindows({ ...SESSIONS, trigger: new ThirdOfSession() });
    for (const time of [0, 18, 9]) {
      windows.processElement(`a:${time}`, time);
    }
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-28]: a:0 a:18 a:9']);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('cannot merge value state', async () => {
    class Broken extends EventTimeTrigger {
      override onMerge(...[, context]: Parameters<EventTimeTrigger['onMerge']>): void {
        context.mergePartitionedState(new ValueStateDescriptor('last', Types.LONG));
      }
    }
    const windows = await openWindows({ ...SESSIONS, trigger: new Broken() });
    windows.processElement('a:0', 0);

    assert.throws(() => windows.processElement('a:1', 1), {
      code: 'UNSUPPORTED',
      message: /value state 'last'/,
    });
  });
});

describe('windows that merge', () => {
  it('have no per-window state, but state of the key', async () => {
    class Stateful extends ProcessWindowFunction<string, string, string, Window> {
      override process(
        ...args: Parameters<ProcessWindowFunction<string, string, string, Window>['process']>
      ): void {
        const [, context, , out] = args;
        const count = context.globalState().getState(new ValueStateDescriptor('n', Types.LONG));
        count.update((count.value() ?? 0) + 1);
        out.collect(`${count.value()}`);
        context.windowState();
      }
    }
    const windows = await openWindows({
      ...SESSIONS,
      windowFunction: {
        kind: 'process',
        processFunction: new Stateful(),
        elementType: Types.STRING,
      },
    });
    windows.processElement('a:0', 0);

    assert.throws(() => windows.processWatermark(END), {
      code: 'UNSUPPORTED',
      message: /globalState/,
    });
    assert.deepEqual(windows.values, ['1']);
  });

  it('need an aggregate function that merges', () => {
    const { merge: _left, ...withoutMerge } = COUNT;
    const aggregateFunction: AggregateFunction<string, number, string> = withoutMerge;

    assert.throws(
      () =>
        windowOperator({
          ...SESSIONS,
          windowFunction: {
            ...COUNT_RECORDS,
            aggregateFunction,
          } as WindowOptions['windowFunction'],
        }),
      { code: 'UNSUPPORTED', message: /no merge/ },
    );
  });

  it('may not become one that is late already', async () => {
    class Shrinking extends Blocks {
      override mergeWindows(
        windows: readonly TimeWindow[],
        merge: MergeCallback<TimeWindow>,
      ): void {
        if (windows.length === 3) {
          merge(windows.slice(0, 2), new TimeWindow(0, 5));
        }
      }
    }
    const windows = await openWindows({ assigner: any(new Shrinking()) });
    windows.processElement('a:0', 0);
    windows.processElement('a:10', 10);
    windows.processWatermark(7);

    assert.throws(() => windows.processElement('a:20', 20), {
      code: 'UNSUPPORTED',
      message: /TimeWindow\{start=0, end=5\}.*watermark 7 has passed/,
    });
  });

  it('may not be ones that the assigner was not given', async () => {
    class Inventing extends Blocks {
      override mergeWindows(
        windows: readonly TimeWindow[],
        merge: MergeCallback<TimeWindow>,
      ): void {
        merge([...windows, new TimeWindow(1, 2)], new TimeWindow(0, 99));
      }
    }
    const windows = await openWindows({ assigner: any(new Inventing()) });

    assert.throws(() => windows.processElement('a:0', 0), { code: 'UNSUPPORTED' });
  });

  it('may be of an assigner of the program', async () => {
    /** Three blocks in a row become one. */
    class Triples extends Blocks {
      override mergeWindows(
        windows: readonly TimeWindow[],
        merge: MergeCallback<TimeWindow>,
      ): void {
        const sorted = [...windows].sort((a, b) => a.start - b.start);
        if (sorted.length === 3) {
          merge(sorted, new TimeWindow(sorted[0]!.start, sorted[2]!.end));
        }
      }
    }
    const windows = await openWindows({ assigner: any(new Triples()) });
    for (const time of [20, 0, 10]) {
      windows.processElement(`a:${time}`, time);
    }

    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[0-30]: a:0 a:20 a:10']);
    assert.equal(windows.numberOfStateEntries, 0);
  });
});

/** Tumbling windows of 10 ms that merge as a subclass says. */
abstract class Blocks implements MergingWindowAssigner<string, TimeWindow> {
  readonly isEventTime = true;
  readonly windowType = Types.TIME_WINDOW;
  readonly defaultTrigger = EventTimeTrigger.create();

  assignWindows(_element: string, timestamp: number): readonly TimeWindow[] {
    const start = Math.floor(timestamp / 10) * 10;
    return [new TimeWindow(start, start + 10)];
  }

  abstract mergeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void;
}
