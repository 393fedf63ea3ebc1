/**
 * The timers of one key group: the earliest in a cache, the others in the database, with what is not
 * written to it yet held over it.
 *
 * Invariants:
 * - Timers outside of the cache are after `covered`; none is outside when that is `LAST`.
 * - The cache has room for `cacheSize` timers, and for more as long as the caches of the queue are small together.
 * - The cache is empty only when there is no timer at all.
 * - No row of the database, nor one that a fixed version will write, is after `storedLast`.
 * - A row is at most in one of `added` and `removed`, and of `fixedAdded` and `fixedRemoved`.
 *
 * While a version is fixed, "stored" means: in the database once that version is written out.
 *
 * Flink: RocksDBCachingPriorityQueueSet.
 */
// Hot path.
import type { HeapTimer } from '@millrace/state';
import type { WriteBatch } from '../database/write-batch.ts';
import { smallestRows } from './smallest-rows.ts';
import { ABSENT, type HeldTimers, STORED, TimerEntry, UNKNOWN } from './timer-entry.ts';
import type { TimerRowCursor, TimerRows } from './timer-rows.ts';

/** After every row. */
const LAST = '\uffff';
const ENTRY_BYTES = 100; // what an entry of a map takes beside its row, about
/** What a cache grows to at most: a timer that is put between others moves half of them. */
const GROWTH_FACTOR = 8;
/** Of all caches: beyond it none grows. A checkpoint holds as much once more until it is written. */
const CACHED_BYTES_MAX = 8 * 1024 * 1024;

export interface TimerGroupParts<K, N> {
  readonly rows: TimerRows<K, N>;
  readonly held: HeldTimers;
  readonly cacheSize: number;
  /** Of all caches: beyond it none grows. */
  readonly cachedMax: number;
}

export class TimerGroup<K, N> {
  readonly keyGroup: number;
  /** Of `KeyGroupHeap`, or -1. */
  heapIndex: number;
  /** What is dirty at the time is of this version. */
  version: number;
  private readonly rows: TimerRows<K, N>;
  private readonly held: HeldTimers;
  private readonly cacheSize: number;
  private readonly cachedMax: number;
  /** The latest first, so that the head is taken from the end. */
  private readonly cache: TimerEntry<K, N>[];
  private covered: string;
  private storedLast: string;
  /** No row of `added` is after it. */
  private addedLast: string;
  private added: Map<string, TimerEntry<K, N>>;
  private removed: Set<string>;
  private fixedAdded: Map<string, TimerEntry<K, N>>;
  private fixedRemoved: Set<string>;

  /** `mayBeStored`: there may be timers in the database; `refill` must follow. */
  constructor(
    keyGroup: number,
    version: number,
    parts: TimerGroupParts<K, N>,
    mayBeStored: boolean,
  ) {
    this.keyGroup = keyGroup;
    this.heapIndex = -1;
    this.version = version;
    this.rows = parts.rows;
    this.held = parts.held;
    this.cacheSize = parts.cacheSize;
    this.cachedMax = parts.cachedMax;
    this.cache = [];
    this.covered = mayBeStored ? '' : LAST;
    this.storedLast = mayBeStored ? LAST : '';
    this.addedLast = '';
    this.added = new Map();
    this.removed = new Set();
    this.fixedAdded = new Map();
    this.fixedRemoved = new Set();
  }

  get head(): TimerEntry<K, N> | undefined {
    return this.cache[this.cache.length - 1];
  }

  /** True when the head changed. */
  add(row: string, timer: HeapTimer<K, N>): boolean {
    if (row > this.covered) {
      this.addOutside(row, timer);
      return false;
    }
    const at = this.placeOf(row);
    if (this.cache[at]?.row === row) {
      return false;
    }
    const entry = new TimerEntry(row, timer, this.unremove(row) ? UNKNOWN : ABSENT);
    this.held.inCaches++;
    this.cache.splice(at, 0, entry);
    this.cameToCache(entry);
    if (this.isCacheOver) {
      this.evict();
    }
    return this.head === entry;
  }

  /** True when the head changed. */
  remove(row: string): boolean {
    if (row > this.covered) {
      this.removeOutside(row);
      return false;
    }
    const at = this.placeOf(row);
    const entry = this.cache[at];
    if (entry === undefined || entry.row !== row) {
      return false;
    }
    const wasHead = at === this.cache.length - 1;
    this.cache.splice(at, 1);
    this.leftCache(entry);
    return wasHead;
  }

  poll(): TimerEntry<K, N> {
    const entry = this.cache.pop() as TimerEntry<K, N>;
    this.leftCache(entry);
    return entry;
  }

  /** Fills the empty cache with the earliest of the database and of what is held over it. */
  refill(): void {
    const adds = this.nextAdds();
    const cursor =
      this.covered < this.storedLast
        ? this.rows.openCursor(this.afterCovered(), this.end(), this.cacheSize)
        : undefined;
    try {
      cursor?.advance();
      this.merge(adds, cursor);
    } finally {
      cursor?.close();
    }
    this.cache.reverse();
    for (let i = 0; i < this.cache.length; i++) {
      this.cameToCache(this.cache[i]!);
    }
  }

