/**
 * One decoded value in memory: of a key and namespace, or of a user key of a map.
 *
 * An entry that left the cache is used again for another key (`SpareEntries`): whoever holds one while
 * others may be evicted finds it anew, or sets `isHeld`.
 *
 * Invariants:
 * - `index` is its place in the cache, or -1 once it was evicted or removed. An entry outside the
 *   cache is never written to.
 * - `version` is `CLEAN` exactly while the database, or a packed row, holds the value.
 * - Where `isStored` is false neither the database nor the packed rows have one of it.
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
  /**
   * Puts what a dirty entry holds among the packed rows; what is newer there than the database is written
   * back by them. False where it is never packed, or there is no room.
   *
   * @throws what `writeEntry` throws, and what the database throws
   */
  packEntry(entry: CacheEntry): boolean;
  /** The entry was written and is clean: it may be removed where it is of no more use. */
  entryWritten(entry: CacheEntry): void;
  /** Forgets a clean entry. False when it must stay for now. */
  dropEntry(entry: CacheEntry): boolean;
  /** The entry was forgotten and is out of the cache: it may be used again. */
  entryLeft(entry: CacheEntry): void;
}

export class CacheEntry {
  rows: CachedRows;
  /** Of a map's entry: the user key. */
  key: unknown;
  /** Of a map's entry: nothing. */
  namespace: unknown;
  /** Of a map's entry: -1. */
  keyGroup: number;
  /** What it is found by: the entry of its key, its pane, or the entry of its map. */
  holder: unknown;
  value: unknown;
  version: number;
  isReferenced: boolean;
  /** It was read before an access needed it, and none has come yet. */
  isReadAhead: boolean;
  isStored: boolean;
  /** Somebody may look at it after it left the cache: it is not used again. */
  isHeld: boolean;
  index: number;
  /** Estimate of what it takes in memory. */
  bytes: number;

  constructor(rows: CachedRows) {
    this.rows = rows;
    this.key = undefined;
    this.namespace = undefined;
    this.keyGroup = -1;
    this.holder = undefined;
    this.value = undefined;
    this.version = CLEAN;
    this.isReferenced = false;
    this.isReadAhead = false;
    this.isStored = true;
    this.isHeld = false;
    this.index = -1;
    this.bytes = 0;
  }

  /** As it was made: nothing of what it held stays reachable by it. */
  reset(): void {
    this.key = undefined;
    this.namespace = undefined;
    this.keyGroup = -1;
    this.holder = undefined;
    this.value = undefined;
    this.version = CLEAN;
    this.isReferenced = false;
    this.isReadAhead = false;
    this.isStored = true;
    this.index = -1;
    this.bytes = 0;
  }
}
