import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  CountTrigger,
  EventTimeTrigger,
  GlobalWindows,
  OutputTag,
  type ProcessWindowContext,
  ProcessWindowFunction,
  PurgingTrigger,
  type TimeWindow,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
  Types,
  ValueStateDescriptor,
  type Window,
} from '@millrace/core';
import { createWindowOperator, type WindowOperatorOptions } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const LATE = new OutputTag<string>('late');
const END = Number.POSITIVE_INFINITY;

/** Joins what the window holds: `key[start]: a b c`. */
class Join extends ProcessWindowFunction<string, string, string, Window> {
  process(
    key: string,
    context: ProcessWindowContext<Window>,
    elements: Iterable<string>,
    out: Collector<string>,
  ): void {
    const { start } = context.window as TimeWindow;
    out.collect(`${key}[${start ?? 'global'}]: ${[...elements].join(' ')}`);
  }
}

type Options = WindowOperatorOptions<string, string, string, Window>;

/** Records are `key:anything`. */
function openWindows(options: Partial<Options> = {}, harness: OperatorHarnessOptions = {}) {
  const operator = createWindowOperator<string, string, string, Window>({
    name: 'windows',
    assigner: TumblingEventTimeWindows.of(1000) as unknown as Options['assigner'],
    windowFunction: { kind: 'process', processFunction: new Join(), elementType: Types.STRING },
    keySelector: (value) => value.split(':')[0] as string,
    keyType: Types.STRING,
    ...options,
  });
  return OperatorTestHarness.open(operator, harness);
}

const longest: Options['windowFunction'] = {
  kind: 'reduce',
  reduceFunction: (a, b) => (b.length > a.length ? b : a),
  elementType: Types.STRING,
};

const countRecords: AggregateFunction<string, number, string> = {
  createAccumulator: () => 0,
  add: (_value, count) => count + 1,
  getResult: (count) => `${count}`,
  merge: (a, b) => a + b,
};

