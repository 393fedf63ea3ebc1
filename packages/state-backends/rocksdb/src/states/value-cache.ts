/**
 * The write-back cache of decoded values, one for all states of a backend.
 *
 * An entry counts as `ENTRY_OVERHEAD_BYTES` for its objects and places in tables, and twice the bytes
 * of its key and value when they are serialized. What was never serialized counts as the average of
 * its state, and one write in 64 is measured, so that values that grow are seen.
 *
 * Invariants:
 * - What is not in memory is in the database, or in `pending`, which is applied before anything is
 *   read, and before anything else is written.
 * - While a version is fixed, only entries of that version are written out; what is newer stays. When
 *   that is more than half of all entries and there is no room, the barrier is completed.
 * - Room is made only at the beginning of an access, before it holds an entry: no entry is evicted
 *   under the hands of who is about to change it.
 *
 * Design: docs/decisions/0008-rocksdb-write-back-cache.md
 */
// Hot path.
import { invariant } from '@millrace/core';
import type { HeldWrites, VersionBarrier } from '../barrier/held-writes.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';
import { type CacheEntry, CLEAN } from './cache-entry.ts';

/** What states need of a database. */
export type StateDatabase = Pick<
  RocksDatabase,
  'result' | 'get' | 'multiGet' | 'write' | 'createIterator' | 'next' | 'closeIterator'
>;

/** Entry, its place in two tables and the cache, the entry of its key: measured, see the bench. */
export const ENTRY_OVERHEAD_BYTES = 300;
/** Share of the cache that is freed at a time, so that what is dirty is written in batches. */
const FREED_SHARE = 1 / 16;
/** Entries that are freed at a time at most, so that a record does not wait for long. */
const FREED_ENTRIES_MAX = 1024;
/** Entries looked at without writing one before the time is asked for. */
const LOOKED_AT = 1024;

export interface ValueCacheOptions {
  readonly database: StateDatabase;
  readonly barrier: Pick<VersionBarrier, 'complete'>;
  readonly capacityBytes: number;
  /** `state.backend.rocksdb.write-batch-size`: a batch is applied when it is full by that. */
  readonly batchBytes: number;
}

export class ValueCache implements HeldWrites {
  /** May be set between records: what is beyond it goes with the accesses that follow. */
  capacityBytes: number;
  usedBytes: number;
  /** Of all entries that have left it. */
  freedBytes: number;
  dirtyEntries: number;
  /** The version of what is written now. */
  epoch: number;
  /**
   * Batches applied so far, and those that were filled for the barrier, which applies its own before
   * anything is read: rows that were read before another one may be old.
   */
  batchesWritten: number;
  /** The entry that came last. */
  newest: CacheEntry | undefined;
  private readonly database: StateDatabase;
  private readonly barrier: Pick<VersionBarrier, 'complete'>;
  private readonly batchBytes: number;
  private readonly pending: WriteBatch;
  private readonly slots: (CacheEntry | undefined)[];
  private readonly freeSlots: number[];
  private hand: number;
  private isFixed: boolean;
  /** Dirty entries of the fixed version. */
  private fixedLeft: number;
  /** Slots from here on hold nothing of the fixed version. */
  private walkEnd: number;

  constructor(options: ValueCacheOptions) {
    this.capacityBytes = options.capacityBytes;
    this.usedBytes = 0;
    this.freedBytes = 0;
    this.dirtyEntries = 0;
    this.epoch = 0;
    this.batchesWritten = 0;
    this.newest = undefined;
    this.database = options.database;
    this.barrier = options.barrier;
    this.batchBytes = options.batchBytes;
    this.pending = new WriteBatch();
    this.slots = [];
    this.freeSlots = [];
    this.hand = 0;
    this.isFixed = false;
    this.fixedLeft = 0;
    this.walkEnd = 0;
  }

  /** Entries in memory. */
  get size(): number {
    return this.slots.length - this.freeSlots.length;
  }

  add(entry: CacheEntry): void {
    const index = this.freeSlots.pop() ?? this.slots.length;
    this.slots[index] = entry;
    entry.index = index;
    this.usedBytes += entry.bytes;
    this.newest = entry;
  }

  /** Of a clean entry that its table has forgotten. It may be another one's after. */
  remove(entry: CacheEntry): void {
    this.slots[entry.index] = undefined;
    this.freeSlots.push(entry.index);
    entry.index = -1;
    this.usedBytes -= entry.bytes;
    this.freedBytes += entry.bytes;
    if (this.newest === entry) {
      this.newest = undefined;
    }
    entry.rows.entryLeft(entry);
  }

  resize(entry: CacheEntry, bytes: number): void {
    if (entry.index >= 0) {
      this.usedBytes += bytes - entry.bytes;
    }
    entry.bytes = bytes;
  }

  /** Before an entry changes whose version is not `epoch`. Where it throws, nothing has changed. */
  beforeWrite(entry: CacheEntry): void {
    if (entry.version === CLEAN) {
      this.dirtyEntries++;
    } else if (this.isFixed) {
      if (isBatchFull(this.pending, this.batchBytes)) {
        this.applyPending();
      }
      entry.rows.writeEntry(entry, this.pending);
      this.fixedLeft--;
    }
    entry.version = this.epoch;
  }

