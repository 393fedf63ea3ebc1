/** What states count for and what they keep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { RowsAhead } from './state-look-ahead.ts';
import { States } from './states-fixture.ts';

const NONE = Types.VOID_NAMESPACE;
const ROOM = 32 << 20;
const LARGE = 5 << 20;

function open(database: MemoryStateDatabase) {
  const states = new States(database, { capacityBytes: ROOM });
  const list = states.create<ListState<string>, unknown>(
    NONE,
    new ListStateDescriptor('list', Types.STRING),
  );
  const map = states.create<MapState<string, string>, unknown>(
    NONE,
    new MapStateDescriptor('map', Types.STRING, Types.STRING),
  );
  const text = states.create<ValueState<string>, unknown>(
    NONE,
    new ValueStateDescriptor('text', Types.STRING),
  );
  states.setCurrentKey('a');
  return { states, list, map, text, cache: states.store.cache };
}

function large(elements: number): MemoryStateDatabase {
  const database = new MemoryStateDatabase();
  const { states, list, map } = open(database);
  const values = Array.from({ length: elements }, () => 'x'.repeat(1000));
  list.addAll(values);
  for (let i = 0; i < 100; i++) {
    map.put(`${i}`, values[i]!);
  }
  states.writeAll();
  return database;
}

describe('a list', () => {
  it('counts for what its row takes, whatever lists were before it', () => {
    const { list, cache } = open(large(900));
    assert.equal([...list.get()].length, 900);

    assert.ok(cache.usedBytes > 2 * 900_000, `${cache.usedBytes}`);
    assert.ok(cache.usedBytes < 2.1 * 900_000, `${cache.usedBytes}`);
  });

  it('counts for what was written, at once and in parts', () => {
    const { states, list, cache } = open(new MemoryStateDatabase());
    for (const rows of [1, 2]) {
      list.addAll(Array.from({ length: 900 }, () => 'x'.repeat(1000)));
      assert.equal([...list.get()].length, rows * 900);
      states.writeAll();

      assert.ok(cache.usedBytes > rows * 1_800_000, `${cache.usedBytes}`);
      assert.ok(cache.usedBytes < rows * 1_900_000, `${cache.usedBytes}`);
    }
    list.clear();
    assert.ok(cache.usedBytes < 1000);
  });
});

describe('a state whose share of memory has become smaller', () => {
  it('no longer keeps whole what was small before', () => {
    const { list, map, cache } = open(large(900));
    cache.capacityBytes = ROOM / 128;

    assert.equal([...list.get()].length, 900);
    assert.equal(cache.usedBytes, 0);
    assert.equal([...map.keys()].length, 100);
    assert.equal(cache.usedBytes, 0);
  });
});

describe('scratch bytes', () => {
  it('of a large value are given back when it was written', () => {
    const { states, text, map, list } = open(new MemoryStateDatabase());
    const value = 'x'.repeat(LARGE);
    const scratch = () => states.store.output.buffer.length;

    for (const write of [
      () => text.update(value),
      () => map.put('u', value),
      () => list.add(value),
    ]) {
      write();
      states.writeAll();
      assert.ok(scratch() <= 1 << 20, `${scratch()}`);
    }
    states.evictAll();
    assert.deepEqual(
      [text.value(), map.get('u'), ...list.get()].map((text) => text?.length),
      [LARGE, LARGE, LARGE],
    );
  });

  it('of keys that are read together are given back', () => {
    const rows = new RowsAhead<string>();
    const key = new Uint8Array(LARGE).fill(7);
    rows.add('a', key, key.length);
    assert.ok(rows.bytes.length > LARGE);

    rows.clear();
    assert.ok(rows.bytes.length <= 1 << 20);

    rows.add('b', key, 4);
    assert.deepEqual([...rows.bytes.subarray(0, rows.end)], [4, 0, 0, 0, 7, 7, 7, 7]);
  });
});
