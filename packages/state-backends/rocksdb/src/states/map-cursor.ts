/**
 * Goes through the entries of one map in the order of the user keys' bytes.
 *
 * A map that is whole in memory is gone through there. Of a larger one, rows of the database are
 * merged with what is in memory, which is newer.
 *
 * Invariants:
 * - Any entry may be changed or removed meanwhile, also by the cursor's user; each is given as it is
 *   when the cursor comes to it, and never twice. What is added may be met or not.
 * - Nothing is held that somebody must close.
 */
// Hot path.
import type { CacheEntry } from './cache-entry.ts';
import type { CachedMap } from './cached-map.ts';
import { ABSENT, contentsOf, type MapEntry } from './map-contents.ts';
import type { MapRow } from './map-rows.ts';

/** A map of more is not kept whole in memory. */
export const WHOLE_ROWS_MAX = 256;
const ROWS = 512; // of a batch
const NO_ENTRIES: readonly MapEntry[] = [];

export class MapCursor<UK, UV> {
  /** After `advance`. */
  userKey: UK | undefined;
  private readonly maps: CachedMap<unknown, unknown, UK, UV>;
  private map: CacheEntry | undefined;
  /** In memory when the cursor began. */
  private entries: readonly MapEntry[];
  private at: number;
  /** Whether rows of the database have to be looked at too. */
  private isMerged: boolean;
  private rows: readonly MapRow[];
  private row: number;
  private isLastBatch: boolean;
  private readAfterBatches: number;
  /** What the cursor is at: the bytes of its user key. */
  private order: string | undefined;
  private current: unknown;

  constructor(maps: CachedMap<unknown, unknown, UK, UV>) {
    this.userKey = undefined;
    this.maps = maps;
    this.map = undefined;
    this.entries = NO_ENTRIES;
    this.at = 0;
    this.isMerged = false;
    this.rows = [];
    this.row = 0;
    this.isLastBatch = false;
    this.readAfterBatches = 0;
    this.order = undefined;
    this.current = ABSENT;
    this.begin();
  }

  /** A value that the caller may change. */
  get value(): UV {
    return this.maps.copyOf(this.current);
  }

  /** @returns false at the end */
  advance(): boolean {
    return this.isMerged ? this.advanceMerged() : this.advanceInMemory();
  }

  private begin(): void {
    const whole = this.maps.loadWhole({ rows: WHOLE_ROWS_MAX, bytes: this.maps.wholeBytesMax });
    if ('rows' in whole && 'isLast' in whole) {
      this.map = this.maps.findMap() ?? this.maps.createMap();
      this.isMerged = true;
      this.rows = whole.rows;
      this.isLastBatch = whole.isLast;
      this.readAfterBatches = this.maps.batchesWritten;
    } else {
      this.map = whole as CacheEntry;
    }
    this.map.isHeld = true;
    this.entries =
      contentsOf(this.map).entries.size === 0 ? NO_ENTRIES : this.maps.sortedEntries(this.map);
  }

  private advanceInMemory(): boolean {
    while (this.at < this.entries.length) {
      const entry = this.entries[this.at++]!;
      if (entry.value !== ABSENT && this.isThere(entry)) {
        this.userKey = entry.key as UK;
        return true;
      }
    }
    return false;
  }

  /** An entry that was evicted may have changed since. */
  private isThere(entry: MapEntry): boolean {
    this.current = entry.index >= 0 ? entry.value : this.maps.valueNow(this.map!, entry.key as UK);
    return this.current !== ABSENT;
  }

  private advanceMerged(): boolean {
    for (;;) {
      const entry = this.nextEntry();
      const row = this.nextRow();
      if (entry === undefined && row === undefined) {
        return false;
      }
      if (row === undefined || (entry !== undefined && entry.order! <= row.order)) {
        this.order = entry!.order;
        this.userKey = entry!.key as UK;
        this.current = entry!.value;
        return true;
      }
      this.order = row.order;
      const userKey = this.maps.userKeyIn(row);
      const newer = this.maps.entryInMemory(this.map!, userKey);
      this.current = newer === undefined ? this.maps.valueIn(row) : newer.value;
      if (this.current !== ABSENT) {
        this.userKey = userKey;
        return true;
      }
    }
  }

  /** The first entry in memory behind the cursor; of those that left it the database has a row. */
  private nextEntry(): MapEntry | undefined {
    for (; this.at < this.entries.length; this.at++) {
      const entry = this.entries[this.at]!;
      const isBehind = this.order === undefined || entry.order! > this.order;
      if (isBehind && entry.index >= 0 && entry.value !== ABSENT) {
        return entry;
      }
    }
    return undefined;
  }

  /** The first row behind the cursor. */
  private nextRow(): MapRow | undefined {
    if (this.readAfterBatches !== this.maps.batchesWritten) {
      this.readRows(); // Rows may have changed since.
    }
    for (;;) {
      for (; this.row < this.rows.length; this.row++) {
        const row = this.rows[this.row]!;
        if (this.order === undefined || row.order > this.order) {
          return row;
        }
      }
      if (this.isLastBatch) {
        return undefined;
      }
      this.readRows();
    }
  }

  private readRows(): void {
    const batch = this.maps.readRows(this.map!, this.order, ROWS);
    this.rows = batch.rows;
    this.row = 0;
    this.isLastBatch = batch.isLast;
    this.readAfterBatches = this.maps.batchesWritten;
  }
}
