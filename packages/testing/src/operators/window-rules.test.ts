/** What a window operator does with a record and with the end of a window, in which order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CountEvictor,
  DataInputView,
  EventTimeSessionWindows,
  EventTimeTrigger,
  OutputTag,
  ProcessWindowFunction,
  type ReducingState,
  ReducingStateDescriptor,
  SlidingEventTimeWindows,
  type TriggerResult,
  TumblingEventTimeWindows,
  Types,
  type Window,
} from '@millrace/core';
import { readKeyedBackendHeader } from '@millrace/state';
import { any, COUNT_RECORDS, END, openWindows, type WindowOptions } from './window-fixture.ts';

const LATE = new OutputTag<string>('late');
const SEEN = new ReducingStateDescriptor<number>('seen', (a, b) => a + b, Types.LONG);

/** Windows whose assigner, trigger and function write down what they are asked; `!` fires and purges. */
function writing(entries: string[]): Partial<WindowOptions> {
  class Assigner extends TumblingEventTimeWindows {
    override assignWindows(...args: Parameters<TumblingEventTimeWindows['assignWindows']>) {
      entries.push(`assigner: ${args[0]}`);
      return super.assignWindows(...args);
    }
  }
  class Firing extends EventTimeTrigger {
    override onElement(...args: Parameters<EventTimeTrigger['onElement']>): TriggerResult {
      entries.push(`trigger: ${args[0]}`);
      const result = super.onElement(...args);
      return String(args[0]).endsWith('!') ? 'fire-and-purge' : result;
    }

    override onEventTime(...args: Parameters<EventTimeTrigger['onEventTime']>): TriggerResult {
      entries.push(`trigger: time ${args[0]}`);
      return super.onEventTime(...args);
    }

    override clear(...args: Parameters<EventTimeTrigger['clear']>): void {
      entries.push('trigger: clear');
      super.clear(...args);
    }
  }
  class Writing extends ProcessWindowFunction<string, string, string, Window> {
    override process(
      ...[, , elements]: Parameters<
        ProcessWindowFunction<string, string, string, Window>['process']
      >
    ): void {
      entries.push(`function: ${[...elements].join(' ')}`);
    }

    override clear(): void {
      entries.push('function: clear');
    }
  }
  return {
    assigner: any(new Assigner(1000, 0, 'aligned')),
    trigger: new Firing(),
    windowFunction: { kind: 'process', processFunction: new Writing(), elementType: Types.STRING },
  };
}

/** What made null of the record `a:drop` empties its window. */
const EMPTIED: Record<'reduce' | 'aggregate', WindowOptions['windowFunction']> = {
  reduce: {
    kind: 'reduce',
    reduceFunction: (kept, next) => (next === 'a:drop' ? any(undefined) : `${kept} ${next}`),
    elementType: Types.STRING,
  },
  aggregate: {
    kind: 'aggregate',
    aggregateFunction: {
      createAccumulator: () => '',
      add: (value: string, kept: string) => (value === 'a:drop' ? any(null) : `${kept} ${value}`),
      getResult: (kept: string) => kept.trim(),
    },
    accumulatorType: Types.STRING,
    elementType: Types.STRING,
  },
};

describe('the order of work', () => {
  it('of a record is assign, late check, add, trigger, fire, purge, cleanup timer', async () => {
    const entries: string[] = [];
    const windows = await openWindows({ ...writing(entries), allowedLateness: 500 });

    windows.processElement('a:1', 100);
    const timersOfFirst = windows.numberOfEventTimeTimers;
    windows.processElement('a:2!', 200);
    windows.processElement('a:3!', 300);
    windows.processWatermark(2000);
    const before = entries.splice(0);
    windows.processElement('a:late', 400);

    assert.equal(timersOfFirst, 2); // At 999 of the trigger, at 1499 of the cleanup.
    assert.deepEqual(before, [
      'assigner: a:1',
      'trigger: a:1',
      'assigner: a:2!',
      'trigger: a:2!',
      'function: a:1 a:2!',
      'assigner: a:3!',
      'trigger: a:3!',
      'function: a:3!',
      'trigger: time 999', // The window is empty, so its function is not called.
      'trigger: time 1499',
      'trigger: clear',
      'function: clear',
    ]);
    assert.deepEqual(entries, ['assigner: a:late']);
  });

  it('of the end is the trigger first where firing and cleanup fall together', async () => {
    const entries: string[] = [];
    const windows = await openWindows(writing(entries));
    windows.processElement('a:1', 100);
    entries.length = 0;

    windows.processWatermark(999);

    assert.deepEqual(entries, [
      'trigger: time 999',
      'function: a:1',
      'trigger: clear',
      'function: clear',
    ]);
  });
});

