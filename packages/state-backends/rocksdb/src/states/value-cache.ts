/**
 * The write-back cache, one for all states of a backend: decoded values, and under them packed rows,
 * which single values and short lists go to when room for decoded ones is needed.
 *
 * An entry counts as `ENTRY_OVERHEAD_BYTES` for its objects and places in tables, and twice the bytes
 * of its key and value when they are serialized. What was never serialized counts as the average of
 * its state, and one write in 64 is measured, so that values that grow are seen.
 *
 * Invariants:
 * - What is not in memory is in the database, or in `writes`, which are applied before anything is
 *   read, and before anything else is written.
 * - While a version is fixed, only entries of that version are written out; what is newer stays decoded
 *   or packed. When that is more than half of all entries and there is no room, the barrier is completed.
 * - Room is made only at the beginning of an access, before it holds an entry: no entry is evicted
 *   under the hands of who is about to change it.
 *
 * Design: docs/decisions/0008-rocksdb-write-back-cache.md, 0013-packed-rows.md
 */
// Hot path.
import { invariant } from '@millrace/core';
import type { HeldWrites, VersionBarrier } from '../barrier/held-writes.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { WriteBatch } from '../database/write-batch.ts';
import { type CacheEntry, CLEAN } from './cache-entry.ts';
import { PackedRows } from './packed-rows.ts';
import { PendingWrites } from './pending-writes.ts';

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
/** A decoded byte stands for two, one of them for what is dead in V8's heap; a packed one for itself. */
const DECODED_PER_PACKED = 1 / 2;
/** Of all memory: what rows may take. Less where a state keeps maps, which are never packed. */
export const PACKED_SHARE: number = 7 / 8;
const PACKED_SHARE_BESIDE_OTHERS = 1 / 2;
/** Where that much of the room is taken, what is read or written is decoded to stay one time of 16. */
const ADMITTING_SHARE = 7 / 8;
const ADMITTED_EVERY = 16; // a power of two

export interface ValueCacheOptions {
  readonly database: StateDatabase;
  readonly barrier: Pick<VersionBarrier, 'complete'>;
  readonly capacityBytes: number;
  /** `state.backend.rocksdb.write-batch-size`: a batch is applied when it is full by that. */
  readonly batchBytes: number;
  /** `PACKED_SHARE` unless given; 0: values are decoded or in the database. */
  readonly packedShare?: number | undefined;
}

export class ValueCache implements HeldWrites {
  readonly packed: PackedRows;
  usedBytes: number;
  /** Of all entries that have left it. */
  freedBytes: number;
  /** The version of what is written now. */
  epoch: number;
  /** The entry that came last. */
  newest: CacheEntry | undefined;
  private readonly barrier: Pick<VersionBarrier, 'complete'>;
  private readonly writes: PendingWrites;
  private decodedBytes: number;
  private packedShare: number;
  private dirtyDecoded: number;
  private readonly slots: (CacheEntry | undefined)[];
  private readonly freeSlots: number[];
  private hand: number;
  private isFixed: boolean;
  /** Dirty entries of the fixed version. */
  private fixedLeft: number;
  /** Slots from here on hold nothing of the fixed version. */
  private walkEnd: number;
  /** Accesses that were not admitted, and those that were. */
  private accesses: number;
  /** In this eviction an entry had to stay that is newer than the fixed version. */
  private isKeptNewer: boolean;

  constructor(options: ValueCacheOptions) {
    this.writes = new PendingWrites(options);
    this.packed = new PackedRows(this.writes);
    this.decodedBytes = 0;
    this.packedShare = options.packedShare ?? PACKED_SHARE;
    this.capacityBytes = options.capacityBytes;
    this.usedBytes = 0;
    this.freedBytes = 0;
    this.dirtyDecoded = 0;
    this.epoch = 0;
    this.newest = undefined;
    this.barrier = options.barrier;
    this.slots = [];
    this.freeSlots = [];
    this.hand = 0;
    this.isFixed = false;
    this.fixedLeft = 0;
    this.walkEnd = 0;
    this.accesses = 0;
    this.isKeptNewer = false;
  }

