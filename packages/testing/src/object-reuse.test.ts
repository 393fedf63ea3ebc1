import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BroadcastContext,
  BroadcastProcessFunction,
  type Collector,
  type FunctionInitializationContext,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  MapStateDescriptor,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  type ReadOnlyBroadcastContext,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { AsyncDataStream, type DataStream, StreamExecutionEnvironment } from '@millrace/datastream';
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

interface Shared {
  n: number;
}

/** The numbers 1 to 5, in one object. */
function reusing(env: StreamExecutionEnvironment): DataStream<Shared> {
  const shared: Shared = { n: 0 };
  return env.fromSequence(1, 5).map((n) => {
    shared.n = Number(n);
    return shared;
  });
}

const numberOf = (shared: Shared): number => shared.n;

const text = (seen: unknown): string =>
  String(typeof seen === 'object' ? (seen as Shared).n : seen);

/** Of records whose copies are counted. */
function countingCopies(copied: () => void): TypeInformation<Shared> {
  const type = Types.POJO('com.acme.Shared', { n: Types.LONG });
  const serializer = type.createSerializer();
  const counting: typeof serializer = Object.create(serializer);
  counting.copy = (shared) => {
    copied();
    return serializer.copy(shared);
  };
  return { name: type.name, isKeyType: type.isKeyType, createSerializer: () => counting };
}

function bothWays(stream: DataStream<Shared>): DataStream<number> {
  stream.map((shared) => {
    shared.n = -1;
    return 0;
  });
  return stream.rebalance().map(numberOf);
}

function asynchronously(stream: DataStream<Shared>): DataStream<number> {
  const later = async (shared: Shared): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    return shared.n;
  };
  return AsyncDataStream.orderedWait(stream, later, '10 s', { capacity: 10 });
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

  it('a function may emit one object again and again, into keyed state', async () => {
    const env = environment();
    const out = { word: '', count: 0 };

    const counts = await env
      .fromData(['a', 'b', 'a', 'c'], Types.STRING)
      .map((word) => {
        out.word = word;
        out.count = 1;
        return out;
      })
      .keyBy((each) => each.word, Types.STRING)
      .reduce((a, b) => ({ word: a.word, count: a.count + b.count }))
      .executeAndCollect();

    assert.deepEqual(
      counts.map(({ word, count }) => `${word}${count}`),
      ['a1', 'b1', 'a2', 'c1'],
    );
  });

  for (const [way, toOthers] of [
    ['rebalance', (stream) => stream.rebalance().map(numberOf)],
    ['broadcast', (stream) => stream.broadcast().map(numberOf)],
    ['forward', (stream) => stream.map(numberOf).disableChaining()],
    ['an edge that is one of two', (stream) => bothWays(stream)],
    ['asynchronous I/O in its chain', (stream) => asynchronously(stream)],
    ['asynchronous I/O in another task', (stream) => asynchronously(stream.rebalance())],
    ['a sink that keeps what it is given', (stream) => stream],
  ] as [string, (stream: DataStream<Shared>) => DataStream<unknown>][]) {
    it(`a function may emit one object again and again, into ${way}`, async () => {
      const seen = await toOthers(reusing(environment())).executeAndCollect();

      assert.deepEqual(seen.map(text), ['1', '2', '3', '4', '5']);
    });
  }

  it('a function with operator state gets records of its own, and so may keep them there', async () => {
    const env = environment();
    class Latest extends ProcessFunction<Shared, number> {
      private latest!: ListState<Shared>;
      initializeState(context: FunctionInitializationContext): void {
        this.latest = context.operatorStateStore.getListState(
          new ListStateDescriptor('latest', Types.GENERIC as TypeInformation<Shared>),
        );
      }
      snapshotState(): void {}
      processElement(shared: Shared, _context: ProcessContext, out: Collector<number>): void {
        this.latest.add(shared);
        out.collect([...this.latest.get()].reduce((sum, each) => sum + each.n, 0));
      }
    }

    const sums = await reusing(env).process(new Latest()).executeAndCollect();

    assert.deepEqual(sums, [1, 3, 6, 10, 15]);
  });

  it('what comes out of broadcast state is no part of it any more', async () => {
    const env = environment();
    const rules = new MapStateDescriptor('rules', Types.STRING, Types.GENERIC);
    class Emit extends BroadcastProcessFunction<number, Shared, Shared> {
      processElement(
        _value: number,
        context: ReadOnlyBroadcastContext,
        out: Collector<Shared>,
      ): void {
        const rule = context.getBroadcastState(rules).get('rule') as Shared | undefined;
        if (rule !== undefined) {
          out.collect(rule);
        }
      }
      processBroadcastElement(rule: Shared, context: BroadcastContext): void {
        context.getBroadcastState(rules).put('rule', rule);
      }
    }

    const seen = await env
      .fromSequence(1, 20_000)
      .connect(env.fromData([{ n: 0 }]).broadcast(rules))
      .process(new Emit())
      .map((rule) => ++rule.n)
      .executeAndCollect();

    assert.deepEqual([...new Set(seen)], [1]);
  });

  for (const [title, copies, toOthers] of [
    ['is not copied on its way through a chain of functions', 0, (stream) => stream],
    ['is copied once on its way to another task', 10, (stream) => stream.rebalance()],
    ['is copied once for each subtask that it is broadcast to', 30, (stream) => stream.broadcast()],
  ] as [string, number, (stream: DataStream<Shared>) => DataStream<Shared>][]) {
    it(`a record ${title}`, async () => {
      const env = environment();
      let copied = 0;
      const type = countingCopies(() => copied++);
      const records = env.fromSequence(1, 10).map((n): Shared => ({ n: Number(n) }), type);

      toOthers(records.filter(({ n }) => n > 0))
        .map(numberOf)
        .setParallelism(copies / 10 || 1);
      await env.execute();

      assert.equal(copied, copies);
    });
  }

  it('a record that contains itself is refused, and the operator that emits it named', async () => {
    const env = environment();
    const loop: { self?: unknown } = {};
    loop.self = loop;
    const loops = env
      .fromSequence(1, 2)
      .map(() => loop)
      .name('looper');
    loops.map(() => 1);
    loops.map(() => 2);

    await assert.rejects(env.execute(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        /operator 'looper' could not be copied .*value\.self is value itself.*break the cycle, or declare a type/,
    });
  });

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

  it('nothing is copied: an object that is emitted again changes whoever was handed it', async () => {
    const env = environment({ 'pipeline.object-reuse': 'true' });

    const seen = await reusing(env).rebalance().map(numberOf).executeAndCollect();

    assert.deepEqual(seen, [5, 5, 5, 5, 5]);
  });
});
