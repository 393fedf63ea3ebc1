/** Rows of values in memory as bytes, under the decoded ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { PackedRowsFixture } from './packed-rows-fixture.ts';
import type { RocksDBListState } from './rocksdb-list-state.ts';
import { States } from './states-fixture.ts';
import { PACKED_SHARE } from './value-cache.ts';

const MUCH = 1 << 20;
const DECODED = 364; // of a long, as the cache counts it

/** Longs under string keys, with memory for so many of them decoded, if none is packed. */
function open(entries: number) {
  const database = new MemoryStateDatabase();
  const capacityBytes = entries * DECODED;
  const states = new States(database, { capacityBytes, packedShare: PACKED_SHARE });
  const count = states.create<ValueState<number>, unknown>(
    Types.VOID_NAMESPACE,
    new ValueStateDescriptor('count', Types.LONG),
  );
  const { cache } = states.store;
  return { database, states, count, cache };
}

function update({ states, count }: ReturnType<typeof open>, keys: number, add = 0): void {
  for (let i = 0; i < keys; i++) {
    states.setCurrentKey(`${i}`);
    count.update(i + add);
  }
}

function valuesOf({ states, count }: ReturnType<typeof open>, keys: number): unknown[] {
  return Array.from({ length: keys }, (_, i) => {
    states.setCurrentKey(`${i}`);
    return count.value();
  });
}

describe('values that do not fit decoded', () => {
  it('are kept as bytes, eight times as many, and the database is neither read nor written', () => {
    const of = open(1000);

    update(of, 8000);
    update(of, 8000, 5);
    const values = valuesOf(of, 8000);

    assert.deepEqual(
      values,
      Array.from({ length: 8000 }, (_, i) => i + 5),
    );
    assert.deepEqual([of.database.reads, of.database.operations], [0, 0]);
    assert.ok(of.cache.packed.allocatedBytes <= of.cache.packed.capacityBytes);
    assert.ok(of.cache.usedBytes <= of.cache.roomBytes + 2 * DECODED);
  });

  it('go to the database once even their bytes do not fit, and are read from there once', () => {
    const of = open(100);
    update(of, 5000);

    const { operations } = of.database;
    assert.ok(operations >= 3000 && operations <= 5000, `${operations}`);
    of.states.setCurrentKey('0');
    assert.equal(of.count.value(), 0);
    const { reads } = of.database;
    assert.equal(of.count.value(), 0);
    assert.equal(of.database.reads, reads);
  });

  it('are written once by a barrier, which those that are newer do not hold up', () => {
    const of = open(1000);
    update(of, 6000);
    let copied = 0;
    of.states.barrier.fix(() => {
      copied = of.database.operations;
    });

    update(of, 1000, 7); // More than fit decoded: these are packed beside the version.
    assert.equal(of.states.barrier.completions, 0);
    of.states.barrier.complete();

    assert.equal(copied, 6000);
    of.states.writeAll();
    assert.equal(of.database.operations, 7000);
  });

  it('leave memory when others take it', () => {
    const of = open(1000);
    update(of, 6000);

    of.cache.capacityBytes = 0;
    of.states.setCurrentKey('another');
    of.count.value();

    assert.equal(of.cache.packed.allocatedBytes, 0);
    assert.equal(of.database.operations, 6000);
    assert.deepEqual(valuesOf(of, 3), [0, 1, 2]);
  });

  it('of windows that come and go are never written', () => {
    const database = new MemoryStateDatabase();
    const capacityBytes = 400 * DECODED;
    const states = new States(database, { capacityBytes, packedShare: PACKED_SHARE });
    const sum = states.create<ReducingState<number>, string>(
      Types.STRING,
      new ReducingStateDescriptor<number>('sum', (a, b) => a + b, Types.LONG),
    );
    for (let window = 0; window < 20; window++) {
      sum.setCurrentNamespace(`${window}`);
      for (let i = 0; i < 2000; i++) {
        states.setCurrentKey(`${i % 1000}`);
        sum.add(1);
      }
      for (let i = 0; i < 1000; i++) {
        states.setCurrentKey(`${i}`);
        assert.equal(sum.get(), 2);
        sum.clear();
      }
    }

    states.writeAll();
    // Deletions of what was decoded from a row and cleared just now: it does not know of the database.
    assert.ok(database.operations < 200, `${database.operations}`);
  });

  it('that a write cannot serialize fail at the barrier, as decoded ones do', () => {
    const of = open(100);
    update(of, 3000);
    for (let i = 0; i < 40; i++) {
      of.count.update('text' as never);
    }

    assert.throws(() => of.states.writeAll(), { code: 'VALUE_NOT_SERIALIZABLE' });
  });
});

/** A list of one element under each of so many keys, read once, with memory for some of them decoded. */
function openLists(entries: number, keys: number) {
  const database = new MemoryStateDatabase();
  const { states, list } = listsOver(database, entries);
  const each = (act: (i: number) => void): void => {
    for (let i = 0; i < keys; i++) {
      states.setCurrentKey(`${i}`);
      act(i);
    }
  };
  each((i) => list.add(i));
  states.writeAll();
  for (let round = 0; round < 4; round++) {
    each((i) => assert.deepEqual([...list.get()], [i]));
  }
  return { database, states, list, each };
}

function listsOver(database: MemoryStateDatabase, entries: number) {
  const capacityBytes = entries * DECODED;
  const states = new States(database, { capacityBytes, packedShare: PACKED_SHARE });
  const list = states.create<ListState<number>, unknown>(
    Types.VOID_NAMESPACE,
    new ListStateDescriptor('list', Types.LONG),
  );
  return { states, list };
}