  /**
   * Bytes of decoded values where no rows are packed. May be set between records: what is beyond it
   * goes with the accesses that follow.
   */
  get capacityBytes(): number {
    return this.decodedBytes;
  }

  set capacityBytes(bytes: number) {
    this.decodedBytes = bytes;
    this.packed.setCapacity(Math.floor((this.packedShare * bytes) / DECODED_PER_PACKED));
  }

  /** A state is there whose entries are never packed. */
  keepDecoded(): void {
    this.packedShare = Math.min(this.packedShare, PACKED_SHARE_BESIDE_OTHERS);
    this.capacityBytes = this.decodedBytes;
  }

  /** What packed rows leave of `capacityBytes`. */
  get roomBytes(): number {
    return this.decodedBytes - DECODED_PER_PACKED * this.packed.allocatedBytes;
  }

  get packedBytes(): number {
    return this.packed.allocatedBytes;
  }

  /** Entries that are decoded. */
  get size(): number {
    return this.slots.length - this.freeSlots.length;
  }

  /** What has been evicted or is packed of an entry that is decoded as well counts twice. */
  get dirtyEntries(): number {
    return this.dirtyDecoded + this.packed.versions.dirtyRows;
  }

  /** See `PendingWrites`. */
  get batchesWritten(): number {
    return this.writes.batchesWritten;
  }

  /**
   * Whether an access of what is not decoded leaves it so: by chance, where memory is full. What is used
   * again and again comes to be decoded all the same, and what is not costs no other its place.
   */
  leavesPacked(): boolean {
    return (
      this.packed.isOn &&
      this.usedBytes > ADMITTING_SHARE * this.roomBytes &&
      (++this.accesses & (ADMITTED_EVERY - 1)) !== 0
    );
  }

