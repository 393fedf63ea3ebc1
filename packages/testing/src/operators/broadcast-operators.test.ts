/** Rules of the broadcast state pattern. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BroadcastContext,
  BroadcastProcessFunction,
  type BroadcastState,
  type Collector,
  type KeyedBroadcastContext,
  type KeyedBroadcastOnTimerContext,
  KeyedBroadcastProcessFunction,
  type KeyedReadOnlyBroadcastContext,
  ListStateDescriptor,
  MapStateDescriptor,
  type OpenContext,
  OutputTag,
  type ReadOnlyBroadcastContext,
  type ReadOnlyBroadcastState,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { CoBroadcastWithKeyedOperator, CoBroadcastWithNonKeyedOperator } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const FACTORS = new MapStateDescriptor('factors', Types.STRING, Types.LONG);
const TOTAL = new ValueStateDescriptor('total', Types.LONG);
const REFUSED = new OutputTag<string>('refused', Types.STRING);

type Factor = readonly [string, number];

/** Multiplies; a record of the broadcast side sets a factor. */
class Multiply extends BroadcastProcessFunction<number, Factor, number> {
  override processElement(
    value: number,
    context: ReadOnlyBroadcastContext,
    out: Collector<number>,
  ): void {
    for (const [, factor] of context.getBroadcastState(FACTORS).immutableEntries()) {
      out.collect(value * factor);
    }
  }

  override processBroadcastElement([name, factor]: Factor, context: BroadcastContext): void {
    const state = context.getBroadcastState(FACTORS);
    if (factor === 0) {
      state.remove(name);
    } else {
      state.put(name, factor);
    }
    context.output(REFUSED, `${name} at ${context.timestamp()}`);
  }
}

function openMultiply(
  fn: BroadcastProcessFunction<number, Factor, number> = new Multiply(),
  options: OperatorHarnessOptions = {},
) {
  return OperatorTestHarness.open(
    new CoBroadcastWithNonKeyedOperator<number, Factor, number>({
      name: 'multiply',
      fn,
      broadcastStateDescriptors: [FACTORS],
    }),
    options,
  );
}

/** Sums per key; `reset` on the broadcast side halves every sum. */
class Sums extends KeyedBroadcastProcessFunction<string, Factor, string, string> {
  private total!: ValueState<number>;

  override open(_context: OpenContext): void {
    this.total = this.runtimeContext.getState(TOTAL);
  }

  override processElement(
    [, amount]: Factor,
    context: KeyedReadOnlyBroadcastContext<string>,
    out: Collector<string>,
  ): void {
    const total = (this.total.value() ?? 0) + amount;
    this.total.update(total);
    context.timerService().registerEventTimeTimer(amount * 10);
    const limit = context.getBroadcastState(FACTORS).get('limit');
    out.collect(`${context.currentKey} ${total} of ${limit}`);
  }

  override processBroadcastElement(
    command: string,
    context: KeyedBroadcastContext<string>,
    out: Collector<string>,
  ): void {
    if (command === 'halve') {
      context.applyToKeyedState(TOTAL, (_key, total) => total.update((total.value() ?? 0) / 2));
    } else if (command === 'clear') {
      context.applyToKeyedState(TOTAL, { process: (_key, total) => total.clear() });
    } else {
      context.getBroadcastState(FACTORS).put('limit', Number(command));
    }
    const keys: string[] = [];
    context.applyToKeyedState(TOTAL, (key, total) => void keys.push(`${key}=${total.value()}`));
    out.collect(keys.sort().join(' '));
  }

  override onTimer(
    time: number,
    context: KeyedBroadcastOnTimerContext<string>,
    out: Collector<string>,
  ): void {
    const limit = context.getBroadcastState(FACTORS).get('limit');
    out.collect(`${context.currentKey} ${context.timeDomain} ${time} of ${limit}`);
  }
}

