/** Rules of connected streams: semantics of `connect` and of several inputs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  CoProcessFunction,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  keyGroupRangeForOperatorIndex,
  type OnTimerContext,
  type OpenContext,
  OutputTag,
  type ProcessContext,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  CoProcessOperator,
  CoStreamFlatMap,
  CoStreamMap,
  KeyedCoProcessOperator,
} from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const LATE = new OutputTag<string>('late', Types.STRING);

/** `key:word` from either side; both sides count into one state. */
class Count extends KeyedCoProcessFunction<string, string, string, string> {
  private count!: ValueState<number>;

  override open(_context: OpenContext): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement1(
    value: string,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    if (value.includes('@')) {
      context.timerService().registerEventTimeTimer(Number(value.split('@')[1]));
    }
    this.add('left', context, out);
  }

  override processElement2(
    value: string,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    if (value.endsWith('late')) {
      context.output(LATE, value);
    }
    this.add('right', context, out);
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.currentKey} ${context.timeDomain} ${time}: ${this.count.value()}`);
  }

  private add(side: string, context: KeyedProcessContext<string>, out: Collector<string>): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(`${side} ${context.currentKey} ${count}`);
  }
}

const keyOf = (value: string): string => value.split(':')[0] as string;

function openCount(options: OperatorHarnessOptions = {}) {
  const keys = { keySelector1: keyOf, keySelector2: keyOf, keyType: Types.STRING };
  return OperatorTestHarness.open(
    new KeyedCoProcessOperator({ name: 'count', fn: new Count(), ...keys }),
    options,
  );
}

function openLength() {
  return OperatorTestHarness.open(
    new CoStreamMap({
      name: 'length',
      fn: { map1: (text: string) => text.length, map2: (count: number) => count * 10 },
    }),
  );
}

describe('connect: two inputs, one operator', () => {
  it('map gives one record for each record of either input, with its timestamp', async () => {
    const length = await openLength();

    length.processElement1('four', 1);
    length.processElement2(4, 2);

    assert.deepEqual(length.output, [
      { value: 4, timestamp: 1 },
      { value: 40, timestamp: 2 },
    ]);
  });

  it('flatMap gives any number of records for each record of either input', async () => {
    const words = await OperatorTestHarness.open(
      new CoStreamFlatMap<string, number, string>({
        name: 'words',
        fn: {
          flatMap1: (line, out) => line.split(' ').forEach((word) => void out.collect(word)),
          flatMap2: () => {},
        },
      }),
    );

    words.processElement1('to be', 7);
    words.processElement2(1, 8);

    assert.deepEqual(words.records, [
      { value: 'to', timestamp: 7 },
      { value: 'be', timestamp: 7 },
    ]);
  });

  it('takes records of the inputs in any order: none waits for the other', async () => {
    const length = await openLength();

    length.processElement2(1, 100);
    length.processElement2(2, 50);
    length.processElement1('a', 1);

    assert.deepEqual(length.values, [10, 20, 1]);
  });

  it('process sees times and side outputs of both inputs, and no timers without keys', async () => {
    class Merge extends CoProcessFunction<string, string, string> {
      override processElement1(
        value: string,
        context: ProcessContext,
        out: Collector<string>,
      ): void {
        const watermark = context.timerService().currentWatermark();
        out.collect(`${value} at ${context.timestamp()} after ${watermark}`);
      }
      override processElement2(value: string, context: ProcessContext): void {
        context.output(LATE, value);
        context.timerService().registerEventTimeTimer(1);
      }
    }
    const merge = await OperatorTestHarness.open(
      new CoProcessOperator({ name: 'merge', fn: new Merge() }),
    );
    merge.processBothWatermarks(3);

    merge.processElement1('a', 5);
    const timer = () => merge.processElement2('b', 6);

    assert.throws(timer, { code: 'UNSUPPORTED', message: /call keyBy/ });
    assert.deepEqual(merge.values, ['a at 5 after 3']);
    assert.deepEqual(merge.sideOutput(LATE), [{ value: 'b', timestamp: 6 }]);
  });

  it('what a function throws names the input record and its key', async () => {
    const keys = { keySelector1: keyOf, keySelector2: keyOf, keyType: Types.STRING };
    const failing = await OperatorTestHarness.open(
      new CoStreamMap<string, string, string, string>({
        name: 'failing',
        ...keys,
        fn: {
          map1: (value) => value,
          map2: () => {
            throw new Error('planted');
          },
        },
      }),
    );

    assert.throws(() => failing.processElement2('k:1', 9), {
      code: 'USER_FUNCTION_FAILED',
      message: /threw at the record "k:1" \(timestamp 9, key "k"\): planted/,
    });
  });
});

describe('connect with keys: shared keyed state when both are keyed alike', () => {
  it('records of both inputs with one key share the state of the key', async () => {
    const count = await openCount();

    count.processElement1('a:1', 1);
    count.processElement2('a:1', 2);
    count.processElement2('b:1', 3);

    assert.deepEqual(count.values, ['left a 1', 'right a 2', 'right b 1']);
  });

  it('a timer fires for its key when both inputs have reached its time', async () => {
    const count = await openCount();
    count.processElement1('a:@10', 1);
    count.processElement2('a:1', 2);

    count.processWatermark1(10);
    const before = count.values.length;
    count.processWatermark2(12);

    assert.equal(before, 2);
    assert.deepEqual(count.output.slice(2), [
      { value: 'a event-time 10: 2', timestamp: 10 },
      { watermark: 10 },
    ]);
  });

  it('a record of either input without a key fails and names the operator', async () => {
    const count = await OperatorTestHarness.open(
      new KeyedCoProcessOperator<string, string, string, string>({
        name: 'count',
        fn: new Count(),
        keySelector1: keyOf,
        keySelector2: () => undefined as unknown as string,
        keyType: Types.STRING,
      }),
    );

    assert.throws(() => count.processElement2('x', 1), {
      code: 'KEY_UNDEFINED',
      message: /operator 'count' \(subtask 1\/1\) gave undefined/,
    });
  });

  it('state and timers of both inputs are restored at another parallelism', async () => {
    const one = await openCount();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const key of keys) {
      one.processElement1(`${key}:@50`, 1);
      one.processElement2(`${key}:1`, 2);
    }
    const restored = [await one.snapshot(1)];

    const both = await Promise.all(
      [0, 1].map((subtask) => openCount({ subtask, parallelism: 2, restored })),
    );
    for (const harness of both) {
      harness.processBothWatermarks(50);
    }

    assert.ok(both.every((harness) => harness.values.length > 0));
    assert.deepEqual(
      both.flatMap((harness) => harness.values).sort(),
      keys.map((key) => `${key} event-time 50: 2`),
    );
    assert.equal(
      keyGroupRangeForOperatorIndex(1, { parallelism: 2, maxParallelism: 128 }).startKeyGroup,
      64,
    );
  });
});

describe('event time of an operator with two inputs', () => {
  it('is the smaller watermark of the two', async () => {
    const length = await openLength();

    length.processWatermark1(10);
    length.processWatermark2(4);
    length.processWatermark2(20);

    assert.deepEqual(length.watermarks, [4, 10]);
  });

  it('is told by input, and of all', async () => {
    const length = await openLength();
    length.processWatermark1(10);
    length.processWatermark2(4);

    assert.deepEqual(
      ['currentInput1Watermark', 'currentInput2Watermark', 'currentInputWatermark'].map((name) =>
        length.metrics.values().get(name),
      ),
      [10, 4, 4],
    );
  });

  it('goes on without an input that is idle, and the operator is idle when both are', async () => {
    const length = await openLength();
    length.processWatermark1(10);

    length.processWatermarkStatus2('idle');
    length.processWatermarkStatus1('idle');
    length.processWatermarkStatus2('active');

    assert.deepEqual(length.output, [{ watermark: 10 }, { status: 'idle' }, { status: 'active' }]);
  });

  it('does not go back for an input that comes back behind the other', async () => {
    const length = await openLength();
    length.processWatermarkStatus2('idle');
    length.processWatermark1(10);
    length.processWatermarkStatus2('active');

    length.processWatermark2(5);
    length.processWatermark2(8);
    length.processWatermark1(30);
    length.processWatermark2(20);

    assert.deepEqual(length.watermarks, [10, 20]);
  });

  it('is that of the other input once one has ended', async () => {
    const length = await openLength();
    length.processWatermark1(Number.POSITIVE_INFINITY);

    length.processWatermark2(7);

    assert.deepEqual(length.watermarks, [7]);
  });
});
