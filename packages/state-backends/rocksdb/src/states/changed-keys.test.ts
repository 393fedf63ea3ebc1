/** Keys whose object the program changes after it gave it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, Types, type ValueState, ValueStateDescriptor } from '@millrace/core';
import { declaredMeta, type InternalKvState } from '@millrace/state';
import { createRocksDBState } from './create-rocksdb-state.ts';
import { KeyContext } from './key-context.ts';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { StateStore } from './state-store.ts';
import { SteppedBarrier } from './states-fixture.ts';

type Key = [text: string, number: number];
type Counter = ValueState<number> & InternalKvState<Key, unknown>;

const NAMESPACES = [
  { name: 'outside windows', type: Types.VOID_NAMESPACE, namespace: undefined },
  { name: 'in windows', type: Types.LONG, namespace: 7 },
];

function open(type: (typeof NAMESPACES)[number]['type'], namespace: unknown) {
  const serializer = Types.TUPLE(Types.STRING, Types.LONG).createSerializer();
  const keys = new KeyContext<Key>(serializer as never, new KeyGroupRange(0, 3), 4, {
    operatorName: 'counter',
  });
  const store = new StateStore({
    database: new MemoryStateDatabase(),
    barrier: new SteppedBarrier(),
    keys,
    capacityBytes: 1 << 20,
    packedShare: 0,
    batchBytes: 1 << 16,
  });
  const create = (columnFamily: number): Counter => {
    const descriptor = new ValueStateDescriptor<number>(`count-${columnFamily}`, Types.LONG);
    const meta = declaredMeta(type as never, descriptor);
    const state = createRocksDBState(store, { columnFamily, meta, descriptor });
    if (namespace !== undefined) {
      state.setCurrentNamespace(namespace);
    }
    return state as never;
  };
  const count = create(0);
  const at = (key: Key): Counter => {
    keys.setCurrentKey(key);
    return count;
  };
  return { at, cache: store.cache, other: create(1) };
}

describe('a key whose object was changed', () => {
  for (const { name, type, namespace } of NAMESPACES) {
    it(`after its state ${name} was written leaves the state to the key that it was`, () => {
      const { at, cache } = open(type, namespace);
      const keys = Array.from({ length: 20 }, (_, i): Key => ['k', i]);
      for (const [i, key] of keys.entries()) {
        at(key).update(i);
      }
      (keys[3] as Key)[1] = 999;
      (keys[5] as Key)[1] = 4;

      cache.writeAllNow();
      cache.capacityBytes = 0;
      for (let i = 0; i < 100 && cache.size > 0; i++) {
        cache.makeRoom();
      }

      const found = Array.from({ length: 20 }, (_, i) => at(['k', i]).value());
      assert.deepEqual(
        found,
        Array.from({ length: 20 }, (_, i) => i),
      );
      assert.equal(at(['k', 999]).value(), undefined);
    });
  }

  it('between a look-up in one state and the first write in another fails the write in windows', () => {
    const { at, other } = open(Types.LONG, 7);
    const key: Key = ['k', 1];
    at(['k', 2]).update(2);
    at(key).value();
    key[1] = 2;

    const write = () => other.update(5);

    assert.throws(write, { code: 'KEY_NOT_DETERMINISTIC' });
    assert.equal(at(['k', 2]).value(), 2);
  });
});