function openSums(options: OperatorHarnessOptions = {}, fn: Sums = new Sums()) {
  return OperatorTestHarness.open(
    new CoBroadcastWithKeyedOperator<string, Factor, string, string>({
      name: 'sums',
      fn,
      keySelector: ([name]) => name,
      keyType: Types.STRING,
      broadcastStateDescriptors: [FACTORS],
    }),
    options,
  );
}

describe('broadcast state', () => {
  it('is written by the broadcast side and read by the other', async () => {
    const multiply = await openMultiply();

    multiply.processElement1(1, 1);
    multiply.processElement2(['ten', 10], 2);
    multiply.processElement2(['two', 2], 3);
    multiply.processElement1(3, 4);
    multiply.processElement2(['ten', 0], 5);
    multiply.processElement1(4, 6);

    assert.deepEqual(multiply.records, [
      { value: 30, timestamp: 4 },
      { value: 6, timestamp: 4 },
      { value: 8, timestamp: 6 },
    ]);
    assert.deepEqual(multiply.sideOutput(REFUSED)[0], { value: 'ten at 2', timestamp: 2 });
  });

  for (const call of ['put', 'putAll', 'remove', 'clear', 'entries'] as const) {
    it(`cannot be written from the other side: ${call} fails and names the remedy`, async () => {
      class Writes extends Multiply {
        override processElement(_value: number, context: ReadOnlyBroadcastContext): void {
          const state: ReadOnlyBroadcastState<string, number> = context.getBroadcastState(FACTORS);
          const writable = state as BroadcastState<string, number>;
          const calls = {
            put: () => writable.put('a', 1),
            putAll: () => writable.putAll([['a', 1]]),
            remove: () => writable.remove('ten'),
            clear: () => writable.clear(),
            entries: () => [...writable.entries()],
          };
          calls[call]();
        }
      }
      const writes = await openMultiply(new Writes());
      writes.processElement2(['ten', 10], 1);

      assert.throws(() => writes.processElement1(1, 2), {
        code: 'BROADCAST_STATE_READ_ONLY',
        message: new RegExp(
          `^${call} on the broadcast state 'factors' from the non-broadcast side`,
        ),
      });
    });
  }

  it('that the broadcast stream was not given is an error that names those it has', async () => {
    const other = new MapStateDescriptor('other', Types.STRING, Types.LONG);
    class Asks extends Multiply {
      override processElement(_value: number, context: ReadOnlyBroadcastContext): void {
        context.getBroadcastState(other);
      }
    }
    const asks = await openMultiply(new Asks());

    assert.throws(() => asks.processElement1(1, 1), {
      code: 'INVALID_GRAPH',
      message: /asks for the broadcast state 'other', but its broadcast stream has 'factors'/,
    });
  });

  it('is in every snapshot, and each subtask restores a copy, also of more subtasks', async () => {
    const multiply = await openMultiply();
    multiply.processElement2(['ten', 10], 1);
    const snapshot = await multiply.snapshot(1);

    const values = await Promise.all(
      [0, 1, 2].map(async (subtask) => {
        const options = { subtask, parallelism: 3, restored: [snapshot] };
        const restored = await openMultiply(new Multiply(), options);
        restored.processElement1(subtask + 1, 1);
        return restored.values;
      }),
    );

    assert.deepEqual(values, [[10], [20], [30]]);
  });
});

