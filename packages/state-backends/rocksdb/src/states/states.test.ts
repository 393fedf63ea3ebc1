import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  TimeWindow,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState } from '@millrace/state';
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { JOINED, States } from './states-fixture.ts';

const NUMBERS = Types.LIST(Types.LONG);
const COUNT = new ValueStateDescriptor('count', Types.LONG);
const LIST = new ListStateDescriptor('list', NUMBERS);
const MAP = new MapStateDescriptor('map', Types.STRING, NUMBERS);
const MUCH = 1 << 30;
const NO_NAMESPACE = Types.VOID_NAMESPACE;

function open(capacityBytes: number = MUCH) {
  const database = new MemoryStateDatabase();
  const states = new States(database, { capacityBytes });
  states.setCurrentKey('a');
  return { database, states, cache: states.store.cache, barrier: states.barrier };
}

function counter(states: States): ValueState<number> {
  return states.create<ValueState<number>, unknown>(NO_NAMESPACE, COUNT);
}

function mapOf(states: States): MapState<string, number[]> {
  return states.create<MapState<string, number[]>, unknown>(NO_NAMESPACE, MAP);
}

/** What a backend reads that is opened on the database as it is. */
function stored(database: MemoryStateDatabase, key = 'a'): number | undefined {
  const states = new States(database, { capacityBytes: MUCH });
  states.setCurrentKey(key);
  return counter(states).value();
}

describe('an object in a state', () => {
  it('is neither the one that was written nor one that was read, so changing those does nothing', () => {
    const { states } = open();
    const value = states.create<ValueState<number[]>, unknown>(
      NO_NAMESPACE,
      new ValueStateDescriptor('value', NUMBERS),
    );
    const list = states.create<ListState<number[]>, unknown>(NO_NAMESPACE, LIST);
    const map = mapOf(states);
    const reducing = states.create<ReducingState<number[]>, unknown>(
      NO_NAMESPACE,
      new ReducingStateDescriptor('reducing', (_, b) => b, NUMBERS),
    );
    const aggregating = states.create<AggregatingState<number, number[]>, unknown>(
      NO_NAMESPACE,
      new AggregatingStateDescriptor(
        'aggregating',
        { ...JOINED, getResult: (accumulator: number[]) => accumulator },
        NUMBERS,
      ),
    );
    const given = [1];
    value.update(given);
    list.add(given);
    map.put('k', given);
    reducing.add([0]);
    reducing.add(given);
    aggregating.add(1);
    given.push(2);

    const reads = () => [
      value.value(),
      [...list.get()][0],
      map.get('k'),
      [...map.values()][0],
      reducing.get(),
      aggregating.get(),
    ];
    for (const read of reads()) {
      assert.deepEqual(read, [1]);
      read?.push(3);
    }

    assert.deepEqual(
      reads(),
      Array.from({ length: 6 }, () => [1]),
    );
  });
});

describe('a value that is not of its type', () => {
  it('fails when it is written back, and the error names the state', () => {
    const { states } = open();
    const count = counter(states);
    const map = mapOf(states);
    count.update('many' as never);

    assert.throws(() => states.writeAll(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /state 'count': .*many/,
    });

    count.update(1);
    map.put('k', ['many' as never]);
    assert.throws(() => states.writeAll(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /state 'map'/,
    });
  });

  it('keeps nothing else from being written', () => {
    const { database, states } = open();
    const count = counter(states);
    for (const key of ['a', 'b', 'c']) {
      states.setCurrentKey(key);
      count.update(key === 'b' ? ('many' as never) : 1);
    }
    assert.throws(() => states.writeAll());

    states.setCurrentKey('b');
    count.update(2);
    states.writeAll();

    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => stored(database, key)),
      [1, 2, 1],
    );
  });
});

describe('a row that is not of the type of its state', () => {
  it('is an error that names the state', () => {
    const { database, states } = open();
    const bytes = Uint8Array.of(1, 2, 3);
    const names = states.create<ValueState<number>, unknown>(
      NO_NAMESPACE,
      new ValueStateDescriptor('count', Types.LONG),
    );
    names.update(1);
    states.writeAll();
    const iterator = database.createIterator(0, { lower: Uint8Array.of(0) });
    database.next(iterator, 1);
    const keyEnd = 8 + database.result[0]!;
    const batch = new WriteBatch();
    const row = Buffer.concat([database.result.subarray(8, keyEnd), bytes]);
    batch.put(0, row, 0, keyEnd - 8, row.length);
    database.write(batch);

    const again = new States(database, { capacityBytes: MUCH });
    again.setCurrentKey('a');

    assert.throws(() => counter(again).value(), {
      code: 'ROCKSDB_FAILED',
      message: /state 'count': a row of the database cannot be read/,
    });
  });
});

