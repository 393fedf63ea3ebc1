/**
 * Entries that left the cache, to be used again for other keys.
 *
 * Entries live long: V8 moves them to its old space, where what is dead stays until the whole heap was
 * gone through. With entries that are used again a cache that is full makes next to nothing of that.
 *
 * Invariant: an entry in here is in no table, in no slot of the cache, and held by nobody.
 */
// Hot path.
import { invariant } from '@millrace/core';
import type { CacheEntry } from './cache-entry.ts';

/** As many as leave the cache at a time, and some: see `FREED_ENTRIES_MAX`. What is beyond is garbage. */
const SPARE_MAX = 2048;

export class SpareEntries<E extends CacheEntry> {
  private readonly entries: E[];

  constructor() {
    this.entries = [];
  }

  get size(): number {
    return this.entries.length;
  }

  /** As it was made; `undefined` when there is none. */
  take(): E | undefined {
    return this.entries.pop();
  }

  /** An entry that left the cache. */
  give(entry: E): void {
    if (!entry.isHeld && this.entries.length < SPARE_MAX) {
      invariant(entry.index < 0, 'an entry of the cache is not used for another key');
      entry.reset();
      this.entries.push(entry);
    }
  }
}
