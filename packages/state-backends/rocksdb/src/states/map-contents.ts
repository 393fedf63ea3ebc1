/**
 * What is in memory of the map of one key and namespace: an entry for each user key that was used.
 *
 * Invariants:
 * - `entries` holds the entry of a user key exactly while that is in the cache; an absent one counts,
 *   as the database may have a row of it still.
 * - Where `isComplete` is set, a user key without an entry is not in the map.
 */
// Hot path.
import { type CachedRows, CacheEntry } from './cache-entry.ts';

/** The value of a user key that is not in the map; null is a value. */
export const ABSENT: unique symbol = Symbol('absent');

export class MapEntry extends CacheEntry {
  identity: unknown;
  /** The bytes of the user key, one character each; `undefined` until somebody needs the order. */
  order: string | undefined;

  constructor(rows: CachedRows) {
    super(rows);
    this.value = ABSENT;
    this.identity = undefined;
    this.order = undefined;
  }

  override reset(): void {
    super.reset();
    this.value = ABSENT;
    this.identity = undefined;
    this.order = undefined;
  }
}

export class MapContents {
  readonly entries: Map<unknown, MapEntry>;
  isComplete: boolean;
  /** Entries that are not absent. */
  present: number;
  /** In the order of bytes, absent ones too; `undefined` when an entry came or went since. */
  sorted: readonly MapEntry[] | undefined;

  constructor() {
    this.entries = new Map();
    this.isComplete = false;
    this.present = 0;
    this.sorted = undefined;
  }

  add(entry: MapEntry): void {
    this.entries.set(entry.identity, entry);
    this.sorted = undefined;
    if (entry.value !== ABSENT) {
      this.present++;
    }
  }

  delete(entry: MapEntry): void {
    this.entries.delete(entry.identity);
    this.sorted = undefined;
    if (entry.value !== ABSENT) {
      this.present--;
    }
  }
}

export function contentsOf(map: CacheEntry): MapContents {
  return map.value as MapContents;
}
