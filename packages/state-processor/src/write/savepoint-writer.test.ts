import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  CheckpointingOptions,
  EventTimeSessionWindows,
  ExecutionOptions,
  FileSystems,
  StateTtlConfig,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { loadCheckpointMetadata, stateHandleSizeBytes } from '@millrace/state';
import { KeyedStateReaderFunction } from '../read/keyed-state-reader-function.ts';
import { OperatorIdentifier } from '../read/operator-identifier.ts';
import { SavepointReader } from '../read/savepoint-reader.ts';
import { type WindowReaderContext, WindowReaderFunction } from '../read/window-reader-function.ts';
import { KeyedStateBootstrapFunction } from './bootstrap-functions.ts';
import { convert } from './convert-savepoint.ts';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';
import type { StateBootstrapTransformation } from './state-bootstrap-transformation.ts';
import {
  all,
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

const RECORDS: Order[] = Array.from({ length: 200 }, (_, i) => ({
  customer: `customer-${i % 17}`,
  item: `item-${i % 5}`,
  amount: i % 3 === 0 ? null : i,
  at: 1000 * i,
}));

const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, `savepoint-${count++}`);

const orders = OperatorTransformation.bootstrapWith(RECORDS)
  .keyBy((order) => order.customer, Types.STRING)
  .transform(new PutOrders());

function everything(): SavepointWriter {
  return SavepointWriter.newSavepoint({ maxParallelism: 128 })
    .withOperator(ORDERS, orders)
    .withOperator(
      LISTS,
      OperatorTransformation.bootstrapWith([1, 2, 3, 4, 5]).transform(new PutNumbers()),
    )
    .withOperator(
      RULES,
      OperatorTransformation.bootstrapWith([['a', 1] as const, ['b', 2] as const]).transform(
        new PutRules(),
      ),
    );
}

async function operators(path: string) {
  const { metadata } = await loadCheckpointMetadata(new FileSystems(), path);
  return metadata.operatorStates;
}

async function keyedBytes(path: string): Promise<number> {
  const handles = (await operators(path)).flatMap(({ subtaskStates }) =>
    [...subtaskStates.values()].flatMap(({ managedKeyedState }) => managedKeyedState ?? []),
  );
  return handles.reduce(
    (sum, handle) => sum + ('stream' in handle ? stateHandleSizeBytes(handle.stream) : 0),
    0,
  );
}