  /** Whether a row that was read is packed as well, so that it is found once it is decoded no more. */
  get packsRead(): boolean {
    return this.packed.isOn && this.usedBytes > ADMITTING_SHARE * this.roomBytes;
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
      this.dirtyDecoded++;
    } else if (this.isFixed) {
      this.writes.applyIfFull();
      entry.rows.writeEntry(entry, this.writes.batch);
      this.fixedLeft--;
    }
    entry.version = this.epoch;
  }

  /** A dirty entry of this version turned out to need no writing. */
  forgetWrite(entry: CacheEntry): void {
    entry.version = CLEAN;
    this.dirtyDecoded--;
  }

  /** Before each read of the database. */
  applyPending(): void {
    this.writes.apply();
  }

  apply(batch: WriteBatch): void {
    this.writes.applyBatch(batch);
  }

  /** Evicts until there is room for some entries more. At the beginning of an access. */
  makeRoom(): void {
    if (this.packed.isOver && !this.packed.makeRoom()) {
      this.barrier.complete();
      this.packed.makeRoom();
    }
    if (this.usedBytes > this.roomBytes && !this.evict()) {
      this.barrier.complete();
      this.evict();
    }
  }

  fixVersion(): void {
    invariant(!this.isFixed, 'one version is fixed at a time');
    this.isFixed = true;
    this.epoch++;
    this.fixedLeft = this.dirtyDecoded;
    this.walkEnd = this.slots.length;
    this.packed.versions.fixVersion();
  }

  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean {
    this.applyPending();
    this.writes.batchesWritten++;
    let isDone = false;
    try {
      while (this.fixedLeft > 0 && this.walkEnd > 0) {
        // An entry of the fixed version has been in its slot since: new ones come to free slots.
        const entry = this.slots[--this.walkEnd];
        if (entry !== undefined && entry.version !== CLEAN && entry.version !== this.epoch) {
          this.writeOut(entry, batch);
          isDone = isOver();
        } else if (this.walkEnd % LOOKED_AT === 0) {
          isDone = isOver();
        }
        if (isDone) {
          break;
        }
      }
    } catch (error) {
      this.walkEnd++; // The entry is still to be written, should somebody try again.
      this.apply(batch); // What is in it counts as written.
      throw error;
    }
    invariant(this.walkEnd > 0 || this.fixedLeft === 0, 'each entry of a version is met once');
    // What is decoded comes first: what is packed of it then needs no writing.
    return (
      this.fixedLeft === 0 &&
      (isDone
        ? this.packed.versions.fixedLeft === 0
        : this.packed.versions.writeVersion(batch, isOver))
    );
  }

  /** What waits in `writes` goes on waiting. */
  releaseVersion(): void {
    this.isFixed = false;
    this.fixedLeft = 0;
    this.packed.versions.releaseVersion();
  }

  writeAll(batch: WriteBatch): void {
    invariant(!this.isFixed, 'no version is fixed while all is written');
    if (batch !== this.writes.batch) {
      this.applyPending(); // It may hold older values of the same rows.
    }
    this.writes.batchesWritten++;
    try {
      for (let i = 0; i < this.slots.length && this.dirtyDecoded > 0; i++) {
        const entry = this.slots[i];
        if (entry !== undefined && entry.version !== CLEAN) {
          this.writeOut(entry, batch);
          if (this.writes.isFull(batch)) {
            this.apply(batch);
          }
        }
      }
      this.packed.versions.writeAll(batch);
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
      this.writeOut(entry, this.writes.batch);
    }
    return true;
  }

  /** Writes all that is dirty to the database, at once. */
  writeAllNow(): void {
    this.barrier.complete();
    this.writeAll(this.writes.batch);
    this.applyPending();
  }

  /** Completes a running barrier, for what must write to the database at once. */
  completeBarrier(): void {
    this.barrier.complete();
    this.applyPending();
  }

  /** @returns false when a fixed version is in the way */
  private evict(): boolean {
    const { slots } = this;
    const sizeAfter = this.size - FREED_ENTRIES_MAX;
    let steps = 2 * slots.length; // Each is looked at twice: referenced, then not.
    this.isKeptNewer = false;
    try {
      while (steps-- > 0) {
        const { roomBytes } = this; // Rows that are packed take some of it.
        if (this.usedBytes <= roomBytes * (1 - FREED_SHARE)) {
          break;
        }
        if (this.size <= sizeAfter && this.usedBytes <= roomBytes) {
          break;
        }
        if (this.isKeptNewer && 2 * (this.dirtyDecoded - this.fixedLeft) > this.size) {
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
    return !this.isFixed || this.usedBytes <= this.roomBytes;
  }

  private consider(entry: CacheEntry): void {
    if (entry.isReferenced) {
      entry.isReferenced = false;
      return;
    }
    if (entry.version !== CLEAN && !this.leave(entry)) {
      return;
    }
    if (entry.index >= 0 && entry.rows.dropEntry(entry)) {
      this.remove(entry);
    }
  }

  /** Of a dirty entry: its value goes down. False when it is newer than a fixed version and cannot. */
  private leave(entry: CacheEntry): boolean {
    const isNewer = this.isFixed && entry.version === this.epoch;
    // What is of the fixed version is written, so that the barrier need not come back for it.
    if ((isNewer || !this.isFixed) && entry.rows.packEntry(entry)) {
      entry.version = CLEAN;
      this.dirtyDecoded--;
      return true;
    }
    if (isNewer) {
      this.isKeptNewer = true;
      return false;
    }
    this.writes.applyIfFull();
    this.writeOut(entry, this.writes.batch);
    return true;
  }

  private writeOut(entry: CacheEntry, batch: WriteBatch): void {
    entry.rows.writeEntry(entry, batch);
    if (this.isFixed) {
      this.fixedLeft--;
    }
    entry.version = CLEAN;
    this.dirtyDecoded--;
    entry.rows.entryWritten(entry);
  }
}
