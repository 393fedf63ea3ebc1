import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Collector,
  TumblingEventTimeWindows,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { KeyedStateReaderFunction } from '../read/keyed-state-reader-function.ts';
import { OperatorIdentifier } from '../read/operator-identifier.ts';
import { SavepointReader } from '../read/savepoint-reader.ts';
import { KeyedStateBootstrapFunction } from './bootstrap-functions.ts';
import { edit } from './edit-savepoint.ts';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';
import type { SnapshotEdit } from './snapshot-edit.ts';
import {
  all,
  type Customer,
  customersOf,
  LISTS,
  ORDERS,
  type Order,
  PutNumbers,
  PutOrders,
  PutRules,
  RULES,
  readCustomers,
  temporaryFolder,
} from './written-savepoint-fixture.ts';

const RECORDS: Order[] = Array.from({ length: 60 }, (_, i) => ({
  customer: `customer-${i % 6}`,
  item: `item-${i % 3}`,
  amount: i,
  at: 1000 * i,
}));
const WINDOWS = OperatorIdentifier.forUid('windows');
const POJOS = OperatorIdentifier.forUid('pojos');
const SIZES = {
  createAccumulator: () => 0,
  add: (_: Order, n: number) => n + 1,
  getResult: (n: number) => n,
};
const MINUTE = TumblingEventTimeWindows.of('1 min');
const COUNT = new ValueStateDescriptor('count', Types.LONG);

interface Point {
  readonly x: number;
}
const POINT = (hashCode?: (point: Point) => number) =>
  Types.POJO<Point>('com.acme.Point', { x: Types.INT }, hashCode === undefined ? {} : { hashCode });

class PutPoint extends KeyedStateBootstrapFunction<Point, Point> {
  override processElement({ x }: Point): void {
    this.runtimeContext.getState(COUNT).update(x);
  }
}

class ReadPoint extends KeyedStateReaderFunction<Point, readonly [number, number | undefined]> {
  override open(): void {
    this.runtimeContext.getState(COUNT);
  }

  override readKey(
    { x }: Point,
    _context: unknown,
    out: Collector<readonly [number, number | undefined]>,
  ): void {
    out.collect([x, this.runtimeContext.getState(COUNT).value()]);
  }
}

const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, String(count++));

async function original(): Promise<string> {
  const { path } = await SavepointWriter.newSavepoint({ maxParallelism: 128 })
    .withOperator(
      ORDERS,
      OperatorTransformation.bootstrapWith(RECORDS)
        .keyBy((order) => order.customer, Types.STRING)
        .transform(new PutOrders()),
    )
    .withOperator(
      WINDOWS,
      OperatorTransformation.bootstrapWith(RECORDS, { timestamps: ({ at }) => at })
        .keyBy((order) => order.customer, Types.STRING)
        .window(MINUTE)
        .aggregate(SIZES, Types.LONG),
    )
    .withOperator(LISTS, OperatorTransformation.bootstrapWith([1, 2]).transform(new PutNumbers()))
    .withOperator(
      RULES,
      OperatorTransformation.bootstrapWith([['a', 1] as const]).transform(new PutRules()),
    )
    .withOperator(
      POJOS,
      OperatorTransformation.bootstrapWith([{ x: 1 }, { x: 2 }])
        .keyBy(
          (point) => point,
          POINT(({ x }) => x),
        )
        .transform(new PutPoint()),
    )
    .write(newFolder(), { parallelism: 2 });
  return path;
}

async function edited(edits: SnapshotEdit[]) {
  const before = await original();
  const bytes = readFileSync(join(before.replace(/^file:/, ''), '_metadata'));
  const result = await edit(before, newFolder(), edits);
  assert.deepEqual(readFileSync(join(before.replace(/^file:/, ''), '_metadata')), bytes);
  return {
    path: result.path,
    counts: result.results.map(({ added, replaced, removed }) => [added, replaced, removed]),
  };
}

function changed(changes: Readonly<Record<string, Partial<Customer>>>): Customer[] {
  return customersOf(RECORDS).map((customer) => ({ ...customer, ...changes[customer.customer] }));
}

const entry = (state: string, key: string) => ({ operator: ORDERS, state, key });