  /** A dirty entry of this version turned out to need no writing. */
  forgetWrite(entry: CacheEntry): void {
    entry.version = CLEAN;
    this.dirtyEntries--;
  }

  /** Before each read of the database. */
  applyPending(): void {
    if (this.pending.count > 0) {
      this.apply(this.pending);
    }
  }

  apply(batch: WriteBatch): void {
    this.batchesWritten++;
    this.database.write(batch);
  }

  /** Evicts until there is room for some entries more. At the beginning of an access. */
  makeRoom(): void {
    if (this.usedBytes <= this.capacityBytes) {
      return;
    }
    if (!this.evict()) {
      this.barrier.complete();
      this.evict();
    }
  }

  fixVersion(): void {
    invariant(!this.isFixed, 'one version is fixed at a time');
    this.isFixed = true;
    this.epoch++;
    this.fixedLeft = this.dirtyEntries;
    this.walkEnd = this.slots.length;
  }

  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean {
    this.applyPending();
    this.batchesWritten++;
    try {
      while (this.fixedLeft > 0 && this.walkEnd > 0) {
        // An entry of the fixed version has been in its slot since: new ones come to free slots.
        const entry = this.slots[--this.walkEnd];
        if (entry !== undefined && entry.version !== CLEAN && entry.version !== this.epoch) {
          this.writeOut(entry, batch);
          if (isOver()) {
            break;
          }
        } else if (this.walkEnd % LOOKED_AT === 0 && isOver()) {
          break;
        }
      }
    } catch (error) {
      this.walkEnd++; // The entry is still to be written, should somebody try again.
      this.apply(batch); // What is in it counts as written.
      throw error;
    }
    invariant(this.walkEnd > 0 || this.fixedLeft === 0, 'each entry of a version is met once');
    return this.fixedLeft === 0;
  }

  /** What waits in `pending` goes on waiting. */
  releaseVersion(): void {
    this.isFixed = false;
    this.fixedLeft = 0;
  }

  writeAll(batch: WriteBatch): void {
    invariant(!this.isFixed, 'no version is fixed while all is written');
    if (batch !== this.pending) {
      this.applyPending(); // It may hold older values of the same rows.
    }
    this.batchesWritten++;
    try {
      for (let i = 0; i < this.slots.length && this.dirtyEntries > 0; i++) {
        const entry = this.slots[i];
        if (entry !== undefined && entry.version !== CLEAN) {
          this.writeOut(entry, batch);
          if (isBatchFull(batch, this.batchBytes)) {
            this.apply(batch);
          }
        }
      }
    } catch (error) {
      this.apply(batch);
      throw error;
    }
  }

  /**
   * Writes one entry, for who reads the database after `applyPending`. False when it is newer than a
   * version that is fixed, and has to wait for its release.
   */
  writeNow(entry: CacheEntry): boolean {
    if (entry.version !== CLEAN) {
      if (this.isFixed && entry.version === this.epoch) {
        return false;
      }
      this.writeOut(entry, this.pending);
    }
    return true;
  }

  /** Writes all that is dirty to the database, at once. */
  writeAllNow(): void {
    this.barrier.complete();
    this.writeAll(this.pending);
    this.applyPending();
  }

  /** Completes a running barrier, for what must write to the database at once. */
  completeBarrier(): void {
    this.barrier.complete();
    this.applyPending();
  }

  /** @returns false when a fixed version is in the way */
  private evict(): boolean {
    const { slots, capacityBytes } = this;
    const target = capacityBytes * (1 - FREED_SHARE);
    const sizeAfter = this.size - FREED_ENTRIES_MAX;
    let steps = 2 * slots.length; // Each is looked at twice: referenced, then not.
    try {
      while (this.usedBytes > target && steps-- > 0) {
        if (this.size <= sizeAfter && this.usedBytes <= capacityBytes) {
          break;
        }
        if (this.isFixed && 2 * (this.dirtyEntries - this.fixedLeft) > this.size) {
          return false;
        }
        this.hand = this.hand + 1 < slots.length ? this.hand + 1 : 0;
        const entry = slots[this.hand];
        if (entry !== undefined) {
          this.consider(entry);
        }
      }
    } finally {
      this.applyPending();
    }
    return !this.isFixed || this.usedBytes <= capacityBytes;
  }

  private consider(entry: CacheEntry): void {
    if (entry.isReferenced) {
      entry.isReferenced = false;
      return;
    }
    if (entry.version !== CLEAN) {
      if (this.isFixed && entry.version === this.epoch) {
        return;
      }
      this.writeOut(entry, this.pending);
      if (isBatchFull(this.pending, this.batchBytes)) {
        this.applyPending();
      }
    }
    if (entry.index >= 0 && entry.rows.dropEntry(entry)) {
      this.remove(entry);
    }
  }

  private writeOut(entry: CacheEntry, batch: WriteBatch): void {
    entry.rows.writeEntry(entry, batch);
    if (this.isFixed) {
      this.fixedLeft--;
    }
    entry.version = CLEAN;
    this.dirtyEntries--;
    entry.rows.entryWritten(entry);
  }
}