  /** All that is dirty becomes what `writeFixed` writes. */
  fix(version: number): void {
    this.version = version;
    if (this.fixedAdded.size === 0 && this.fixedRemoved.size === 0) {
      const { added, removed } = this;
      this.added = this.fixedAdded;
      this.removed = this.fixedRemoved;
      this.fixedAdded = added;
      this.fixedRemoved = removed;
    } else {
      this.foldIntoFixed();
    }
    this.storedLast = later(this.storedLast, this.addedLast);
    this.addedLast = '';
    for (let i = 0; i < this.cache.length; i++) {
      const entry = this.cache[i]!;
      if (entry.stored !== STORED) {
        entry.stored = STORED;
        this.storedLast = later(this.storedLast, entry.row);
        this.held.inCaches--;
        this.fixAdd(entry);
      }
    }
  }

  /** @returns true when nothing is left of the fixed version */
  writeFixed(batch: WriteBatch, isOver: () => boolean): boolean {
    for (const row of this.fixedRemoved) {
      this.rows.delete(batch, row);
      this.fixedRemoved.delete(row);
      this.notHeldOutside(row);
      if (isOver()) {
        return false;
      }
    }
    for (const row of this.fixedAdded.keys()) {
      this.rows.put(batch, row);
      this.fixedAdded.delete(row);
      this.notHeldOutside(row);
      if (isOver()) {
        return false;
      }
    }
    return true;
  }

  /** Writes what is held outside of the cache, until `isOver`; true when nothing of it is left. */
  writeOutside(batch: WriteBatch, isOver: () => boolean): boolean {
    if (!this.writeFixed(batch, isOver)) {
      return false;
    }
    for (const row of this.removed) {
      this.rows.delete(batch, row);
      this.removed.delete(row);
      this.notHeldOutside(row);
      if (isOver()) {
        return false;
      }
    }
    for (const row of this.added.keys()) {
      this.rows.put(batch, row);
      this.storedLast = later(this.storedLast, row);
      this.added.delete(row);
      this.notHeldOutside(row);
      if (isOver()) {
        return false;
      }
    }
    this.addedLast = '';
    return true;
  }

  writeCache(batch: WriteBatch): void {
    for (let i = 0; i < this.cache.length; i++) {
      const entry = this.cache[i]!;
      if (entry.stored !== STORED) {
        this.rows.put(batch, entry.row);
        this.storedLast = later(this.storedLast, entry.row);
        entry.stored = STORED;
        this.held.inCaches--;
      }
    }
  }

  /** For tests: what it adds to `cached` and `cachedBytes` of `HeldTimers`. */
  cacheSizes(): readonly [count: number, bytes: number] {
    const bytes = this.cache.reduce((sum, { row }) => sum + row.length + ENTRY_BYTES, 0);
    return [this.cache.length, bytes];
  }

  /** Reads all rows that are outside of the cache. */
  size(): number {
    let count = this.cache.length + this.added.size;
    for (const row of this.fixedAdded.keys()) {
      count += this.isFixedAddOutside(row) ? 1 : 0;
    }
    if (this.covered >= this.storedLast) {
      return count;
    }
    const cursor = this.rows.openCursor(this.afterCovered(), this.end(), 1024);
    try {
      for (cursor.advance(); cursor.row !== undefined; cursor.advance()) {
        const { row } = cursor;
        const isCounted = this.added.has(row) || this.fixedAdded.has(row);
        count += isCounted || this.isRemoved(row) ? 0 : 1;
      }
    } finally {
      cursor.close();
    }
    return count;
  }

  private addOutside(row: string, timer: HeapTimer<K, N>): void {
    if (this.added.has(row)) {
      return;
    }
    const mayBeStored = this.unremove(row) || row <= this.storedLast;
    this.hold(new TimerEntry(row, timer, mayBeStored ? UNKNOWN : ABSENT));
  }

  private hold(entry: TimerEntry<K, N>): void {
    this.added.set(entry.row, entry);
    this.addedLast = later(this.addedLast, entry.row);
    this.heldOutside(entry.row);
  }

  private removeOutside(row: string): void {
    const entry = this.added.get(row);
    if (entry === undefined) {
      if (row <= this.storedLast) {
        this.markRemoved(row);
      }
      return;
    }
    this.added.delete(row);
    this.notHeldOutside(row);
    if (entry.stored !== ABSENT) {
      this.markRemoved(row);
    }
  }

  private leftCache(entry: TimerEntry<K, N>): void {
    this.wentFromCache(entry);
    if (entry.stored !== STORED) {
      this.held.inCaches--;
    }
    if (entry.stored !== ABSENT) {
      this.markRemoved(entry.row);
    }
    if (this.cache.length === 0 && this.covered !== LAST) {
      this.refill();
    }
  }