describe('lists that do not fit decoded', () => {
  it('are kept as bytes once they were read, and read and added to there', () => {
    const { database, states, list, each } = openLists(1000, 4000);
    const { reads, operations } = database;

    each((i) => assert.deepEqual([...list.get()], [i]));
    each((i) => list.add(i + 1));
    each((i) => list.addAll([i + 2, i + 3]));
    each((i) => assert.deepEqual([...list.get()], [i, i + 1, i + 2, i + 3]));

    // But for a few that were decoded when what was read before them was packed.
    assert.ok(database.reads - reads < 200, `${database.reads - reads}`);
    assert.ok(database.operations - operations < 200, `${database.operations - operations}`);
    states.writeAll();
    assert.ok(database.operations - operations < 4200, `${database.operations - operations}`);
    states.evictAll();
    each((i) => assert.deepEqual([...list.get()], [i, i + 1, i + 2, i + 3]));
  });

  it('that are long are merged to: their row is not written for each element', () => {
    const { database, states, list, each } = openLists(1000, 3000);
    const long = Array.from({ length: 500 }, (_, i) => i);
    for (let i = 0; i < 40; i++) {
      states.setCurrentKey(`${i}`);
      list.addAll(long);
    }
    states.evictAll();
    const { merges } = database;
    each((i) => [...list.get()].length === 0 && assert.fail(`${i}`));

    for (let i = 0; i < 40; i++) {
      states.setCurrentKey(`${i}`);
      list.add(7);
    }
    states.writeAll();

    assert.equal(database.merges, merges + 40);
    states.setCurrentKey('3');
    assert.deepEqual([...list.get()], [3, ...long, 7]);
  });

  it('are written for a live read, packed or not', () => {
    const { database, list, each } = openLists(1000, 4000);
    each((i) => list.add(i + 1));

    for (let i = 0; i < 100; i++) {
      assert.equal(
        (list as unknown as RocksDBListState<string, unknown, number>).writeKeyNow(`${i}`),
        true,
      );
    }

    const other = listsOver(database, 1000);
    for (let i = 0; i < 100; i++) {
      other.states.setCurrentKey(`${i}`);
      assert.deepEqual([...other.list.get()], [i, i + 1]);
    }
  });

  it('that an addition cannot serialize fail at the barrier, as decoded ones do', () => {
    const { states, list } = openLists(1000, 4000);
    for (let i = 0; i < 40; i++) {
      states.setCurrentKey(`${i}`);
      list.add('text' as never);
    }

    assert.throws(() => states.writeAll(), { code: 'VALUE_NOT_SERIALIZABLE' });
  });
});

describe('packed rows', () => {
  it('are added to where they are here, and as large as they may be', () => {
    const rows = new PackedRowsFixture(MUCH);
    assert.equal(rows.append('a', '1'), false);

    assert.equal(rows.read('a'), undefined);
    assert.equal(rows.append('a', '1'), true);
    assert.equal(rows.append('a', '2'.repeat(50)), true);
    assert.equal(rows.append('a', '3', 50), false);

    assert.equal(rows.read('a'), `1,${'2'.repeat(50)}`);
    rows.writeAll();
    assert.deepEqual(rows.stored(['a']), { a: `1,${'2'.repeat(50)}` });
  });

  it('know what the database has not: what is put and deleted before it is written writes nothing', () => {
    const rows = new PackedRowsFixture(MUCH);
    assert.equal(rows.read('a'), undefined);

    rows.put('a', '1');
    rows.delete('a');
    rows.writeAll();

    assert.equal(rows.database.operations, 0);
    assert.equal(rows.read('a'), undefined);
    assert.equal(rows.database.reads, 1);
  });

  it('move what was used when their block is given up, and write what was not', () => {
    const rows = new PackedRowsFixture(4096);
    rows.put('used', '1');
    rows.put('unused', '2');
    rows.writeAll();
    for (let i = 0; i < 300; i++) {
      rows.put(`new ${i}`, 'x');
      rows.read('used');
    }

    assert.equal(rows.isPacked('used'), true);
    assert.equal(rows.isPacked('unused'), false);
  });

  it('leave to others what is too large for them', () => {
    const rows = new PackedRowsFixture(MUCH);

    assert.equal(rows.put('a', 'x'.repeat(20_000)), false);
    assert.equal(rows.put('k'.repeat(5000), 'x'), false);
    assert.equal(rows.put('a', 'x'.repeat(10_000)), true);
  });

  it('take no more while more than half of them are newer than a fixed version', () => {
    const rows = new PackedRowsFixture(4096);
    for (let i = 0; i < 10; i++) {
      rows.put(`${i}`, 'old');
    }
    rows.rows.versions.fixVersion();
    let taken = 0;
    while (rows.put(`new ${taken}`, 'new')) {
      taken++;
    }

    assert.ok(taken >= 10 && taken <= 12, `${taken}`);
    assert.equal(rows.put('3', 'new'), true); // It is here already.
  });

  it('are written for one key, or for what begins with it, unless a fixed version is in the way', () => {
    const rows = new PackedRowsFixture(MUCH);
    for (const key of ['a 1', 'a 2', 'b 1']) {
      rows.put(key, 'x');
    }

    assert.equal(rows.writeNow('b 1'), true);
    assert.deepEqual(rows.stored(['a 1', 'a 2', 'b 1']), { 'b 1': 'x' });
    assert.equal(rows.writeAllNow('a'), true);
    assert.deepEqual(Object.keys(rows.stored(['a 1', 'a 2', 'b 1'])), ['a 1', 'a 2', 'b 1']);

    rows.rows.versions.fixVersion();
    rows.put('a 2', 'newer');
    assert.equal(rows.writeNow('a 2'), false);
    assert.equal(rows.writeAllNow('a'), false);
    assert.equal(rows.writeAllNow('b'), true);
  });
});
