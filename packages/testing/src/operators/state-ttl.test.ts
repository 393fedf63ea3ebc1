import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  ReducingStateDescriptor,
  StateTtlConfig,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { KeyedProcessOperator, QueryableStateOperator } from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const TTL = new StateTtlConfig({ timeToLive: 1000 });

/** Emits how often the key was seen, as far as it is remembered. */
class Visits extends KeyedProcessFunction<string, string, number> {
  private count!: ValueState<number>;
  private readonly ttl: StateTtlConfig;
  private readonly queryable: string | undefined;

  constructor(ttl: StateTtlConfig, queryable?: string) {
    super();
    this.ttl = ttl;
    this.queryable = queryable;
  }

  override open(): void {
    const descriptor = new ValueStateDescriptor('count', Types.LONG).enableTimeToLive(this.ttl);
    if (this.queryable !== undefined) {
      descriptor.setQueryable(this.queryable);
    }
    this.count = this.runtimeContext.getState(descriptor);
  }

  processElement(_key: string, _context: KeyedProcessContext<string>, out: Collector<number>) {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(count);
  }
}

const byItself = { keySelector: (value: string) => value, keyType: Types.STRING };

function open(fn: Visits, options: OperatorHarnessOptions = {}) {
  return OperatorTestHarness.open(
    new KeyedProcessOperator({ name: 'visits', fn, ...byItself }),
    options,
  );
}

describe('a time to live', () => {
  it("goes by the operator's processing time and by no event time", async () => {
    const visits = await open(new Visits(TTL), { processingTime: 10_000 });

    visits.processElement('a', 1);
    visits.processWatermark(1_000_000);
    visits.processElement('a', 2_000_000);
    visits.setProcessingTime(10_999);
    visits.processElement('a', 3);
    visits.setProcessingTime(11_999);
    visits.processElement('a', 4);

    assert.deepEqual(visits.values, [1, 2, 3, 1]);
  });

  it('goes on over a restore, at another parallelism and with another length', async () => {
    const before = await open(new Visits(TTL));
    before.processElement('a');
    before.setProcessingTime(600);
    before.processElement('b');
    const restored = [await before.snapshot(1)];

    const same = await open(new Visits(TTL), { restored, processingTime: 1000 });
    const longer = await open(new Visits(new StateTtlConfig({ timeToLive: 2000 })), {
      restored,
      processingTime: 1000,
    });
    for (const visits of [same, longer]) {
      visits.processElement('a');
      visits.processElement('b');
    }

    assert.deepEqual(
      [same.values, longer.values],
      [
        [1, 2],
        [2, 2],
      ],
    );
  });

  it('is cleaned up for keys that never come again', async () => {
    const visits = await open(new Visits(TTL));
    for (let i = 0; i < 20; i++) {
      visits.processElement(`key ${i}`);
    }

    visits.setProcessingTime(1000);
    for (let i = 0; i < 4; i++) {
      visits.processElement('other');
    }

    assert.equal(visits.numberOfStateEntries, 1);
  });

  it('cannot be given to a state that has values in the snapshot', async () => {
    const before = await open(new Visits(StateTtlConfig.DISABLED));
    before.processElement('a');
    const restored = [await before.snapshot(1)];

    await assert.rejects(open(new Visits(TTL), { restored }), {
      code: 'STATE_INCOMPATIBLE',
      message: /state 'count' .* has a time to live in the program and none in the snapshot/,
    });
  });
});

describe('a queryable state', () => {
  it('is registered by its name when it is made, with the key groups of the subtask', async () => {
    const options = { parallelism: 2, maxParallelism: 128, subtask: 1 };
    const visits = await open(new Visits(StateTtlConfig.DISABLED, 'visits-by-user'), options);

    assert.deepEqual(visits.kvStates.locations, [
      {
        queryableStateName: 'visits-by-user',
        stateName: 'count',
        operatorId: '0'.repeat(32),
        operatorName: 'visits',
        parts: [{ subtask: 1, startKeyGroup: 64, endKeyGroup: 127 }],
      },
    ]);
  });

  it('with a time to live shows values without timestamps', async () => {
    const visits = await open(new Visits(TTL, 'visits-by-user'));
    visits.processElement('a');

    const count = new ValueStateDescriptor('count', Types.LONG).enableTimeToLive(TTL);

    assert.equal(visits.keyedState('a', count), 1);
  });

  it('holds the last record of each key, or all as a reducing state folds them', async () => {
    const byParity = { keySelector: (n: number) => n % 2, keyType: Types.INT };
    const read = [];
    for (const descriptor of [
      new ValueStateDescriptor('last', Types.LONG).setQueryable('numbers'),
      new ReducingStateDescriptor('sum', (a: number, b: number) => a + b, Types.LONG).setQueryable(
        'numbers',
      ),
    ]) {
      const operator = new QueryableStateOperator({ name: 'queryable', descriptor, ...byParity });
      const harness = await OperatorTestHarness.open<never, typeof operator>(operator);
      for (const n of [1, 2, 3, 4, 5]) {
        harness.processElement(n);
      }
      read.push(harness.keyedState(1, descriptor), harness.keyedState(0, descriptor));
      assert.deepEqual(harness.output, []);
    }

    assert.deepEqual(read, [5, 4, 1 + 3 + 5, 2 + 4]);
  });
});
