/** The current key of a backend, and the keys that have cached state outside windows. */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import { type KeyedOperator, KeyTable, type WarmedTable } from '@millrace/state';
import type { CacheEntry } from './cache-entry.ts';

/** The checks of a key are those of `KeyTable`; what is evicted leaves it. */
export class KeyContext<K> extends KeyTable<K, CacheEntry> implements WarmedTable {
  constructor(
    serializer: TypeSerializer<K>,
    keyGroupRange: KeyGroupRange,
    numberOfKeyGroups: number,
    operator: KeyedOperator,
  ) {
    super(serializer, keyGroupRange, numberOfKeyGroups, operator);
    this.ahead.register(this);
  }

  /** Entries of keys, then their first cells: those of the only state, mostly. */
  warmValues(ids: Int32Array, _rows: Int32Array, count: number): number {
    let read = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      read += id < 0 ? 0 : this.entryAt(id).cellCount;
    }
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      read += id < 0 ? 0 : (this.entryAt(id).first?.version ?? 0);
    }
    return read;
  }
}
