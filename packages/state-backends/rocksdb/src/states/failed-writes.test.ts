/** Writes that fail and are caught: nothing of them stays, and nothing of what was there is lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { States } from './states-fixture.ts';

const MUCH = 1 << 30;
const NONE = Types.VOID_NAMESPACE;
const NUMBERS = Types.LIST(Types.LONG);

function open(database = new MemoryStateDatabase(), batchBytes = 1 << 16) {
  const states = new States(database, { capacityBytes: MUCH, batchBytes });
  const value = states.create<ValueState<number[]>, unknown>(
    NONE,
    new ValueStateDescriptor('value', NUMBERS),
  );
  const map = states.create<MapState<string, number[]>, unknown>(
    NONE,
    new MapStateDescriptor('map', Types.STRING, NUMBERS),
  );
  const sum = states.create<ReducingState<number[]>, unknown>(
    NONE,
    new ReducingStateDescriptor('sum', (a, b) => [...a, ...b], NUMBERS),
  );
  const text = states.create<ValueState<string>, unknown>(
    NONE,
    new ValueStateDescriptor('text', Types.STRING),
  );
  const list = states.create<ListState<number[]>, unknown>(
    NONE,
    new ListStateDescriptor('list', NUMBERS),
  );
  states.setCurrentKey('a');
  return { database, states, value, map, sum, text, list, cache: states.store.cache };
}

type Opened = ReturnType<typeof open>;

function contentsOf({ value, map, sum, list }: Opened): unknown[] {
  return [value.value(), [...map.entries()], sum.get(), [...list.get()]];
}

function uncopyable(): number[] {
  return Object.defineProperty([0], 0, {
    get() {
      throw new Error('no copy');
    },
  });
}

describe('a value that cannot be copied', () => {
  it('changes nothing, in memory or in the database', () => {
    const before = open();
    before.value.update([1]);
    before.map.put('u', [2]);
    before.sum.add([3]);
    before.list.add([4]);
    before.states.writeAll();
    const contents = [[1], [['u', [2]]], [3], [[4]]];

    const of = open(before.database);
    for (const write of [
      () => of.value.update(uncopyable()),
      () => of.map.put('u', uncopyable()),
      () => of.map.putAll(new Map([['u', uncopyable()]])),
      () => of.sum.add(uncopyable()),
      () => of.list.addAll([[5], uncopyable()]),
    ]) {
      assert.throws(write, /no copy/);
    }

    assert.equal(of.map.contains('u'), true);
    assert.deepEqual(contentsOf(of), contents);
    of.states.writeAll();
    assert.deepEqual(contentsOf(open(before.database)), contents);
  });
});

describe('measuring a value', () => {
  it('does not fail the write, so that each write of a wrong value ends in the same way', () => {
    const { states, text } = open();
    for (let i = 0; i < 130; i++) {
      text.update(i as never);
    }

    assert.throws(() => states.writeAll(), { code: 'VALUE_NOT_SERIALIZABLE' });
  });
});

describe('a version that is released while the database refuses writes', () => {
  const failing = () => {
    const of = open(undefined, 1);
    of.list.add([1]);
    of.text.update('old');
    of.states.barrier.fix(() => {});
    of.text.update('new'); // The old value has to be kept somewhere.
    of.database.failure = new Error('disk full');
    of.states.barrier.cancel();
    return of;
  };

  it('is released without a write, and the next one can be fixed', () => {
    const { database, states, text } = failing();
    const { operations } = database;
    assert.equal(operations, 0);
    database.failure = undefined;

    let copied: string | undefined;
    states.barrier.fix(() => {
      copied = open(database).text.value();
    });
    text.update('newest');
    states.barrier.complete();

    assert.equal(copied, 'new');
  });

  it('leaves no older value to overtake a newer one', () => {
    const { database, states, cache, list } = failing();
    database.failure = undefined;

    const batch = new WriteBatch();
    cache.writeAll(batch);
    database.write(batch);
    assert.equal(open(database).text.value(), 'new');

    states.evictAll();
    assert.deepEqual(open(database).text.value(), 'new');
    assert.deepEqual([...list.get()], [[1]]);
  });

  it('has what waits applied before the database is read', () => {
    const { database, map } = failing();
    assert.throws(() => map.get('u'), /disk full/);

    database.failure = undefined;
    map.get('u');
    assert.equal(open(database).text.value(), 'old');
  });

  it('loses nothing of a version whose old values were refused', () => {
    const { database, states, list, text } = open(undefined, 1);
    list.add([1]);
    text.update('a');
    const copies: unknown[] = [];
    states.barrier.fix(() => {
      const copy = open(database);
      copies.push([...copy.list.get()], copy.text.value());
    });
    list.add([2]);
    database.failure = new Error('disk full');
    assert.throws(() => text.update('b'), /disk full/);
    assert.throws(() => text.update('b'), /disk full/);

    database.failure = undefined;
    states.barrier.complete();
    states.writeAll();

    assert.deepEqual(copies, [[[1]], 'a']);
    assert.deepEqual([[...list.get()], text.value()], [[[1], [2]], 'a']);
    assert.deepEqual([...open(database).list.get()], [[1], [2]]);
  });
});
