/** The compiler is the test: what must not compile is marked, and a mark without an error fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BroadcastContext,
  BroadcastProcessFunction,
  type Collector,
  CoProcessFunction,
  type KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  type KeyedReadOnlyBroadcastContext,
  MapStateDescriptor,
  type ProcessContext,
  type ProcessJoinContext,
  ProcessJoinFunction,
  perSubtask,
  type ReadOnlyBroadcastContext,
  TumblingEventTimeWindows,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import type {
  BroadcastConnectedStream,
  KeyedBroadcastConnectedStream,
} from './broadcast-stream.ts';
import type { ConnectedStreams, KeyedConnectedStreams } from './connected-streams.ts';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';
import { isType } from './type-fixture.ts';

interface Order {
  readonly id: string;
  readonly amount: number;
}

interface Payment {
  readonly orderId: string;
  readonly serial: number;
}

interface Paid {
  readonly order: Order;
  readonly serial: number;
}

const LIMITS = new MapStateDescriptor('limits', Types.STRING, Types.LONG);
const TOTAL = new ValueStateDescriptor('total', Types.LONG);

class Match extends KeyedCoProcessFunction<string, Order, Payment, Paid> {
  override processElement1(
    order: Order,
    context: KeyedProcessContext<string>,
    out: Collector<Paid>,
  ): void {
    isType<string>()(context.currentKey);
    out.collect({ order, serial: 0 });
  }
  override processElement2(): void {}
}

class MatchBySerial extends KeyedCoProcessFunction<number, Order, Payment, Paid> {
  override processElement1(_order: Order, context: KeyedProcessContext<number>): void {
    context.timerService().registerEventTimeTimer(context.currentKey);
  }
  override processElement2(): void {}
}

class Merge extends CoProcessFunction<Order, Payment, string> {
  override processElement1(order: Order, _context: ProcessContext, out: Collector<string>): void {
    out.collect(order.id);
  }
  override processElement2(): void {}
}

class Pair extends ProcessJoinFunction<Order, Payment, Paid> {
  override processElement(
    order: Order,
    { serial }: Payment,
    context: ProcessJoinContext,
    out: Collector<Paid>,
  ): void {
    isType<number>()(context.leftTimestamp);
    out.collect({ order, serial });
  }
}

class Limit extends BroadcastProcessFunction<Order, Payment, Order> {
  override processElement(
    order: Order,
    context: ReadOnlyBroadcastContext,
    out: Collector<Order>,
  ): void {
    const limits = context.getBroadcastState(LIMITS);
    isType<number | undefined>()(limits.get(order.id));
    // @ts-expect-error only the broadcast side writes.
    assert.throws(() => limits.put('all', 1));
    // @ts-expect-error timers need keys.
    assert.equal(context.timerService, undefined);
    out.collect(order);
  }
  override processBroadcastElement(payment: Payment, context: BroadcastContext): void {
    context.getBroadcastState(LIMITS).put(payment.orderId, payment.serial);
    // @ts-expect-error the keys of this state are strings.
    context.getBroadcastState(LIMITS).put(payment.serial, payment.serial);
  }
}

class KeyedLimit extends KeyedBroadcastProcessFunction<string, Order, Payment, Order> {
  override processElement(
    order: Order,
    context: KeyedReadOnlyBroadcastContext<string>,
    out: Collector<Order>,
  ): void {
    isType<string>()(context.currentKey);
    out.collect(order);
  }
  override processBroadcastElement(
    _payment: Payment,
    context: KeyedBroadcastContext<string>,
  ): void {
    context.applyToKeyedState(TOTAL, (key, state) => {
      isType<string>()(key);
      isType<number | undefined>()(state.value());
    });
    // @ts-expect-error timers come from the keyed side alone.
    assert.equal(context.timerService, undefined);
  }
}

class NumericLimit extends KeyedBroadcastProcessFunction<number, Order, Payment, Order> {
  override processElement(_order: Order, context: KeyedReadOnlyBroadcastContext<number>): void {
    isType<number>()(context.currentKey);
  }
  override processBroadcastElement(): void {}
}

function streams(): { orders: DataStream<Order>; payments: DataStream<Payment> } {
  const env = StreamExecutionEnvironment.createLocalEnvironment();
  return {
    orders: env.fromData<Order>([{ id: 'a', amount: 1 }]),
    payments: env.fromData<Payment>([{ orderId: 'a', serial: 1 }]),
  };
}

describe('the types of streams that meet', () => {
  it('follow from their functions', () => {
    const { orders, payments } = streams();
    const connected = orders.connect(payments);
    isType<ConnectedStreams<Order, Payment>>()(connected);
    isType<SingleOutputStreamOperator<string>>()(
      connected.map({ map1: (order) => order.id, map2: (payment) => payment.orderId }),
    );
    isType<SingleOutputStreamOperator<number | string>>()(
      connected.map({ map1: (order) => order.amount, map2: (payment) => payment.orderId }),
    );
    isType<SingleOutputStreamOperator<string>>()(
      connected.map(
        perSubtask(() => ({ map1: (order: Order) => order.id, map2: (p: Payment) => p.orderId })),
      ),
    );
    isType<SingleOutputStreamOperator<string>>()(
      connected.flatMap({
        flatMap1: (order, out: Collector<string>) => out.collect(order.id),
        flatMap2: () => {},
      }),
    );
    isType<SingleOutputStreamOperator<string>>()(connected.process(new Merge()));
    isType<SingleOutputStreamOperator<string>>()(connected.process(() => new Merge()));
    assert.equal(connected.first, orders);
  });

  it('follow through keys, on one side or both', () => {
    const { orders, payments } = streams();
    const byId = orders.keyBy((order) => order.id);
    const byOrder = payments.keyBy((payment) => payment.orderId);
    const keyed = byId.connect(byOrder);
    isType<KeyedConnectedStreams<Order, Payment, string>>()(keyed);
    isType<SingleOutputStreamOperator<Paid>>()(keyed.process(new Match()));
    isType<KeyedConnectedStreams<Order, Payment, string>>()(
      orders.connect(payments).keyBy(
        (order) => order.id,
        (payment) => payment.orderId,
      ),
    );
    isType<ConnectedStreams<Order, Payment>>()(byId.connect(payments));
    isType<SingleOutputStreamOperator<Paid>>()(
      byId.intervalJoin(byOrder).between(-1, 1).process(new Pair()),
    );
    assert.equal(keyed.first, byId);
  });

  it('follow through windows of two streams', () => {
    const { orders, payments } = streams();
    const joined = orders
      .join(payments)
      .where((order) => order.id)
      .equalTo((payment) => payment.orderId)
      .window(TumblingEventTimeWindows.of('1 min'));
    isType<SingleOutputStreamOperator<number>>()(
      joined.apply((order, payment) => order.amount + payment.serial),
    );
    isType<SingleOutputStreamOperator<string>>()(
      joined.apply((order, _payment, out: Collector<string>) => out.collect(order.id)),
    );
    isType<SingleOutputStreamOperator<Order>>()(joined.apply({ join: (order) => order }));
    const coGrouped = orders
      .coGroup(payments)
      .where((order) => order.id)
      .equalTo((payment) => payment.orderId)
      .window(TumblingEventTimeWindows.of('1 min'))
      .apply((first, second, out: Collector<number>) => {
        isType<Iterable<Order>>()(first);
        isType<Iterable<Payment>>()(second);
        out.collect([...first].length);
      });
    isType<SingleOutputStreamOperator<number>>()(coGrouped);
    assert.ok(coGrouped.type);
  });

  it('follow through broadcast streams', () => {
    const { orders, payments } = streams();
    const limits = payments.broadcast(LIMITS);
    const plain = orders.connect(limits);
    const keyed = orders.keyBy((order) => order.id).connect(limits);
    isType<BroadcastConnectedStream<Order, Payment>>()(plain);
    isType<KeyedBroadcastConnectedStream<Order, Payment, string>>()(keyed);
    isType<SingleOutputStreamOperator<Order>>()(plain.process(new Limit()));
    isType<SingleOutputStreamOperator<Order>>()(keyed.process(new KeyedLimit()));
    isType<DataStream<Payment>>()(payments.broadcast());
    assert.deepEqual(limits.broadcastStateDescriptors, [LIMITS]);
  });

  it('refuse what does not fit', () => {
    const { orders, payments } = streams();
    const connected = orders.connect(payments);
    const byId = orders.keyBy((order) => order.id);
    const bySerial = payments.keyBy((payment) => payment.serial);
    const refused = { code: 'INVALID_GRAPH' };

    // @ts-expect-error the keys of one side are strings, of the other numbers.
    byId.connect(bySerial);
    // @ts-expect-error the keys of one side are strings, of the other numbers.
    byId.intervalJoin(bySerial);
    connected.keyBy(
      (order) => order.id,
      // @ts-expect-error the key of the second stream is a number.
      (payment) => payment.serial,
    );
    const where = orders.join(payments).where((order) => order.id);
    // @ts-expect-error the key of the second stream is a number.
    where.equalTo((payment) => payment.serial);
    // @ts-expect-error the second stream has a function of its own.
    assert.throws(() => connected.map({ map1: (order) => order.id }), refused);
    // @ts-expect-error the second stream has no orders.
    connected.map({ map1: (order) => order.id, map2: (order: Order) => order.id });
    // @ts-expect-error one function cannot serve two streams.
    assert.throws(() => connected.map((order: Order) => order.id), refused);
    // @ts-expect-error the function works on keys that are numbers.
    byId.connect(payments.keyBy((payment) => payment.orderId)).process(new MatchBySerial());
    // @ts-expect-error the function works on keys that are numbers.
    byId.connect(payments.broadcast(LIMITS)).process(new NumericLimit());
    // @ts-expect-error what is broadcast has states, not types.
    orders.broadcast(Types.STRING);
  });
});