  private get isCacheOver(): boolean {
    const { length } = this.cache;
    const { cached, cachedBytes } = this.held;
    return (
      length > this.cacheSize &&
      (length > GROWTH_FACTOR * this.cacheSize ||
        cached > this.cachedMax ||
        cachedBytes > CACHED_BYTES_MAX)
    );
  }

  private cameToCache({ row }: TimerEntry<K, N>): void {
    this.held.cached++;
    this.held.cachedBytes += row.length + ENTRY_BYTES;
  }

  private wentFromCache({ row }: TimerEntry<K, N>): void {
    this.held.cached--;
    this.held.cachedBytes -= row.length + ENTRY_BYTES;
  }

  private evict(): void {
    const entry = this.cache.shift() as TimerEntry<K, N>;
    this.wentFromCache(entry);
    this.covered = this.cache[0]!.row;
    if (entry.stored !== STORED) {
      this.held.inCaches--;
      this.hold(entry);
    }
  }

  private markRemoved(row: string): void {
    if (!this.removed.has(row)) {
      this.removed.add(row);
      this.heldOutside(row);
    }
  }

  private unremove(row: string): boolean {
    if (!this.removed.delete(row)) {
      return false;
    }
    this.notHeldOutside(row);
    return true;
  }

  /** The earliest that are held outside of the cache, earliest first; one more than it takes. */
  private nextAdds(): TimerEntry<K, N>[] {
    const fixed: TimerEntry<K, N>[] = [];
    for (const entry of this.fixedAdded.values()) {
      if (this.isFixedAddOutside(entry.row)) {
        fixed.push(entry);
      }
    }
    return smallestRows(this.added.values(), fixed, this.cacheSize + 1);
  }

  private isFixedAddOutside(row: string): boolean {
    return row > this.covered && !this.removed.has(row) && !this.added.has(row);
  }

  /** Takes the earliest of both into the cache, earliest first. */
  private merge(adds: readonly TimerEntry<K, N>[], cursor: TimerRowCursor<K, N> | undefined): void {
    let at = 0;
    let row = cursor?.row;
    let seen = this.covered;
    while (this.cache.length < this.cacheSize && (row !== undefined || at < adds.length)) {
      const add = adds[at];
      const addsOwn = add !== undefined && (row === undefined || add.row <= row);
      const isRow = row !== undefined && (!addsOwn || add.row === row);
      if (addsOwn) {
        this.takeAdd(add, isRow);
        at++;
      } else if (!this.isRemoved(row as string)) {
        this.cache.push(cursor!.entry());
      }
      if (isRow) {
        seen = row as string;
        cursor!.advance();
        row = cursor!.row;
      }
    }
    if (cursor !== undefined && row === undefined && this.fixedAdded.size === 0) {
      this.storedLast = seen;
    }
    const isAll = row === undefined && at === adds.length;
    this.covered = isAll ? LAST : this.cache[this.cache.length - 1]!.row;
  }

  private takeAdd(entry: TimerEntry<K, N>, isRow: boolean): void {
    const { row } = entry;
    const isStored = this.fixedAdded.has(row) || (isRow && !this.fixedRemoved.has(row));
    entry.stored = isStored ? STORED : ABSENT;
    if (this.added.delete(row)) {
      this.notHeldOutside(row);
    }
    if (!isStored) {
      this.held.inCaches++;
    }
    this.cache.push(entry);
  }

  private foldIntoFixed(): void {
    for (const row of this.removed) {
      if (this.fixedAdded.delete(row)) {
        this.notHeldOutside(row);
      }
      if (this.fixedRemoved.has(row)) {
        this.notHeldOutside(row);
      }
      this.fixedRemoved.add(row);
    }
    for (const entry of this.added.values()) {
      this.notHeldOutside(entry.row);
      this.fixAdd(entry);
    }
    this.removed.clear();
    this.added.clear();
  }

  private fixAdd(entry: TimerEntry<K, N>): void {
    const { row } = entry;
    if (this.fixedRemoved.delete(row)) {
      this.notHeldOutside(row);
    }
    if (!this.fixedAdded.has(row)) {
      this.heldOutside(row);
    }
    this.fixedAdded.set(row, entry);
  }

  private isRemoved(row: string): boolean {
    return this.removed.has(row) || this.fixedRemoved.has(row);
  }

  private heldOutside(row: string): void {
    this.held.outside++;
    this.held.outsideBytes += row.length + ENTRY_BYTES;
  }

  private notHeldOutside(row: string): void {
    this.held.outside--;
    this.held.outsideBytes -= row.length + ENTRY_BYTES;
  }

  /** Where `row` is in the cache, or would be. */
  private placeOf(row: string): number {
    let low = 0;
    let high = this.cache.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cache[middle]!.row > row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first row that may be outside. Rows before it that were deleted are not walked again. */
  private afterCovered(): string {
    return this.covered === '' ? this.rows.prefixOf(this.keyGroup) : `${this.covered}\0`;
  }

  private end(): string {
    return this.rows.prefixOf(this.keyGroup + 1);
  }
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