describe('event-time windows', () => {
  it('fire when the watermark reaches their last millisecond, with that as timestamp', async () => {
    const windows = await openWindows();
    windows.processElement('a:1', 100);
    windows.processElement('a:2', 900);

    windows.processWatermark(998);
    windows.processWatermark(999);

    assert.deepEqual(windows.output, [
      { watermark: 998 },
      { value: 'a[0]: a:1 a:2', timestamp: 999 },
      { watermark: 999 },
    ]);
  });

  it('keep keys and windows apart', async () => {
    const windows = await openWindows();
    for (const [value, timestamp] of [
      ['a:1', 100],
      ['b:2', 200],
      ['a:3', 1100],
      ['a:4', 300],
    ] as const) {
      windows.processElement(value, timestamp);
    }

    windows.processWatermark(END);

    assert.deepEqual(windows.values.sort(), ['a[0]: a:1 a:4', 'a[1000]: a:3', 'b[0]: b:2']);
  });

  it('leave nothing behind after their cleanup', async () => {
    const windows = await openWindows();
    windows.processElement('a:1', 100);
    windows.processElement('b:1', 100);
    const before = windows.numberOfStateEntries;

    windows.processWatermark(999);

    assert.ok(before > 0);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('refuse a record without a timestamp', async () => {
    const windows = await openWindows();

    assert.throws(() => windows.processElement('a:1'), {
      code: 'TIMESTAMP_MISSING',
      message: /Long\.MIN_VALUE/,
    });
  });
});

describe('what windows do with their records', () => {
  const cases: [string, Options['windowFunction'], string[]][] = [
    ['reduce keeps one record', longest, ['a:22']],
    [
      'reduce with a process function hands it the one record',
      { ...longest, processFunction: new Join() } as Options['windowFunction'],
      ['a[0]: a:22'],
    ],
    [
      'aggregate gives the result of its accumulator',
      { kind: 'aggregate', aggregateFunction: countRecords, accumulatorType: Types.LONG },
      ['3'],
    ],
    [
      'aggregate with a process function hands it the one result',
      {
        kind: 'aggregate',
        aggregateFunction: countRecords,
        processFunction: new Join(),
        accumulatorType: Types.LONG,
      },
      ['a[0]: 3'],
    ],
    [
      'process gets all records in order',
      { kind: 'process', processFunction: new Join(), elementType: Types.STRING },
      ['a[0]: a:1 a:22 a:3'],
    ],
  ];
  for (const [title, windowFunction, expected] of cases) {
    it(title, async () => {
      const windows = await openWindows({ windowFunction });
      for (const value of ['a:1', 'a:22', 'a:3']) {
        windows.processElement(value, 500);
      }

      windows.processWatermark(999);

      assert.deepEqual(windows.values, expected);
      assert.equal(windows.numberOfStateEntries, 0);
    });

    it(`${title}, and goes on after a restore`, async () => {
      const before = await openWindows({ windowFunction });
      before.processElement('a:1', 500);
      before.processElement('a:22', 500);
      const restored = [await before.snapshot(1)];

      const after = await openWindows({ windowFunction }, { restored });
      after.processElement('a:3', 500);
      after.processWatermark(999);

      assert.deepEqual(after.values, expected);
      assert.equal(after.numberOfStateEntries, 0);
    });
  }
});

describe('late records', () => {
  it('are counted when nobody takes them', async () => {
    const windows = await openWindows();
    windows.processWatermark(999);

    windows.processElement('a:late', 999);

    assert.equal(windows.metrics.counter('numLateRecordsDropped').count, 1);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('go to the late side output with their own timestamp', async () => {
    const windows = await openWindows({ lateDataOutputTag: LATE });
    windows.processWatermark(999);

    windows.processElement('a:late', 500);

    assert.deepEqual(windows.sideOutput(LATE), [{ value: 'a:late', timestamp: 500 }]);
    assert.equal(windows.metrics.counter('numLateRecordsDropped').count, 0);
  });

  it('are not late while their window is open, even behind the watermark', async () => {
    const windows = await openWindows({ lateDataOutputTag: LATE });
    windows.processWatermark(998);

    windows.processElement('a:slow', 10);
    windows.processWatermark(999);

    assert.deepEqual(windows.values, ['a[0]: a:slow']);
  });

  it('within the allowed lateness are added and fire at once, each of them', async () => {
    const windows = await openWindows({ allowedLateness: 500 });
    windows.processElement('a:1', 100);
    windows.processWatermark(999);

    windows.processElement('a:2', 200);
    windows.processElement('a:3', 300);

    assert.deepEqual(windows.values, ['a[0]: a:1', 'a[0]: a:1 a:2', 'a[0]: a:1 a:2 a:3']);
  });

  it('beyond the allowed lateness find the window cleaned up', async () => {
    const windows = await openWindows({ allowedLateness: 500, lateDataOutputTag: LATE });
    windows.processElement('a:1', 100);

    windows.processWatermark(1499);
    windows.processElement('a:late', 999);

    assert.deepEqual(windows.values, ['a[0]: a:1']);
    assert.equal(windows.sideOutput(LATE).length, 1);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('whose window is late but not they themselves are neither counted nor put aside', async () => {
    const windows = await openWindows({
      assigner: new WindowBefore() as unknown as Options['assigner'],
      lateDataOutputTag: LATE,
    });
    windows.processWatermark(1500);

    windows.processElement('a:1', 2000);

    assert.deepEqual(windows.sideOutput(LATE), []);
    assert.deepEqual(windows.values, []);
  });
});

/** Gives each record the window before its own. */
class WindowBefore extends TumblingEventTimeWindows {
  constructor() {
    super(1000, 0, 'aligned');
  }

  override assignWindows(
    ...[element, timestamp, context]: Parameters<TumblingEventTimeWindows['assignWindows']>
  ): readonly TimeWindow[] {
    return super.assignWindows(element, timestamp - 1000, context);
  }
}

describe('triggers', () => {
  it('count fires at each n records and keeps the contents', async () => {
    const windows = await openWindows({ trigger: CountTrigger.of(2) });

    for (const value of ['a:1', 'a:2', 'b:1', 'a:3', 'a:4']) {
      windows.processElement(value, 100);
    }

    assert.deepEqual(windows.values, ['a[0]: a:1 a:2', 'a[0]: a:1 a:2 a:3 a:4']);
  });

  it('purging drops the contents when its inner trigger fires', async () => {
    const windows = await openWindows({ trigger: PurgingTrigger.of(CountTrigger.of(2)) });

    for (const value of ['a:1', 'a:2', 'a:3', 'a:4']) {
      windows.processElement(value, 100);
    }

    assert.deepEqual(windows.values, ['a[0]: a:1 a:2', 'a[0]: a:3 a:4']);
  });

  it('their state is gone with the window', async () => {
    const windows = await openWindows({ trigger: CountTrigger.of(5) });
    windows.processElement('a:1', 100);

    windows.processWatermark(999);

    assert.deepEqual(windows.values, []);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('do not fire a window whose contents were purged', async () => {
    const windows = await openWindows({
      trigger: PurgingTrigger.of(new EventTimeTrigger()),
      allowedLateness: 100,
    });
    windows.processElement('a:1', 100);

    windows.processWatermark(999);
    windows.processWatermark(1099);

    assert.deepEqual(windows.values, ['a[0]: a:1']);
  });

  it('a purged window with lateness starts anew with its next record', async () => {
    const windows = await openWindows({
      trigger: PurgingTrigger.of(new EventTimeTrigger()),
      allowedLateness: 100,
    });
    windows.processElement('a:1', 100);
    windows.processWatermark(999);

    windows.processElement('a:2', 200);

    assert.deepEqual(windows.values, ['a[0]: a:1', 'a[0]: a:2']);
  });
});

describe('global windows', () => {
  it('never fire by themselves', async () => {
    const windows = await openWindows({
      assigner: GlobalWindows.create() as unknown as Options['assigner'],
    });
    windows.processElement('a:1', 100);

    windows.processWatermark(END);

    assert.deepEqual(windows.values, []);
  });

  it('with a purging count trigger are count windows', async () => {
    const windows = await openWindows({
      assigner: GlobalWindows.create() as unknown as Options['assigner'],
      trigger: PurgingTrigger.of(CountTrigger.of(2)),
    });

    for (const value of ['a:1', 'b:1', 'a:2', 'a:3']) {
      windows.processElement(value);
    }

    assert.deepEqual(windows.values, ['a[global]: a:1 a:2']);
  });

  it('with the end-of-stream trigger fire once, at the end of the input', async () => {
    const windows = await openWindows({
      assigner: GlobalWindows.createWithEndOfStreamTrigger() as unknown as Options['assigner'],
    });
    windows.processElement('a:1', 100);
    windows.processElement('a:2', 200);

    windows.processWatermark(1_000_000);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['a[global]: a:1 a:2']);
  });
});

describe('processing-time windows', () => {
  it('fire when the clock passes their end, and clean up', async () => {
    const windows = await openWindows(
      { assigner: TumblingProcessingTimeWindows.of(1000) as unknown as Options['assigner'] },
      { processingTime: 5100 },
    );
    windows.processElement('a:1');

    windows.setProcessingTime(5999);
    const before = windows.values.length;
    windows.setProcessingTime(6000);

    assert.equal(before, 0);
    assert.deepEqual(windows.records, [{ value: 'a[5000]: a:1', timestamp: 5999 }]);
    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('take an allowed lateness and ignore it', async () => {
    const windows = await openWindows({
      assigner: TumblingProcessingTimeWindows.of(1000) as unknown as Options['assigner'],
      allowedLateness: 5000,
    });
    windows.processElement('a:1');

    windows.setProcessingTime(1000);

    assert.equal(windows.numberOfStateEntries, 0);
  });

  it('know no late records', async () => {
    const windows = await openWindows({
      assigner: TumblingProcessingTimeWindows.of(1000) as unknown as Options['assigner'],
      lateDataOutputTag: LATE,
    });
    windows.processWatermark(END);

    windows.processElement('a:1', 5);

    assert.deepEqual(windows.sideOutput(LATE), []);
  });
});

describe('state of window functions', () => {
  const FIRED = new ValueStateDescriptor('fired', Types.LONG);

  /** Counts its firings per window and per key, and forgets the former in `clear`. */
  class Firings extends ProcessWindowFunction<string, string, string, Window> {
    process(
      _key: string,
      context: ProcessWindowContext<Window>,
      _elements: Iterable<string>,
      out: Collector<string>,
    ): void {
      const inWindow = context.windowState().getState(FIRED);
      const inKey = context.globalState().getState(new ValueStateDescriptor('all', Types.LONG));
      inWindow.update((inWindow.value() ?? 0) + 1);
      inKey.update((inKey.value() ?? 0) + 1);
      out.collect(`window ${inWindow.value()}, key ${inKey.value()}`);
    }

    override clear(context: ProcessWindowContext<Window>): void {
      context.windowState().getState(FIRED).clear();
    }
  }

  it('is kept per window, and per key over all windows', async () => {
    const windows = await openWindows({
      trigger: CountTrigger.of(1),
      windowFunction: {
        kind: 'process',
        processFunction: new Firings(),
        elementType: Types.STRING,
      },
    });

    windows.processElement('a:1', 100);
    windows.processElement('a:2', 200);
    windows.processElement('a:3', 1100);
    windows.processWatermark(END);

    assert.deepEqual(windows.values, ['window 1, key 1', 'window 2, key 2', 'window 1, key 3']);
    assert.equal(windows.numberOfStateEntries, 1); // The state of the key.
  });
});

describe('a window function that throws', () => {
  it('fails the task with the operator, the timer and the key named', async () => {
    class Failing extends ProcessWindowFunction<string, string, string, Window> {
      process(): void {
        throw new Error('boom');
      }
    }
    const windows = await openWindows({
      windowFunction: {
        kind: 'process',
        processFunction: new Failing(),
        elementType: Types.STRING,
      },
    });
    windows.processElement('a:1', 100);

    assert.throws(() => windows.processWatermark(999), {
      code: 'USER_FUNCTION_FAILED',
      message: /operator 'windows'.*at a timer \(timestamp 999, key "a"\): boom/,
    });
  });
});