describe('the cache', () => {
  it('looks a key up once, also one that has no value', () => {
    const { database, states } = open();
    const count = counter(states);

    for (const key of ['a', 'b', 'a', 'b']) {
      states.setCurrentKey(key);
      count.value();
    }

    assert.equal(database.reads, 2);
  });

  it('does not look up what is overwritten, added to a list or put into a map', () => {
    const { database, states } = open();

    counter(states).update(1);
    states.create<ListState<number[]>, unknown>(NO_NAMESPACE, LIST).add([1]);
    mapOf(states).put('k', [1]);
    states.writeAll();

    assert.equal(database.reads, 0);
    assert.equal(database.operations, 3);
  });

  it('writes nothing of a window that comes and goes before it must', () => {
    const { database, states, cache } = open();
    const sum = states.create<
      ReducingState<number[]> & InternalKvState<string, TimeWindow>,
      TimeWindow
    >(Types.TIME_WINDOW, new ReducingStateDescriptor('sum', (a, b) => [...a, ...b], NUMBERS));
    for (let start = 0; start < 100; start += 10) {
      sum.setCurrentNamespace(new TimeWindow(start, start + 10));
      sum.add([1]);
      sum.add([2]);
      assert.deepEqual(sum.get(), [1, 2]);
      sum.clear();
    }

    assert.equal(cache.dirtyEntries, 0);
    assert.equal(cache.size, 0);
    states.writeAll();
    assert.equal(database.operations, 0);
  });

  it('takes no more than it is given, and writes what is dirty in batches', () => {
    const { database, states, cache } = open(100_000);
    const count = counter(states);
    let batches = 0;
    const write = database.write.bind(database);
    database.write = (batch) => {
      batches += Math.sign(batch.count);
      write(batch);
    };

    for (let i = 0; i < 3000; i++) {
      states.setCurrentKey(`key ${i}`);
      count.update(i);
      assert.ok(cache.usedBytes <= 101_000);
    }

    assert.ok(batches < 3000 / 10);
    for (let i = 0; i < 3000; i++) {
      states.setCurrentKey(`key ${i}`);
      assert.equal(count.value(), i);
    }
  });

  it('keeps what is used again and again', () => {
    const { database, states } = open(100_000);
    const count = counter(states);
    for (let i = 0; i < 3000; i++) {
      states.setCurrentKey('hot');
      count.value();
      states.setCurrentKey(`key ${i}`);
      count.value();
    }

    assert.equal(database.reads, 3001);
  });

  it('sees that values grow', () => {
    const { states, cache } = open();
    const text = states.create<ValueState<string>, unknown>(
      NO_NAMESPACE,
      new ValueStateDescriptor('text', Types.STRING),
    );
    for (let i = 0; i < 64; i++) {
      text.update('x'.repeat(100_000));
    }

    assert.ok(cache.usedBytes > 100_000);
  });
});

