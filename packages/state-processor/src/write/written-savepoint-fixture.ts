/** Folders, a savepoint of every kind of state, and what a reader finds in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type Collector,
  type FunctionInitializationContext,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  type KeyedStateReaderContext,
  KeyedStateReaderFunction,
} from '../read/keyed-state-reader-function.ts';
import { OperatorIdentifier } from '../read/operator-identifier.ts';
import { SavepointReader } from '../read/savepoint-reader.ts';
import {
  type BroadcastStateBootstrapContext,
  BroadcastStateBootstrapFunction,
  type KeyedStateBootstrapContext,
  KeyedStateBootstrapFunction,
  StateBootstrapFunction,
} from './bootstrap-functions.ts';

/** A folder that goes with the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-state-processor-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Order {
  readonly customer: string;
  readonly item: string;
  readonly amount: number | null;
  readonly at: number;
}

export const ORDERS: OperatorIdentifier = OperatorIdentifier.forUid('orders');
export const LISTS: OperatorIdentifier = OperatorIdentifier.forUid('lists');
export const RULES: OperatorIdentifier = OperatorIdentifier.forUid('rules');

const LAST = new ValueStateDescriptor('last', Types.STRING);
const ITEMS = new ListStateDescriptor('items', Types.STRING);
const AMOUNTS = new MapStateDescriptor(
  'amounts',
  Types.STRING,
  Types.LONG as TypeInformation<number | null>,
);
const TOTAL = new ReducingStateDescriptor('total', (a: number, b: number) => a + b, Types.LONG);
const MEAN = new AggregatingStateDescriptor(
  'mean',
  {
    createAccumulator: (): [number, number] => [0, 0],
    add: (value: number, [sum, count]: [number, number]): [number, number] => [
      sum + value,
      count + 1,
    ],
    getResult: ([sum, count]: [number, number]) => sum / count,
  },
  Types.TUPLE<[number, number]>(Types.LONG, Types.LONG),
);
export const RULE: MapStateDescriptor<string, number> = new MapStateDescriptor(
  'rule',
  Types.STRING,
  Types.LONG,
);

/** State of every kind, and timers. */
export class PutOrders extends KeyedStateBootstrapFunction<string, Order> {
  private last!: ValueState<string>;
  private items!: ListState<string>;
  private amounts!: MapState<string, number | null>;
  private total!: ReducingState<number>;
  private mean!: AggregatingState<number, number>;

  override open(): void {
    this.last = this.runtimeContext.getState(LAST);
    this.items = this.runtimeContext.getListState(ITEMS);
    this.amounts = this.runtimeContext.getMapState(AMOUNTS);
    this.total = this.runtimeContext.getReducingState(TOTAL);
    this.mean = this.runtimeContext.getAggregatingState(MEAN);
  }

  processElement(order: Order, context: KeyedStateBootstrapContext<string>): void {
    this.last.update(order.item);
    this.items.add(order.item);
    this.amounts.put(order.item, order.amount);
    this.total.add(order.amount ?? 0);
    this.mean.add(order.amount ?? 0);
    context.timerService().registerEventTimeTimer(order.at);
    context.timerService().registerProcessingTimeTimer(order.at + 1);
  }
}

export interface Customer {
  readonly customer: string;
  readonly last: string | undefined;
  readonly items: readonly string[];
  readonly amounts: readonly (readonly [string, number | null])[];
  readonly total: number | undefined;
  readonly mean: number | undefined;
  readonly eventTimers: readonly number[];
  readonly processingTimers: readonly number[];
}

class ReadOrders extends KeyedStateReaderFunction<string, Customer> {
  private last!: ValueState<string>;
  private items!: ListState<string>;
  private amounts!: MapState<string, number | null>;
  private total!: ReducingState<number>;
  private mean!: AggregatingState<number, number>;

  override open(): void {
    this.last = this.runtimeContext.getState(LAST);
    this.items = this.runtimeContext.getListState(ITEMS);
    this.amounts = this.runtimeContext.getMapState(AMOUNTS);
    this.total = this.runtimeContext.getReducingState(TOTAL);
    this.mean = this.runtimeContext.getAggregatingState(MEAN);
  }

  readKey(customer: string, context: KeyedStateReaderContext, out: Collector<Customer>): void {
    out.collect({
      customer,
      last: this.last.value(),
      items: [...this.items.get()],
      amounts: [...this.amounts.entries()].sort(),
      total: this.total.get(),
      mean: this.mean.get(),
      eventTimers: [...context.registeredEventTimeTimers()].sort((a, b) => a - b),
      processingTimers: [...context.registeredProcessingTimeTimers()].sort((a, b) => a - b),
    });
  }
}

/** What the orders come to, computed by hand. */
export function customersOf(orders: readonly Order[]): Customer[] {
  const byCustomer = new Map<string, Order[]>();
  for (const order of orders) {
    byCustomer.set(order.customer, [...(byCustomer.get(order.customer) ?? []), order]);
  }
  return Array.from(byCustomer, ([customer, own]) => {
    const total = own.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
    const times = [...new Set(own.map(({ at }) => at))].sort((a, b) => a - b);
    return {
      customer,
      last: own.at(-1)?.item,
      items: own.map(({ item }) => item),
      amounts: [...new Map(own.map(({ item, amount }) => [item, amount] as const))].sort(),
      total,
      mean: total / own.length,
      eventTimers: times,
      processingTimers: times.map((at) => at + 1),
    };
  }).sort(byName);
}

export async function readCustomers(
  path: string,
  id: OperatorIdentifier = ORDERS,
): Promise<Customer[]> {
  const reader = await SavepointReader.read(path, { sliceBytesMax: 1000 });
  const customers = await all(
    reader.readKeyedState(id, new ReadOrders(), { keyType: Types.STRING }),
  );
  return customers.sort(byName);
}

function byName(a: Customer, b: Customer): number {
  return a.customer < b.customer ? -1 : 1;
}

export async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const record of records) {
    found.push(record);
  }
  return found;
}

/** Even numbers into a split list, odd ones into a union list. */
export class PutNumbers extends StateBootstrapFunction<number> {
  private evens!: ListState<number>;
  private odds!: ListState<number>;

  initializeState(context: FunctionInitializationContext): void {
    const { operatorStateStore } = context;
    this.evens = operatorStateStore.getListState(new ListStateDescriptor('evens', Types.LONG));
    this.odds = operatorStateStore.getUnionListState(new ListStateDescriptor('odds', Types.LONG));
  }

  processElement(value: number): void {
    (value % 2 === 0 ? this.evens : this.odds).add(value);
  }
}

export class PutRules extends BroadcastStateBootstrapFunction<readonly [string, number]> {
  processElement(
    [name, limit]: readonly [string, number],
    context: BroadcastStateBootstrapContext,
  ): void {
    context.getBroadcastState(RULE).put(name, limit);
  }
}