describe('editing a snapshot', () => {
  it('sets values, lists and accumulators, and counts what was there before', async () => {
    const { path, counts } = await edited([
      { kind: 'set', ...entry('last', 'customer-1'), value: 'edited' },
      { kind: 'set', ...entry('items', 'customer-2'), value: ['a,b', ''] },
      { kind: 'set', ...entry('total', 'customer-3'), value: -1 },
      { kind: 'set', ...entry('mean', 'customer-3'), value: [10, 4] },
    ]);

    assert.deepEqual(
      await readCustomers(path),
      changed({
        'customer-1': { last: 'edited' },
        'customer-2': { items: ['a,b', ''] },
        'customer-3': { total: -1, mean: 2.5 },
      }),
    );
    assert.deepEqual(counts, [
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
  });

  it('sets and deletes entries of a map, or the whole map', async () => {
    const { path, counts } = await edited([
      { kind: 'set', ...entry('amounts', 'customer-0'), userKey: 'item-0', value: null },
      { kind: 'set', ...entry('amounts', 'customer-0'), userKey: 'new', value: 5 },
      { kind: 'delete', ...entry('amounts', 'customer-1'), userKey: 'item-1' },
      { kind: 'delete', ...entry('amounts', 'customer-2') },
      { kind: 'set', ...entry('amounts', 'customer-3'), value: { 'item-0': 1, other: null } },
    ]);

    const amounts = Object.fromEntries(
      (await readCustomers(path)).map((customer) => [customer.customer, customer.amounts]),
    );
    assert.deepEqual(amounts['customer-0'], [
      ['item-0', null],
      ['new', 5],
    ]);
    assert.deepEqual(amounts['customer-1'], []);
    assert.deepEqual(amounts['customer-2'], []);
    assert.deepEqual(amounts['customer-3'], [
      ['item-0', 1],
      ['other', null],
    ]);
    assert.deepEqual(counts, [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
      [1, 1, 0],
    ]);
  });

  it('adds a key to the key group of its hash, and timers to a key', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `new-${i}`);
    const { path, counts } = await edited([
      ...keys.map((key) => ({ kind: 'set', ...entry('total', key), value: 7 }) as const),
      {
        kind: 'set',
        ...entry('_timer_state/event_user-timers', 'new-0'),
        value: 123,
      },
      {
        kind: 'delete',
        ...entry('_timer_state/processing_user-timers', 'customer-0'),
        value: 1,
      },
    ]);

    // A reader whose slices are single key groups finds a key only where it belongs.
    const customers = await readCustomers(path);
    assert.equal(customers.filter(({ total }) => total === 7).length, 40);
    assert.deepEqual(customers.find(({ customer }) => customer === 'new-0')?.eventTimers, [123]);
    const first = customers.find(({ customer }) => customer === 'customer-0');
    assert.equal(first?.processingTimers.includes(1), false);
    assert.equal(first?.eventTimers.includes(0), true);
    assert.deepEqual(counts.at(0), [1, 0, 0]);
    assert.deepEqual(counts.at(-1), [0, 0, 1]);
  });

  it('does what the last of several edits of one entry says', async () => {
    const { path } = await edited([
      { kind: 'set', ...entry('total', 'new'), value: 1 },
      { kind: 'set', ...entry('total', 'new'), value: 2 },
      { kind: 'delete', ...entry('total', 'customer-0') },
      { kind: 'set', ...entry('total', 'customer-0'), value: 3 },
      { kind: 'set', ...entry('total', 'customer-1'), value: 4 },
      { kind: 'delete', ...entry('total', 'customer-1') },
    ]);

    const totals = new Map(
      (await readCustomers(path)).map(({ customer, total }) => [customer, total]),
    );
    assert.equal(totals.get('new'), 2);
    assert.equal(totals.get('customer-0'), 3);
    assert.equal(totals.get('customer-1'), undefined);
  });

  it('sets what is kept by window', async () => {
    const { path } = await edited([
      {
        kind: 'set',
        operator: WINDOWS,
        state: 'window-contents',
        key: 'customer-0',
        namespace: { start: 0, end: 60_000 },
        value: 99,
      },
    ]);

    const reader = await SavepointReader.read(path);
    const sizes = await all(reader.window(MINUTE).aggregate(WINDOWS, SIZES));
    assert.deepEqual(sizes.sort(), [10, 10, 10, 10, 10, 99]);
  });

  it('sets and deletes entries of broadcast state', async () => {
    const { path, counts } = await edited([
      { kind: 'set', operator: RULES, state: 'rule', key: 'b', value: 2 },
      { kind: 'set', operator: RULES, state: 'rule', key: 'c', value: 3 },
      { kind: 'delete', operator: RULES, state: 'rule', key: 'a' },
    ]);

    const reader = await SavepointReader.read(path);
    assert.deepEqual(await all(reader.readBroadcastState(RULES, 'rule')), [
      ['b', 2],
      ['c', 3],
    ]);
    assert.deepEqual(counts, [
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  it('deletes states with their declaration, drops operators, and gives others a new uid', async () => {
    const customers = OperatorIdentifier.forUid('customers');
    const { path } = await edited([
      { kind: 'delete-state', operator: ORDERS, state: 'total' },
      { kind: 'delete-state', operator: LISTS, state: 'evens' },
      { kind: 'rename-operator', operator: ORDERS, to: customers },
      { kind: 'drop-operator', operator: RULES },
    ]);

    const found = await readCustomers(path, customers);
    assert.deepEqual(
      found,
      customersOf(RECORDS).map((customer) => ({ ...customer, total: undefined })),
    );
    const reader = await SavepointReader.read(path);
    await assert.rejects(all(reader.readListState(LISTS, 'evens')), {
      code: 'STATE_NOT_IN_SNAPSHOT',
    });
    assert.deepEqual(await all(reader.readUnionState(LISTS, 'odds')), [1]);
    await assert.rejects(all(reader.readBroadcastState(RULES, 'rule')), {
      code: 'OPERATOR_NOT_IN_SNAPSHOT',
    });
  });

  it('changes a key whose hash is not known, but adds one only with its type', async () => {
    const before = await original();
    const set = (x: number): SnapshotEdit[] => [
      { kind: 'set', operator: POJOS, state: 'count', key: { x }, value: 50 },
    ];
    const target = newFolder();
    const keyTypes = new Map([[POJOS.operatorId, POINT(({ x }) => x) as never]]);

    const there = await edit(before, newFolder(), set(1));
    await assert.rejects(edit(before, target, set(3)), { code: 'KEY_TYPE_UNSUPPORTED' });
    const added = await edit(before, newFolder(), set(3), { keyTypes });

    assert.equal(existsSync(target), false);
    const points = async (path: string) => {
      const reader = await SavepointReader.read(path);
      return (await all(reader.readKeyedState(POJOS, new ReadPoint()))).sort();
    };
    assert.deepEqual(await points(there.path), [
      [1, 50],
      [2, 2],
    ]);
    assert.deepEqual(await points(added.path), [
      [1, 1],
      [2, 2],
      [3, 50],
    ]);
  });

  it('names the place and the type of a value that does not fit, and writes nothing', async () => {
    const before = await original();
    const refused = async (edits: SnapshotEdit, expected: object): Promise<void> => {
      const target = newFolder();
      await assert.rejects(edit(before, target, [edits]), expected);
      assert.equal(existsSync(target), false);
    };
    const code = 'VALUE_NOT_SERIALIZABLE';

    await refused(
      { kind: 'set', ...entry('total', 'customer-0'), value: '1.5' },
      { code, message: 'value: "1.5" is no Long' },
    );
    await refused(
      { kind: 'set', ...entry('items', 'customer-0'), value: ['a', 7] },
      { code, message: 'value[1]: 7 is no String; write it in quotes, "7"' },
    );
    await refused(
      { kind: 'set', ...entry('mean', 'customer-0'), value: [1] },
      { code, message: /^value: \[1\] is no Tuple/ },
    );
    await refused(
      { kind: 'set', operator: ORDERS, state: 'total', key: 5, value: 1 },
      { code, message: 'key: 5 is no String; write it in quotes, "5"' },
    );
    await refused(
      { kind: 'set', operator: WINDOWS, state: 'window-contents', key: 'a', value: 1 },
      { code, message: /namespace/ },
    );
    await refused(
      { kind: 'set', ...entry('totals', 'customer-0'), value: 1 },
      { code: 'STATE_NOT_IN_SNAPSHOT', message: /'totals'.*'total'/ },
    );
    await refused(
      { kind: 'set', operator: LISTS, state: 'evens', key: 0, value: 1 },
      { code: 'UNSUPPORTED', message: /list of operator state/ },
    );
    await refused(
      { kind: 'rename-operator', operator: RULES, to: ORDERS },
      { code: 'DUPLICATE_UID', message: /orders/ },
    );
  });
});
