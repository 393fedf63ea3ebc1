import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AggregatingStateDescriptor,
  type BroadcastContext,
  BroadcastProcessFunction,
  type Collector,
  CoProcessFunction,
  type KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type KeyedReadOnlyBroadcastContext,
  ListStateDescriptor,
  MapStateDescriptor,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  type ReadOnlyBroadcastContext,
  ReducingStateDescriptor,
  StateTtlConfig,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { ProcessFunctionTestHarnesses } from './process-function-test-harnesses.ts';

interface Reading {
  readonly sensor: string;
  readonly celsius: number;
}

const KEYS = { keySelector: ({ sensor }: Reading) => sensor, keyType: Types.STRING };
const LAST = new ValueStateDescriptor('last', Types.LONG);
const ALL = new ListStateDescriptor('all', Types.LONG);
const SEEN = new MapStateDescriptor('seen', Types.LONG, Types.BOOLEAN);
const SUM = new ReducingStateDescriptor<number>('sum', (a, b) => a + b, Types.LONG);
const MEAN = new AggregatingStateDescriptor<number, [number, number], number>(
  'mean',
  {
    createAccumulator: () => [0, 0],
    add: (value, [sum, count]) => [sum + value, count + 1],
    getResult: ([sum, count]) => sum / count,
    merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
  },
  Types.TUPLE(Types.LONG, Types.LONG),
);
const LIMITS = new MapStateDescriptor('limits', Types.STRING, Types.LONG);

/** Keeps each reading in a state of every kind. */
class Keep extends KeyedProcessFunction<string, Reading, never> {
  override processElement({ celsius }: Reading, context: KeyedProcessContext<string>): void {
    this.runtimeContext.getState(LAST).update(celsius);
    this.runtimeContext.getListState(ALL).add(celsius);
    this.runtimeContext.getMapState(SEEN).put(celsius, true);
    this.runtimeContext.getReducingState(SUM).add(celsius);
    this.runtimeContext.getAggregatingState(MEAN).add(celsius);
    context.timerService().registerProcessingTimeTimer(celsius + 1_000);
  }
}