describe('a fixed version', () => {
  it('is written in slices, while what is newer stays in memory until it is released', () => {
    const { database, states, barrier } = open();
    const count = counter(states);
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const update = (value: number) => {
      for (const key of keys) {
        states.setCurrentKey(key);
        count.update(value);
      }
    };
    update(1);

    let copied: (number | undefined)[] = [];
    barrier.fix(() => {
      copied = keys.map((key) => stored(database, key));
    });
    assert.equal(database.operations, 0);
    barrier.step();
    assert.equal(database.operations, 1);
    update(2);
    barrier.complete();

    assert.deepEqual(
      copied,
      keys.map(() => 1),
    );
    assert.equal(count.value(), 2);
    states.writeAll();
    assert.deepEqual(
      keys.map((key) => stored(database, key)),
      keys.map(() => 2),
    );
  });

  it('is completed when what is newer leaves no room, and memory stays within its bounds', () => {
    const { database, states, cache, barrier } = open(100_000);
    const count = counter(states);
    let copies = 0;
    for (let i = 0; i < 250; i++) {
      states.setCurrentKey(`old ${i}`);
      count.update(i);
    }

    const newer: (number | undefined)[] = [];
    barrier.fix(() => {
      copies++;
      newer.push(...[0, 1, 10, 50].map((i) => stored(database, `new ${i}`)));
    });
    for (let i = 0; i < 1000; i++) {
      states.setCurrentKey(`new ${i}`);
      count.update(i);
      assert.ok(cache.usedBytes <= 101_000);
    }

    assert.deepEqual([copies, barrier.completions], [1, 1]);
    assert.deepEqual(newer, Array.from({ length: 4 }));
  });

  it('is not followed into the database by what is newer, while what is read makes that the oldest', () => {
    const { database, states, cache, barrier } = open(100_000);
    const count = counter(states);
    count.update(1);
    let copied: (number | undefined)[] = [];
    barrier.fix(() => {
      copied = ['a', 'new'].map((key) => stored(database, key));
    });
    for (const key of ['a', 'new']) {
      states.setCurrentKey(key);
      count.update(2);
    }

    for (let i = 0; i < 3000; i++) {
      states.setCurrentKey(`read ${i}`);
      count.value();
    }
    assert.equal(cache.dirtyEntries, 2);
    assert.equal(barrier.completions, 0);
    barrier.complete();

    assert.deepEqual(copied, [1, undefined]);
  });

  it('is completed before a map is cleared that is too large to be held back', () => {
    const { database, states, barrier } = open(0);
    const map = mapOf(states);
    for (let i = 0; i < 2000; i++) {
      map.put(`${i}`, [i]);
    }
    states.writeAll();

    let rows = 0;
    barrier.fix(() => {
      const copy = new States(database, { capacityBytes: MUCH });
      copy.setCurrentKey('a');
      rows = [...mapOf(copy).keys()].length;
    });
    map.clear();

    assert.equal(rows, 2000);
    assert.equal(barrier.completions, 1);
    assert.equal(map.isEmpty(), true);
  });

  it('of a list has each element once, however it is read and added to meanwhile', () => {
    const { database, states, barrier } = open();
    const list = states.create<ListState<number[]>, unknown>(NO_NAMESPACE, LIST);
    list.addAll([[1], [2]]);
    states.writeAll();
    list.add([3]);

    const copied: number[][] = [];
    barrier.fix(() => {
      const copy = new States(database, { capacityBytes: MUCH });
      copy.setCurrentKey('a');
      copied.push(...copy.create<ListState<number[]>, unknown>(NO_NAMESPACE, LIST).get());
    });
    list.add([4]);
    assert.deepEqual([...list.get()], [[1], [2], [3], [4]]);
    barrier.complete();
    states.writeAll();

    assert.deepEqual(copied, [[1], [2], [3]]);
    assert.deepEqual([...list.get()], [[1], [2], [3], [4]]);
  });
});

describe('a map state', () => {
  it('gives its entries in the order of their bytes, in memory and in the database', () => {
    const { states } = open();
    const map = mapOf(states);
    for (const key of ['b', 'aa', 'a', 'c']) {
      map.put(key, [1]);
    }

    const inMemory = [...map.keys()];
    states.writeAll();
    map.put('bb', [1]);

    assert.deepEqual(inMemory, ['a', 'b', 'c', 'aa']);
    assert.deepEqual([...map.keys()], ['a', 'b', 'c', 'aa', 'bb']);
  });

  it('gives what is newest where a barrier ends within the loop and what it wrote is evicted', () => {
    const { states, barrier } = open();
    const map = mapOf(states);
    const userKeys = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(4, '0'));
    for (const userKey of userKeys) {
      map.put(userKey, [0]);
    }
    states.writeAll();
    states.evictAll();
    map.put('0100', [1]);
    map.remove('0101');
    map.put('0102a', [1]);
    barrier.fix(() => {});

    const met = new Map<string, number[]>();
    for (const [userKey, value] of map.entries()) {
      if (met.size === 0) {
        barrier.complete();
        states.evictAll();
      }
      met.set(userKey, value);
    }

    assert.deepEqual(
      [met.size, met.get('0100'), met.get('0101'), met.get('0102a')],
      [1000, [1], undefined, [1]],
    );
  });

  it('leaves no iterator of the database open where a loop is left', () => {
    const { database, states } = open(0);
    const map = mapOf(states);
    for (let i = 0; i < 1000; i++) {
      map.put(`${i}`, [i]);
    }

    for (const _ of map.entries()) {
      break;
    }
    map.entries()[Symbol.iterator]().next();
    database.failure = new Error('no disk');
    assert.throws(() => [...map.keys()], /no disk/);

    assert.equal(database.openIterators, 0);
  });
});
