/** What the states of a backend share: the database, the current key, the cache, scratch bytes. */
// Hot path.
import { DataInputView, DataOutputView } from '@millrace/core';
import type { KeyContext } from './key-context.ts';
import { type StateDatabase, ValueCache, type ValueCacheOptions } from './value-cache.ts';

export class StateStore<K> {
  readonly database: StateDatabase;
  readonly keys: KeyContext<K>;
  /** To be registered with the barrier. */
  readonly cache: ValueCache;
  readonly numberOfKeyGroups: number;
  readonly keySerializer: KeyContext<K>['serializer'];
  /** For one row at a time. */
  readonly output: DataOutputView;
  private input: DataInputView;
  private slots: number;

  constructor(options: ValueCacheOptions & { readonly keys: KeyContext<K> }) {
    this.database = options.database;
    this.keys = options.keys;
    this.cache = new ValueCache(options);
    this.numberOfKeyGroups = options.keys.numberOfKeyGroups;
    this.keySerializer = options.keys.serializer;
    this.output = new DataOutputView(1024);
    this.input = new DataInputView(options.database.result);
    this.slots = 0;
  }

  /** Of the next state without namespaces, in the entries of keys. */
  nextSlot(): number {
    return this.slots++;
  }

  /** The row whose key is in `output`, up to where it was written. @returns its bytes, or -1 */
  read(columnFamily: number): number {
    this.cache.applyPending();
    const { buffer, position } = this.output;
    return this.database.get(columnFamily, buffer, 0, position);
  }

  /** What the last read of the database gave, from the beginning. */
  result(): DataInputView {
    if (this.input.buffer !== this.database.result) {
      this.input = new DataInputView(this.database.result);
    }
    this.input.position = 0;
    return this.input;
  }
}
