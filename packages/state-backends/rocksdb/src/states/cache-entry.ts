/**
 * One decoded value in memory: of a key and namespace, or of a user key of a map.
 *
 * Invariants:
 * - `index` is its place in the cache, or -1 once it was evicted or removed. An entry outside the
 *   cache is never written to.
 * - `version` is `CLEAN` exactly while the database holds the value.
 * - Where `isStored` is false the database has no row of it.
 */
// Hot path.
import type { WriteBatch } from '../database/write-batch.ts';

/** The version of an entry that needs no writing. */
export const CLEAN: number = -1;

/** What a state does with its entries when the cache asks. */
export interface CachedRows {
  /**
   * Puts what the entry holds into the batch. Throws before anything of it is there.
   *
   * @throws TaskError naming the state, for a value that is not of its type
   */
  writeEntry(entry: CacheEntry, batch: WriteBatch): void;
  /** The entry was written and is clean: it may be removed where it is of no more use. */
  entryWritten(entry: CacheEntry): void;
  /** Forgets a clean entry. False when it must stay for now. */
  dropEntry(entry: CacheEntry): boolean;
}

export class CacheEntry {
  readonly rows: CachedRows;
  /** Of a map's entry: the user key. */
  readonly key: unknown;
  /** Of a map's entry: nothing. */
  readonly namespace: unknown;
  /** Of a map's entry: -1. */
  readonly keyGroup: number;
  /** What it is found by: the entry of its key, its pane, or the entry of its map. */
  readonly holder: unknown;
  value: unknown;
  version: number;
  isReferenced: boolean;
  /** It was read before an access needed it, and none has come yet. */
  isReadAhead: boolean;
  isStored: boolean;
  index: number;
  /** Estimate of what it takes in memory. */
  bytes: number;

  constructor(
    rows: CachedRows,
    place: {
      readonly key: unknown;
      readonly namespace: unknown;
      readonly keyGroup: number;
      readonly holder: unknown;
    },
    bytes: number,
  ) {
    this.rows = rows;
    this.key = place.key;
    this.namespace = place.namespace;
    this.keyGroup = place.keyGroup;
    this.holder = place.holder;
    this.value = undefined;
    this.version = CLEAN;
    this.isReferenced = false;
    this.isReadAhead = false;
    this.isStored = true;
    this.index = -1;
    this.bytes = bytes;
  }
}