describe('late windows', () => {
  it('are skipped, and a record goes into those of its windows that are not late', async () => {
    const windows = await openWindows({
      assigner: any(SlidingEventTimeWindows.of(20, 10)),
      lateDataOutputTag: LATE,
    });
    windows.processWatermark(19);

    windows.processElement('a:15', 15);
    windows.processElement('a:9', 9);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[10-30]: a:15']);
    assert.deepEqual(windows.sideOutput(LATE), [{ value: 'a:9', timestamp: 9 }]);
  });

  const assigners: [kind: string, assigner: WindowOptions['assigner'], atEnd: string[]][] = [
    ['tumbling', any(TumblingEventTimeWindows.of(1000)), ['1', '2']],
    ['sliding', any(SlidingEventTimeWindows.of(1000, 500)), ['1', '1', '2', '2']],
    ['session', any(EventTimeSessionWindows.withGap(1000)), ['1', '2']],
  ];
  for (const [kind, assigner, expected] of assigners) {
    it(`are there never where the lateness reaches beyond the end of time: ${kind}`, async () => {
      const options: Partial<WindowOptions> = {
        assigner,
        allowedLateness: Number.MAX_SAFE_INTEGER,
        lateDataOutputTag: LATE,
        windowFunction: COUNT_RECORDS,
      };
      const before = await openWindows(options);
      before.processElement('a:1', 600);
      before.processWatermark(Number.MAX_SAFE_INTEGER);
      const restored = [await before.snapshot(1)];

      const after = await openWindows(options, { restored });
      after.processWatermark(Number.MAX_SAFE_INTEGER);
      after.processElement('a:2', 700);

      assert.deepEqual([...before.values, ...after.values], expected);
      assert.deepEqual(after.sideOutput(LATE), []);
    });
  }
});

describe('a purge', () => {
  it('clears the contents only: trigger state and timers stay', async () => {
    class SecondOfWindow extends EventTimeTrigger {
      override onElement(...args: Parameters<EventTimeTrigger['onElement']>): TriggerResult {
        super.onElement(...args);
        const seen = args[3].getPartitionedState<ReducingState<number>>(SEEN);
        seen.add(1);
        return seen.get() === 2 ? 'purge' : 'continue';
      }
    }
    const windows = await openWindows({ trigger: new SecondOfWindow() });

    for (const value of ['a:1', 'a:2', 'a:3']) {
      windows.processElement(value, 100);
    }
    const timers = windows.numberOfEventTimeTimers;
    windows.processWatermark(999);

    assert.equal(timers, 1);
    assert.deepEqual(windows.values, ['a[0-1000]: a:3']);
  });
});

describe("the state of windows, under Flink's names", () => {
  const reduce: WindowOptions['windowFunction'] = {
    kind: 'reduce',
    reduceFunction: (a) => a,
    elementType: Types.STRING,
  };
  const sessions = any(EventTimeSessionWindows.withGap(10));
  const cases: [string, Partial<WindowOptions>, string[]][] = [
    ['a list of what process gets', {}, ['window-contents LIST']],
    ['one record of a reduce', { windowFunction: reduce }, ['window-contents REDUCING']],
    [
      'one accumulator of an aggregate',
      { windowFunction: COUNT_RECORDS },
      ['window-contents AGGREGATING'],
    ],
    [
      'a list of an aggregate with an evictor',
      { windowFunction: COUNT_RECORDS, evictor: any(CountEvictor.of(1)) },
      ['window-contents LIST'],
    ],
    [
      'a list and the set of windows of sessions',
      { assigner: sessions },
      ['merging-window-set LIST', 'window-contents LIST'],
    ],
  ];
  for (const [title, options, expected] of cases) {
    it(`is ${title}`, async () => {
      const windows = await openWindows(options);
      windows.processElement('a:1', 100);

      const { state } = await windows.snapshot(1);

      const handle = state.managedKeyedState;
      assert.ok(handle?.kind === 'key-groups' && handle.stream.kind === 'byte-stream');
      const { states } = readKeyedBackendHeader(new DataInputView(handle.stream.data));
      const contents = states
        .filter(({ backendStateType }) => backendStateType === 'KEY_VALUE')
        .map(({ name, options: kinds }) => `${name} ${kinds.get('KEYED_STATE_TYPE')}`);
      assert.deepEqual(contents.sort(), expected);
    });
  }
});

describe('a window whose function makes null of what it held', () => {
  for (const [kind, windowFunction] of Object.entries(EMPTIED)) {
    it(`keeps the one timer that it has: ${kind}`, async () => {
      const windows = await openWindows({ windowFunction });

      for (const record of ['a:1', 'a:drop', 'a:2', 'a:drop', 'a:3', 'a:4']) {
        windows.processElement(record, 100);
      }
      const timers = windows.numberOfEventTimeTimers;
      windows.processWatermark(999);

      assert.equal(timers, 1);
      assert.equal(windows.numberOfEventTimeTimers, 0);
      assert.deepEqual(windows.values, ['a:3 a:4']);
    });
  }
});
