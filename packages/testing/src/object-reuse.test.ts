import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { type DataStream, StreamExecutionEnvironment } from '@millrace/datastream';
import { HashMapStateBackend } from '@millrace/state-backend-heap';

interface Order {
  id: number;
  tags: string[];
}

function environment(settings: Record<string, string> = {}): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': '1',
    ...settings,
  }).setStateBackend(new HashMapStateBackend());
}

/** A function that does what none should: it changes what it was given. */
function tagged(tag: string): (order: Order) => Order {
  return (order) => {
    order.tags.push(tag);
    return order;
  };
}

/** What each of the streams ended in, as text. */
async function results(
  env: StreamExecutionEnvironment,
  streams: readonly DataStream<Order>[],
): Promise<string[]> {
  const seen: string[] = [];
  for (const stream of streams) {
    stream.map((order) => seen.push(`${order.id} ${order.tags.join('')}`));
  }
  await env.execute();
  return seen.sort();
}

const orders = (): Order[] => [1, 2].map((id) => ({ id, tags: [] }));

describe('without object reuse', () => {
  for (const [place, settings] of [
    ['in its chain', {}],
    ['in another task', { 'pipeline.operator-chaining.enabled': 'false' }],
  ] as const) {
    it(`a consumer that changes a record changes it for no other consumer ${place}`, async () => {
      const env = environment(settings);
      const source = env.fromData(orders());

      const seen = await results(env, [
        source.map(tagged('a')),
        source.map(tagged('b')),
        source.map(tagged('c')),
      ]);

      assert.deepEqual(seen, ['1 a', '1 b', '1 c', '2 a', '2 b', '2 c']);
    });

    it(`nor for a side output that was given the same record ${place}`, async () => {
      const env = environment(settings);
      const side = new OutputTag<Order>('side');
      class Both extends ProcessFunction<Order, Order> {
        processElement(order: Order, context: ProcessContext, out: Collector<Order>): void {
          out.collect(order);
          context.output(side, order);
        }
      }
      const both = env.fromData(orders()).process(new Both());

      const seen = await results(env, [
        both.map(tagged('main')),
        both.getSideOutput(side).map(tagged('side')),
      ]);

      assert.deepEqual(seen, ['1 main', '1 side', '2 main', '2 side']);
    });

    it(`what comes out of keyed state is no part of it any more ${place}`, async () => {
      const env = environment(settings);
      class Collect extends KeyedProcessFunction<number, Order, Order> {
        private all!: ValueState<Order>;
        override open(): void {
          this.all = this.runtimeContext.getState(
            new ValueStateDescriptor<Order>('all', Types.GENERIC as never),
          );
        }
        processElement(
          order: Order,
          _context: KeyedProcessContext<number>,
          out: Collector<Order>,
        ): void {
          const all = this.all.value() ?? { id: 0, tags: [] };
          all.tags.push(`${order.id}`);
          this.all.update(all);
          out.collect(all);
        }
      }

      const seen = await results(env, [
        env
          .fromData(orders())
          .keyBy(() => 1, Types.INT)
          .process(new Collect())
          .map(tagged('!')),
      ]);

      assert.deepEqual(seen, ['0 1!', '0 12!']);
    });
  }

  it('a rolling reduce keeps what it emitted, whatever is done with it', async () => {
    const env = environment();
    const sums = env
      .fromData([1, 2, 3].map((id): Order => ({ id, tags: [] })))
      .keyBy(() => 1, Types.INT)
      .reduce((a, b) => ({ id: a.id + b.id, tags: [...a.tags, ...b.tags] }));

    const seen = await results(env, [sums.map(tagged('!'))]);

    assert.deepEqual(seen, ['1 !', '3 !', '6 !']);
  });

  it('a broadcast record is an object of its own in each subtask', async () => {
    const env = environment();
    const source = env.fromData(orders());

    const seen = await results(env, [source.broadcast().map(tagged('x')).setParallelism(3)]);

    assert.deepEqual(seen, ['1 x', '1 x', '1 x', '2 x', '2 x', '2 x']);
  });

  it('a collection is read unchanged again, by the next job or attempt', async () => {
    const given = orders();
    const seen: string[][] = [];
    for (let run = 0; run < 2; run++) {
      const env = environment();
      seen.push(await results(env, [env.fromData(given).map(tagged('x'))]));
    }

    assert.deepEqual(seen, [
      ['1 x', '2 x'],
      ['1 x', '2 x'],
    ]);
    assert.deepEqual(given, orders());
  });
});

describe('with object reuse', () => {
  it('all consumers of a record are handed the same object', async () => {
    const env = environment({ 'pipeline.object-reuse': 'true' });
    const source = env.fromData(orders());

    const seen = await results(env, [source.map(tagged('a')), source.map(tagged('b'))]);

    assert.deepEqual(seen, ['1 a', '1 ab', '2 a', '2 ab']);
  });
});