describe('a harness of a keyed function', () => {
  it('shows state of every kind as plain values', async () => {
    const harness = await ProcessFunctionTestHarnesses.forKeyedProcessFunction(new Keep(), KEYS);

    for (const celsius of [10, 20]) {
      harness.processElement({ sensor: 'a', celsius });
    }
    harness.processElement({ sensor: 'b', celsius: 7 });

    assert.equal(harness.keyedState('a', LAST), 20);
    assert.deepEqual(harness.keyedState('a', ALL), [10, 20]);
    assert.deepEqual(
      harness.keyedState('a', SEEN),
      new Map([
        [10, true],
        [20, true],
      ]),
    );
    assert.equal(harness.keyedState('a', SUM), 30);
    assert.deepEqual(
      harness.stateByKey(MEAN),
      new Map([
        ['a', 15],
        ['b', 7],
      ]),
    );
    assert.deepEqual(harness.keyedState('none', ALL), []);
    assert.equal(harness.keyedState('none', LAST), undefined);
    assert.equal(harness.numberOfProcessingTimeTimers, 3);
    await harness.close();
  });

  it('sees what a time to live has left of a state', async () => {
    const descriptor = new ValueStateDescriptor('short', Types.LONG);
    descriptor.enableTimeToLive(new StateTtlConfig({ timeToLive: 100 }));
    class Short extends KeyedProcessFunction<string, Reading, never> {
      override processElement({ celsius }: Reading): void {
        this.runtimeContext.getState(descriptor).update(celsius);
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forKeyedProcessFunction(new Short(), KEYS);
    harness.processElement({ sensor: 'a', celsius: 1 });

    assert.equal(harness.keyedState('a', descriptor), 1);
    harness.setProcessingTime(100);
    assert.equal(harness.keyedState('a', descriptor), undefined);
    await harness.close();
  });

  it('refuses calls after it is closed, and what it has emitted stays', async () => {
    const harness = await ProcessFunctionTestHarnesses.forKeyedProcessFunction(new Keep(), KEYS);
    await harness.close();
    const closed = { code: 'UNSUPPORTED', message: /the harness is closed; call close\(\) last/ };

    assert.throws(() => harness.processElement({ sensor: 'a', celsius: 1 }), closed);
    assert.throws(() => harness.processWatermark(1), closed);
    assert.throws(() => harness.setProcessingTime(1), closed);
    await assert.rejects(harness.snapshot(1), closed);
    assert.deepEqual(harness.values, []);
  });

  it('has a clock that does not go backwards', async () => {
    const harness = await ProcessFunctionTestHarnesses.forKeyedProcessFunction(new Keep(), KEYS, {
      processingTime: 500,
    });
    harness.setProcessingTime(500);

    for (const time of [499, Number.NaN]) {
      assert.throws(() => harness.setProcessingTime(time), {
        name: 'RangeError',
        message: `the clock stands at 500 and cannot go back to ${time}`,
      });
    }
    await harness.close();
  });

  it('refuses a class in place of an object of it, as process does', async () => {
    const { forKeyedProcessFunction } = ProcessFunctionTestHarnesses;
    await assert.rejects(forKeyedProcessFunction(Keep as unknown as Keep, KEYS), {
      code: 'INVALID_GRAPH',
      message:
        'forKeyedProcessFunction got the class Keep itself; give an object of it: new Keep(…)',
    });
    await assert.rejects(forKeyedProcessFunction({} as Keep, KEYS), {
      code: 'INVALID_GRAPH',
      message: /got an object of class Object; give an object with the method processElement/,
    });
  });
});

describe('a harness of two inputs', () => {
  it('gives a keyed function the records of both with the state of their key', async () => {
    class Match extends KeyedCoProcessFunction<string, Reading, string, string> {
      override processElement1({ celsius }: Reading): void {
        this.runtimeContext.getState(LAST).update(celsius);
      }
      override processElement2(sensor: string, _context: unknown, out: Collector<string>): void {
        out.collect(`${sensor} ${this.runtimeContext.getState(LAST).value()}`);
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forKeyedCoProcessFunction(new Match(), {
      keySelector1: KEYS.keySelector,
      keySelector2: (sensor: string) => sensor,
      keyType: Types.STRING,
    });

    harness.processElement1({ sensor: 'a', celsius: 3 }, 1);
    harness.processElement2('a', 2);
    harness.processBothWatermarks(5);

    assert.deepEqual(harness.output, [{ value: 'a 3', timestamp: 2 }, { watermark: 5 }]);
    await harness.close();
  });

  it('runs a function without keys', async () => {
    class Either extends CoProcessFunction<number, string, string> {
      override processElement1(value: number, _context: unknown, out: Collector<string>): void {
        out.collect(`number ${value}`);
      }
      override processElement2(value: string, _context: unknown, out: Collector<string>): void {
        out.collect(`text ${value}`);
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forCoProcessFunction(new Either());

    harness.processElement2('x');
    harness.processElement1(1);

    assert.deepEqual(harness.values, ['text x', 'number 1']);
    await harness.close();
  });

  it('shows the broadcast state that the second input wrote', async () => {
    class Alarm extends KeyedBroadcastProcessFunction<string, Reading, [string, number], string> {
      override processElement(
        { sensor, celsius }: Reading,
        context: KeyedReadOnlyBroadcastContext<string>,
        out: Collector<string>,
      ): void {
        if (celsius > (context.getBroadcastState(LIMITS).get(sensor) ?? 100)) {
          out.collect(context.currentKey);
        }
      }
      override processBroadcastElement(
        [sensor, limit]: [string, number],
        context: KeyedBroadcastContext<string>,
      ): void {
        context.getBroadcastState(LIMITS).put(sensor, limit);
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forKeyedBroadcastProcessFunction(
      new Alarm(),
      { ...KEYS, broadcastStateDescriptors: [LIMITS] },
    );

    harness.processElement1({ sensor: 'a', celsius: 50 });
    harness.processElement2(['a', 40]);
    harness.processElement1({ sensor: 'a', celsius: 50 });

    assert.deepEqual(harness.values, ['a']);
    assert.deepEqual(harness.broadcastState(LIMITS), new Map([['a', 40]]));
    await harness.close();
  });

  it('runs a broadcast without keys', async () => {
    class Known extends BroadcastProcessFunction<string, string, boolean> {
      override processElement(
        value: string,
        context: ReadOnlyBroadcastContext,
        out: Collector<boolean>,
      ): void {
        out.collect(context.getBroadcastState(LIMITS).contains(value));
      }
      override processBroadcastElement(value: string, context: BroadcastContext): void {
        context.getBroadcastState(LIMITS).put(value, 0);
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forBroadcastProcessFunction(new Known(), [
      LIMITS,
    ]);

    harness.processElement1('a');
    harness.processElement2('a');
    harness.processElement1('a');

    assert.deepEqual(harness.values, [false, true]);
    await harness.close();
  });
});

describe('a harness of a function without keys', () => {
  it('shows side outputs', async () => {
    const odd = new OutputTag<number>('odd');
    class Split extends ProcessFunction<number, number> {
      override processElement(n: number, context: ProcessContext, out: Collector<number>): void {
        if (n % 2 === 0) {
          out.collect(n);
        } else {
          context.output(odd, n);
        }
      }
    }
    const harness = await ProcessFunctionTestHarnesses.forProcessFunction(new Split());

    for (const n of [1, 2, 3]) {
      harness.processElement(n, n);
    }

    assert.deepEqual(harness.values, [2]);
    assert.deepEqual(harness.sideOutput(odd), [
      { value: 1, timestamp: 1 },
      { value: 3, timestamp: 3 },
    ]);
    await harness.close();
  });
});
