/** Entries that left the cache and are used again for other keys. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type StateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { States } from './states-fixture.ts';

const FEW = 40_000; // bytes: about 100 entries
const MUCH = 1 << 30;
const COUNT = new ValueStateDescriptor('count', Types.LONG);
const MAP = new MapStateDescriptor('map', Types.STRING, Types.LONG);

function open(capacityBytes: number) {
  const states = new States(new MemoryStateDatabase(), { capacityBytes });
  const create = <S>(descriptor: StateDescriptor): S =>
    states.create<S, unknown>(Types.VOID_NAMESPACE, descriptor);
  return { states, create, store: states.store };
}

describe('an entry that left the cache', () => {
  it('is used again, for keys that see nothing of the one before', () => {
    const { states, create, store } = open(FEW);
    const count = create<ValueState<number>>(COUNT);
    const map = create<MapState<string, number>>(MAP);
    for (let i = 0; i < 5_000; i++) {
      states.setCurrentKey(`key ${i}`);
      if (i % 3 > 0) {
        count.update(i);
        map.put(`${i % 2}`, i);
      } else {
        assert.equal(count.value() ?? null, null);
        assert.equal(map.get('0'), undefined);
      }
    }

    const made = store.cache.size + store.spareEntries.size + store.spareMapEntries.size;
    assert.ok(made < 500, `${made}`);
    for (let i = 0; i < 5_000; i += 7) {
      states.setCurrentKey(`key ${i}`);
      assert.equal(count.value() ?? null, i % 3 > 0 ? i : null);
      assert.deepEqual([...map.entries()], i % 3 > 0 ? [[`${i % 2}`, i]] : []);
    }
  });

  it('is nobody else’s while a loop over its map may come to it', () => {
    const { states, create } = open(MUCH);
    const map = create<MapState<string, number>>(MAP);
    states.setCurrentKey('a');
    for (const userKey of ['1', '2', '3', '4']) {
      map.put(userKey, Number(userKey));
    }

    const met: [string, number][] = [];
    for (const entry of map.entries()) {
      met.push(entry);
      if (met.length === 2) {
        states.evictAll();
        states.setCurrentKey('b');
        for (let i = 0; i < 10; i++) {
          map.put(`other ${i}`, -i);
        }
      }
    }

    assert.deepEqual(met, [
      ['1', 1],
      ['2', 2],
      ['3', 3],
      ['4', 4],
    ]);
  });

  it('is not written to by the function in which it became another state’s', () => {
    const { states, create } = open(MUCH);
    const count = create<ValueState<number>>(COUNT);
    const max = create<ReducingState<number>>(
      new ReducingStateDescriptor(
        'max',
        (a: number, b: number) => {
          states.evictAll();
          count.update(-1);
          return Math.max(a, b);
        },
        Types.LONG,
      ),
    );
    states.setCurrentKey('a');
    max.add(1);

    max.add(2);
    states.evictAll();

    assert.deepEqual([max.get(), count.value()], [2, -1]);
  });

  it('is written to as dirty where the function itself read it again', () => {
    const { states, create } = open(MUCH);
    const max: ReducingState<number> = create(
      new ReducingStateDescriptor(
        'max',
        (a: number, b: number) => {
          states.evictAll();
          assert.equal(max.get(), a);
          return Math.max(a, b);
        },
        Types.LONG,
      ),
    );
    states.setCurrentKey('a');
    max.add(1);

    max.add(2);
    states.evictAll();

    assert.equal(max.get(), 2);
  });

  it('keeps nothing of what it held', () => {
    const { states, create, store } = open(MUCH);
    const count = create<ValueState<number>>(COUNT);
    states.setCurrentKey('a');
    count.update(1);

    states.evictAll();

    const spare = store.spareEntries.take()!;
    assert.deepEqual([spare.key, spare.value, spare.holder], [undefined, undefined, undefined]);
  });
});
