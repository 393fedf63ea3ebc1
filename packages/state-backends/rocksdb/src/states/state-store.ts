/** What the states of a backend share: the database, the current key, the cache, scratch bytes. */
// Hot path.
import { DataInputView, DataOutputView } from '@millrace/core';
import type { CacheEntry } from './cache-entry.ts';
import type { KeyContext } from './key-context.ts';
import type { MapEntry } from './map-contents.ts';
import { SpareEntries } from './spare-entries.ts';
import { type RowsAhead, StateLookAhead } from './state-look-ahead.ts';
import {
  ENTRY_OVERHEAD_BYTES,
  type StateDatabase,
  ValueCache,
  type ValueCacheOptions,
} from './value-cache.ts';

/** Scratch bytes that are kept: what a larger row takes is given back. */
const OUTPUT_BYTES = 1024;
const OUTPUT_BYTES_KEPT = 1024 * 1024;

export class StateStore<K> {
  readonly database: StateDatabase;
  readonly keys: KeyContext<K>;
  /** To be registered with the barrier. */
  readonly cache: ValueCache;
  readonly spareEntries: SpareEntries<CacheEntry>;
  readonly spareMapEntries: SpareEntries<MapEntry>;
  readonly numberOfKeyGroups: number;
  readonly keySerializer: KeyContext<K>['serializer'];
  readonly lookAhead: StateLookAhead<K>;
  /** For one row at a time; another one after `giveBackOutput`. */
  output: DataOutputView;
  private input: DataInputView;
  private slots: number;

  constructor(options: ValueCacheOptions & { readonly keys: KeyContext<K> }) {
    this.database = options.database;
    this.keys = options.keys;
    this.cache = new ValueCache(options);
    this.spareEntries = new SpareEntries();
    this.spareMapEntries = new SpareEntries();
    this.numberOfKeyGroups = options.keys.numberOfKeyGroups;
    this.keySerializer = options.keys.serializer;
    this.lookAhead = new StateLookAhead({
      keys: options.keys,
      makeRoom: () => this.cache.makeRoom(),
      cachedEntries: () => this.cache.roomBytes / (2 * ENTRY_OVERHEAD_BYTES),
    });
    this.output = new DataOutputView(OUTPUT_BYTES);
    this.input = new DataInputView(options.database.result);
    this.slots = 0;
  }

  /** Of the next state without namespaces, in the entries of keys. */
  nextSlot(): number {
    return this.slots++;
  }

  /** After a row of any size. What was written is gone then, if it was large. */
  giveBackOutput(): void {
    if (this.output.buffer.length > OUTPUT_BYTES_KEPT) {
      this.output = new DataOutputView(OUTPUT_BYTES);
    }
  }

  /** The row whose key is in `output`, up to where it was written. @returns its bytes, or -1 */
  read(columnFamily: number): number {
    this.cache.applyPending();
    const { buffer, position } = this.output;
    return this.database.get(columnFamily, buffer, 0, position);
  }

  /** @returns bytes of what `multiGet` gives for the rows */
  readTogether(columnFamily: number, rows: RowsAhead<K>): number {
    this.cache.applyPending();
    return this.database.multiGet(columnFamily, rows.bytes, rows.end, rows.keys.length);
  }

  /** What the last read of the database gave, from `start` on. */
  result(start = 0): DataInputView {
    if (this.input.buffer !== this.database.result) {
      this.input = new DataInputView(this.database.result);
    }
    this.input.position = start;
    return this.input;
  }
}