describe('the savepoint writer', () => {
  it('writes keyed, list, union list and broadcast state as a canonical savepoint', async () => {
    const { path } = await everything().write(newFolder(), { parallelism: 3 });
    const reader = await SavepointReader.read(path);
    const { metadata } = await loadCheckpointMetadata(new FileSystems(), path);

    assert.deepEqual(await readCustomers(path), customersOf(RECORDS));
    assert.deepEqual(await all(reader.readListState(LISTS, 'evens', Types.LONG)), [2, 4]);
    assert.deepEqual(await all(reader.readUnionState(LISTS, 'odds', Types.LONG)), [1, 3, 5]);
    assert.deepEqual(await all(reader.readBroadcastState(RULES, 'rule')), [
      ['a', 1],
      ['b', 2],
    ]);
    assert.deepEqual(metadata.properties?.snapshotType, {
      kind: 'savepoint',
      name: 'Savepoint',
      formatType: 'canonical',
      postCheckpointAction: 'none',
    });
    assert.deepEqual(
      metadata.operatorStates.map(({ uid, parallelism }) => [uid, parallelism]),
      [
        ['orders', 3],
        ['lists', 1],
        ['rules', 1],
      ],
    );
  });

  it('takes records from an asynchronous iterable, one at a time', async () => {
    let given = 0;
    let ahead = 0;
    async function* records() {
      for (const record of RECORDS) {
        given++;
        yield record;
      }
    }
    class Count extends PutOrders {
      override processElement(...args: Parameters<PutOrders['processElement']>): void {
        ahead = Math.max(ahead, given--);
        super.processElement(...args);
      }
    }

    const { path } = await SavepointWriter.newSavepoint({ maxParallelism: 128 })
      .withOperator(
        ORDERS,
        OperatorTransformation.bootstrapWith(records())
          .keyBy((order) => order.customer, Types.STRING)
          .transform(new Count()),
      )
      .write(newFolder());

    assert.deepEqual(await readCustomers(path), customersOf(RECORDS));
    assert.equal(ahead, 1);
  });

  it('keeps what it is not told to change, in files of its own that can be moved', async () => {
    const old = await everything().write(newFolder());
    const moved = newFolder();
    const writer = await SavepointWriter.fromExistingSavepoint(old.path);

    const { path } = await writer
      .withConfiguration(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, 1)
      .changeOperatorIdentifier(ORDERS, OperatorIdentifier.forUid('customers'))
      .removeOperator(LISTS)
      .write(newFolder());
    rmSync(local(old.path), { recursive: true });
    cpSync(local(path), moved, { recursive: true });
    rmSync(local(path), { recursive: true });

    const customers = await readCustomers(moved, OperatorIdentifier.forUid('customers'));
    assert.deepEqual(customers, customersOf(RECORDS));
    assert.deepEqual(
      (await operators(moved)).map(({ uid }) => uid),
      ['rules', 'customers'],
    );
  });

  it('refers to the files of the old savepoint when it is asked to, as Flink does', async () => {
    const big = everything().withConfiguration(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, 1);
    const old = await big.write(newFolder());
    const writer = await SavepointWriter.fromExistingSavepoint(old.path);

    const { path } = await writer.write(newFolder(), { referToOldFiles: true });

    assert.deepEqual(await readCustomers(path), customersOf(RECORDS));
    assert.deepEqual(readdirSync(local(path)).sort(), ['_metadata', '_operators.json']);
    rmSync(local(old.path), { recursive: true });
    await assert.rejects(readCustomers(path), { code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('replaces an operator that is removed first, and no other', async () => {
    const old = await everything().write(newFolder());
    const writer = await SavepointWriter.fromExistingSavepoint(old.path);

    assert.throws(() => writer.withOperator(ORDERS, orders), { code: 'DUPLICATE_UID' });
    assert.throws(() => writer.changeOperatorIdentifier(RULES, ORDERS), { code: 'DUPLICATE_UID' });
    assert.throws(() => writer.removeOperator(OperatorIdentifier.forUid('orderz')), {
      code: 'OPERATOR_NOT_IN_SNAPSHOT',
    });
    const few = RECORDS.slice(0, 10);
    const { path } = await writer
      .removeOperator(ORDERS)
      .withOperator(
        ORDERS,
        OperatorTransformation.bootstrapWith(few)
          .keyBy((order) => order.customer, Types.STRING)
          .transform(new PutOrders()),
      )
      .write(newFolder());

    assert.deepEqual(await readCustomers(path), customersOf(few));
  });

  it('gives keys other key groups for one operator or for all', async () => {
    const old = await everything().write(newFolder(), { parallelism: 2 });
    const one = await SavepointWriter.fromExistingSavepoint(old.path);
    const both = await SavepointWriter.fromExistingSavepoint(old.path);

    const { path } = await one.changeMaxParallelism(ORDERS, 300).write(newFolder());
    const all = await both.changeMaxParallelism('all', 64).write(newFolder());

    assert.deepEqual(await readCustomers(path), customersOf(RECORDS));
    assert.deepEqual(await readCustomers(all.path), customersOf(RECORDS));
    const maxima = async (of: string) =>
      (await operators(of)).map(({ maxParallelism }) => maxParallelism);
    assert.deepEqual(await maxima(path), [300, 128, 128]);
    assert.deepEqual(await maxima(all.path), [64, 64, 64]);
  });

  it('refuses a folder in which something is, and leaves it as it is', async () => {
    const target = newFolder();
    mkdirSync(target);
    writeFileSync(join(target, 'notes'), 'mine');

    await assert.rejects(everything().write(target), {
      code: 'FILE_EXISTS',
      message: /notes|new folder/,
    });

    assert.deepEqual(readdirSync(target), ['notes']);
  });

  it('leaves nothing of a savepoint that failed', async () => {
    class Fail extends PutOrders {
      override processElement(): void {
        throw new Error('no such item');
      }
    }
    const target = newFolder();
    const writer = everything().withOperator(
      OperatorIdentifier.forUid('failing'),
      OperatorTransformation.bootstrapWith(RECORDS)
        .keyBy((order) => order.customer, Types.STRING)
        .transform(new Fail()),
    );

    await assert.rejects(writer.write(target), {
      code: 'USER_FUNCTION_FAILED',
      message: /failing.*no such item/,
    });

    assert.equal(existsSync(target), false);
  });

  it('compresses what it writes and what it keeps when it is told to, and it stays so', async () => {
    const compressed = { ...RECORDS[0], item: 'x'.repeat(10_000) } as Order;
    const records = Array.from({ length: 20 }, (_, at) => ({ ...compressed, at }));
    const writer = SavepointWriter.newSavepoint({ maxParallelism: 128 }).withOperator(
      ORDERS,
      OperatorTransformation.bootstrapWith(records)
        .keyBy((order) => order.customer, Types.STRING)
        .transform(new PutOrders()),
    );
    const plain = await writer.write(newFolder());
    const option = ExecutionOptions.SNAPSHOT_COMPRESSION;
    const existing = await SavepointWriter.fromExistingSavepoint(plain.path);

    const fresh = await writer.withConfiguration(option, true).write(newFolder());
    const kept = await existing.withConfiguration(option, true).write(newFolder());

    for (const { path } of [fresh, kept]) {
      assert.deepEqual(await readCustomers(path), customersOf(records));
      assert.ok((await keyedBytes(path)) * 5 < (await keyedBytes(plain.path)));
    }
    const spread = await convert(kept.path, newFolder(), { parallelism: 2 });
    assert.ok((await keyedBytes(spread.path)) * 5 < (await keyedBytes(plain.path)));
  });

  it('refuses an option that means nothing for it', () => {
    assert.throws(() => everything().withConfiguration(ExecutionOptions.RUNTIME_MODE, 'BATCH'), {
      code: 'UNSUPPORTED',
    });
  });

  it('stamps state with a time to live with the time at which it is written', async () => {
    const descriptor = () =>
      new ValueStateDescriptor('seen', Types.LONG).enableTimeToLive(
        new StateTtlConfig({ timeToLive: 1000 }),
      );
    class Put extends KeyedStateBootstrapFunction<number, number> {
      override processElement(value: number): void {
        this.runtimeContext.getState(descriptor()).update(value);
      }
    }
    class Read extends KeyedStateReaderFunction<number, number | undefined> {
      override open(): void {
        this.runtimeContext.getState(descriptor());
      }

      override readKey(
        ...[, , out]: Parameters<KeyedStateReaderFunction<number, number | undefined>['readKey']>
      ): void {
        out.collect(this.runtimeContext.getState(descriptor()).value());
      }
    }
    const at = (now: number) => ({
      now: () => now,
      setTimer: () => ({ cancel: () => {} }),
      yieldTurn: async () => {},
    });

    const { path } = await SavepointWriter.newSavepoint({ maxParallelism: 4, clock: at(5000) })
      .withOperator(
        ORDERS,
        OperatorTransformation.bootstrapWith([1, 2])
          .keyBy((value) => value, Types.LONG)
          .transform(new Put()),
      )
      .write(newFolder());
    const seen = async (now: number) => {
      const reader = await SavepointReader.read(path, { clock: at(now) });
      return (await all(reader.readKeyedState(ORDERS, new Read()))).sort();
    };

    assert.deepEqual(await seen(5999), [1, 2]);
    assert.deepEqual(await seen(6000), [undefined, undefined]);
  });
});

class ReadWindow extends WindowReaderFunction<unknown, object, string, TimeWindow> {
  override readWindow(
    key: string,
    context: WindowReaderContext<TimeWindow>,
    elements: Iterable<unknown>,
    out: { collect(record: object): void },
  ): void {
    const { start, end } = context.window;
    out.collect({
      key,
      window: [start, end],
      elements: [...elements],
      timers: [...context.registeredEventTimeTimers()],
    });
  }
}

type Visit = [key: string, at: number];
const VISIT = Types.TUPLE<Visit>(Types.STRING, Types.LONG);
const VISITS: Visit[] = [
  ['a', 100],
  ['a', 900],
  ['b', 950],
  ['a', 1100],
];
const visits = () =>
  OperatorTransformation.bootstrapWith(VISITS, { type: VISIT, timestamps: ([, at]) => at }).keyBy(
    ([key]) => key,
    Types.STRING,
  );
const WINDOWS = OperatorIdentifier.forUid('windows');
const COUNT = {
  createAccumulator: () => 0,
  add: (_visit: Visit, accumulator: number) => accumulator + 1,
  getResult: (accumulator: number) => accumulator,
  merge: (a: number, b: number) => a + b,
};

async function write(
  transformation: StateBootstrapTransformation<Visit>,
): Promise<SavepointReader> {
  const { path } = await SavepointWriter.newSavepoint({ maxParallelism: 128 })
    .withOperator(WINDOWS, transformation)
    .write(newFolder(), { parallelism: 2 });
  return SavepointReader.read(path);
}

describe('windows that the savepoint writer fills', () => {
  const tumbling = TumblingEventTimeWindows.of('1 s');

  it('hold an accumulator, and the timer that fires them', async () => {
    const reader = await write(visits().window(tumbling).aggregate(COUNT, Types.LONG));

    const found = await all(
      reader.window(tumbling).aggregate(WINDOWS, COUNT, { readerFunction: new ReadWindow() }),
    );

    assert.deepEqual(found.sort(byKey), [
      { key: 'a', window: [0, 1000], elements: [2], timers: [999] },
      { key: 'a', window: [1000, 2000], elements: [1], timers: [1999] },
      { key: 'b', window: [0, 1000], elements: [1], timers: [999] },
    ]);
  });

  it('hold a reduced record, or all records', async () => {
    const latest = (a: Visit, b: Visit): Visit => (a[1] > b[1] ? a : b);
    const reduced = await write(visits().window(tumbling).reduce(latest));
    const listed = await write(
      visits()
        .window(tumbling)
        .apply(() => {}),
    );

    const last = await all(reduced.window(tumbling).reduce(WINDOWS, latest));
    const every = await all(listed.window(tumbling).process(WINDOWS, new ReadWindow()));

    assert.deepEqual(last.sort(), [
      ['a', 1100],
      ['a', 900],
      ['b', 950],
    ]);
    assert.deepEqual(
      every.sort(byKey).map((window) => (window as { elements: unknown }).elements),
      [
        [
          ['a', 100],
          ['a', 900],
        ],
        [['a', 1100]],
        [['b', 950]],
      ],
    );
  });

  it('of sessions are merged, and read as what they became', async () => {
    const sessions = EventTimeSessionWindows.withGap('500 ms');
    const reader = await write(visits().window(sessions).aggregate(COUNT, Types.LONG));

    const found = await all(
      reader.window(sessions).aggregate(WINDOWS, COUNT, { readerFunction: new ReadWindow() }),
    );

    assert.deepEqual(found.sort(byKey), [
      { key: 'a', window: [100, 600], elements: [1], timers: [599] },
      { key: 'a', window: [900, 1600], elements: [2], timers: [1599] },
      { key: 'b', window: [950, 1450], elements: [1], timers: [1449] },
    ]);
  });

  it('with an evictor hold each record, and are read as the job would see them', async () => {
    const evictor = { evictBefore: () => {}, evictAfter: () => {} };
    const reader = await write(
      visits().window(tumbling).evictor(evictor).aggregate(COUNT, Types.LONG),
    );
    const windows = reader.window(tumbling).evictor();

    const counts = await all(windows.aggregate(WINDOWS, COUNT));
    const records = await all(windows.process(WINDOWS, new ReadWindow()));

    assert.deepEqual(counts.sort(), [1, 1, 2]);
    assert.deepEqual(
      records.flatMap((window) => (window as { elements: unknown[] }).elements).sort(),
      [...VISITS].sort(),
    );
  });

  it('need the type of records that they keep', () => {
    const untyped = OperatorTransformation.bootstrapWith(VISITS).keyBy(
      ([key]) => key,
      Types.STRING,
    );

    assert.throws(() => untyped.window(tumbling).apply(() => {}), {
      code: 'INVALID_GRAPH',
      message: /bootstrapWith/,
    });
  });
});

function byKey(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function local(path: string): string {
  return path.replace(/^file:/, '');
}