describe('broadcast state beside keys', () => {
  it('is read with the state of the key', async () => {
    const sums = await openSums();
    sums.processElement2('100', 1);

    sums.processElement1(['a', 1], 2);
    sums.processElement1(['a', 2], 3);
    sums.processElement1(['b', 5], 4);

    assert.deepEqual(sums.values.slice(1), ['a 1 of 100', 'a 3 of 100', 'b 5 of 100']);
  });

  it('applyToKeyedState visits each key that has the state, and may change it', async () => {
    const sums = await openSums();
    for (const [key, amount] of [
      ['a', 2],
      ['b', 4],
      ['c', 6],
    ] as const) {
      sums.processElement1([key, amount], 1);
    }

    sums.processElement2('halve', 2);
    sums.processElement2('clear', 3);
    sums.processElement1(['a', 1], 4);

    assert.deepEqual(sums.values.slice(3), ['a=1 b=2 c=3', '', 'a 1 of undefined']);
  });

  it('applyToKeyedState visits restored keys, of this subtask alone', async () => {
    const sums = await openSums();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const key of keys) {
      sums.processElement1([key, 1], 1);
    }
    const restored = [await sums.snapshot(1)];

    const visited: string[] = [];
    for (const subtask of [0, 1]) {
      const half = await openSums({ subtask, parallelism: 2, restored });
      half.processElement2('100', 1);
      visited.push(...(half.values[0] as string).split(' '));
    }

    assert.deepEqual(
      visited.sort(),
      keys.map((key) => `${key}=1`),
    );
  });

  it('applyToKeyedState takes a descriptor of any kind of state', async () => {
    const seen = new ListStateDescriptor('seen', Types.STRING);
    class Lists extends Sums {
      override processElement([, amount]: Factor): void {
        this.runtimeContext.getListState(seen).add(String(amount));
      }
      override processBroadcastElement(
        _command: string,
        context: KeyedBroadcastContext<string>,
        out: Collector<string>,
      ): void {
        context.applyToKeyedState(seen, (key, state) =>
          out.collect(`${key}: ${[...state.get()].join()}`),
        );
      }
    }
    const lists = await OperatorTestHarness.open(
      new CoBroadcastWithKeyedOperator<string, Factor, string, string>({
        name: 'lists',
        fn: new Lists(),
        keySelector: ([name]) => name,
        keyType: Types.STRING,
        broadcastStateDescriptors: [],
      }),
    );
    lists.processElement1(['a', 1], 1);
    lists.processElement1(['a', 2], 1);

    lists.processElement2('show', 2);

    assert.deepEqual(lists.values, ['a: 1,2']);
  });

  it('timers come from the keyed side, and read the state', async () => {
    const sums = await openSums();
    sums.processElement1(['a', 1], 1);
    sums.processElement2('7', 2);

    sums.processBothWatermarks(10);

    assert.deepEqual(sums.records.at(-1), { value: 'a event-time 10 of 7', timestamp: 10 });
  });

  it('the broadcast side has no key: keyed state there is NO_CURRENT_KEY, also after others were visited', async () => {
    for (const visitsOthers of [false, true]) {
      class Writes extends Sums {
        private own!: ValueState<number>;
        override open(context: OpenContext): void {
          super.open(context);
          this.own = this.runtimeContext.getState(TOTAL);
        }
        override processBroadcastElement(
          _value: string,
          context: KeyedBroadcastContext<string>,
        ): void {
          if (visitsOthers) {
            context.applyToKeyedState(TOTAL, () => {});
          }
          this.own.update(1000);
        }
      }
      const harness = await openSums({}, new Writes());
      harness.processElement1(['a', 1], 0);

      assert.throws(() => harness.processElement2('1', 0), {
        code: 'NO_CURRENT_KEY',
        message: /in applyToKeyedState/,
      });
    }
  });

  it('the broadcast side has no timers', async () => {
    class Timers extends Sums {
      override processBroadcastElement(
        _command: string,
        context: KeyedBroadcastContext<string>,
      ): void {
        (context as unknown as KeyedReadOnlyBroadcastContext<string>).timerService();
      }
    }
    const timers = await OperatorTestHarness.open(
      new CoBroadcastWithKeyedOperator<string, Factor, string, string>({
        name: 'timers',
        fn: new Timers(),
        keySelector: ([name]) => name,
        keyType: Types.STRING,
        broadcastStateDescriptors: [FACTORS],
      }),
    );

    assert.throws(() => timers.processElement2('1', 1), {
      code: 'USER_FUNCTION_FAILED',
      message: /timerService is not a function/,
    });
  });
});
