/**
 * Timers of one service in the database, with the earliest of each key group in memory.
 *
 * Adds and removes are held in memory and written in batches: a timer that fires or is deleted before
 * it is written never touches the database.
 *
 * Invariants:
 * - Timers of one time come out by key group, then by the bytes of key and namespace.
 * - The database is read only when a cache has run empty while it may have more timers.
 *
 * Flink: RocksDBCachingPriorityQueueSet, KeyGroupPartitionedPriorityQueue.
 */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from '@millrace/state';
import type { HeldWrites, VersionBarrier } from '../barrier/held-writes.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';
import { KeyGroupHeap } from './key-group-heap.ts';
import { HeldTimers, type TimerEntry } from './timer-entry.ts';
import { TimerGroup, type TimerGroupParts } from './timer-group.ts';
import { type TimerDatabase, TimerRows } from './timer-rows.ts';

const HELD_TIMERS_MAX = 32 * 1024; // of one queue, outside of its caches
const HELD_BYTES_MAX = 8 * 1024 * 1024;
/** How much more may be held until a version is written and copied. */
const FIXED_FACTOR = 4;

export interface RocksDBTimerQueueOptions<K, N> {
  readonly database: TimerDatabase;
  /** Rows of other key groups than those of the range must not be in it. */
  readonly columnFamily: number;
  readonly name: string;
  /** Of whole timers, resolved against the snapshot's. */
  readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** In the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key that is not of it */
  readonly keyGroupOf: (key: K) => number;
  /** `state.backend.rocksdb.timer-service.cache-size`: timers of a key group, 1 or more, at least. */
  readonly cacheSize: number;
  readonly barrier: Pick<VersionBarrier, 'complete'>;
  /** As `isBatchFull` takes it; 0 unless given. */
  readonly writeBatchBytes?: number;
  /** Timers that are held outside of caches before they are written; for tests. */
  readonly heldTimersMax?: number;
}

export class RocksDBTimerQueue<K, N>
  implements KeyGroupedInternalPriorityQueue<HeapTimer<K, N>>, HeldWrites
{
  readonly name: string;
  private readonly rows: TimerRows<K, N>;
  private readonly keyGroupOf: (key: K) => number;
  private readonly keyGroupRange: KeyGroupRange;
  private readonly barrier: Pick<VersionBarrier, 'complete'>;
  private readonly heldTimersMax: number;
  private readonly parts: TimerGroupParts<K, N>;
  private readonly held: HeldTimers;
  /** By key group, from the first of the range; none for one that never had a timer. */
  private readonly groups: (TimerGroup<K, N> | undefined)[];
  private readonly heap: KeyGroupHeap<K, N>;
  private readonly batch: WriteBatch;
  private readonly isBatchFull: () => boolean;
  private version: number;
  private isFixed: boolean;
  /** Groups before it have nothing left of the fixed version. */
  private groupsWritten: number;

  /** Reads the head of each key group. @throws TaskError `ROCKSDB_FAILED` */
  constructor(options: RocksDBTimerQueueOptions<K, N>) {
    this.name = options.name;
    this.rows = new TimerRows(options);
    this.keyGroupOf = options.keyGroupOf;
    this.keyGroupRange = options.keyGroupRange;
    this.barrier = options.barrier;
    this.heldTimersMax = options.heldTimersMax ?? HELD_TIMERS_MAX;
    const cacheSize = Math.max(1, options.cacheSize);
    const cachedMax = this.heldTimersMax + cacheSize * this.keyGroupRange.numberOfKeyGroups;
    this.held = new HeldTimers();
    this.parts = { rows: this.rows, held: this.held, cacheSize, cachedMax };
    this.groups = new Array(this.keyGroupRange.numberOfKeyGroups).fill(undefined);
    this.heap = new KeyGroupHeap();
    this.batch = new WriteBatch();
    const { writeBatchBytes = 0 } = options;
    this.isBatchFull = () => isBatchFull(this.batch, writeBatchBytes);
    this.version = 0;
    this.isFixed = false;
    this.groupsWritten = 0;
    this.readHeads();
  }

  /** Reads all timers: for tests and figures that are seldom asked for. */
  get size(): number {
    let size = 0;
    for (const group of this.groups) {
      size += group?.size() ?? 0;
    }
    return size;
  }

  /** For tests: timers in the caches and what their rows take, as counted and as it is. */
  get cacheSizes(): readonly (readonly [count: number, bytes: number])[] {
    const { cached, cachedBytes } = this.held;
    const sizes = this.groups.map((group) => group?.cacheSizes() ?? ([0, 0] as const));
    const sums = sizes.reduce(([a, b], [c, d]) => [a + c, b + d] as const, [0, 0] as const);
    return [[cached, cachedBytes], sums];
  }

  isDue(time: number): boolean {
    const head = this.peek();
    return head !== undefined && head.timestamp <= time;
  }

  peek(): TimerEntry<K, N> | undefined {
    return this.heap.first?.head;
  }

  poll(): TimerEntry<K, N> | undefined {
    const group = this.heap.first;
    if (group === undefined) {
      return undefined;
    }
    this.bringToVersion(group);
    const entry = group.poll();
    this.heap.headChanged(group);
    this.limitHeld();
    return entry;
  }

  add(timer: HeapTimer<K, N>): boolean {
    const keyGroup = this.keyGroupOf(timer.key);
    const group = this.groupOf(keyGroup);
    const before = this.peek();
    if (group.add(this.rows.rowOf(keyGroup, timer), timer)) {
      this.heap.headChanged(group);
    }
    this.limitHeld();
    return this.peek() !== before;
  }

  /** It has to be written either way. */
  addAbsent(timer: HeapTimer<K, N>): boolean {
    return this.add(timer);
  }

  remove(timer: HeapTimer<K, N>): boolean {
    const keyGroup = this.keyGroupOf(timer.key);
    const group = this.groups[keyGroup - this.keyGroupRange.startKeyGroup];
    if (group === undefined) {
      return false;
    }
    this.bringToVersion(group);
    const before = this.peek();
    if (group.remove(this.rows.rowOf(keyGroup, timer))) {
      this.heap.headChanged(group);
    }
    this.limitHeld();
    return this.peek() !== before;
  }

  get dirtyEntries(): number {
    return this.held.outside + this.held.inCaches;
  }

  fixVersion(): void {
    this.version++;
    this.isFixed = true;
    this.groupsWritten = 0;
  }

  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean {
    while (this.groupsWritten < this.groups.length) {
      const group = this.groups[this.groupsWritten];
      if (group !== undefined) {
        this.bringToVersion(group);
        if (!group.writeFixed(batch, isOver)) {
          return false;
        }
      }
      this.groupsWritten++;
    }
    return true;
  }

  releaseVersion(): void {
    this.isFixed = false;
  }

  writeAll(batch: WriteBatch): void {
    for (const group of this.groups) {
      group?.writeOutside(batch, never);
      group?.writeCache(batch);
    }
  }

  private groupOf(keyGroup: number): TimerGroup<K, N> {
    const index = keyGroup - this.keyGroupRange.startKeyGroup;
    let group = this.groups[index];
    if (group === undefined) {
      group = new TimerGroup(keyGroup, this.version, this.parts, false);
      this.groups[index] = group;
      return group;
    }
    this.bringToVersion(group);
    return group;
  }

  /** What a group holds is made part of a fixed version when it is next touched. */
  private bringToVersion(group: TimerGroup<K, N>): void {
    if (group.version !== this.version) {
      group.fix(this.version);
    }
  }

  private limitHeld(): void {
    const { outside, outsideBytes } = this.held;
    if (outside <= this.heldTimersMax && outsideBytes <= HELD_BYTES_MAX) {
      return;
    }
    if (!this.isFixed) {
      this.writeOutside();
    } else if (
      outside > FIXED_FACTOR * this.heldTimersMax ||
      outsideBytes > FIXED_FACTOR * HELD_BYTES_MAX
    ) {
      this.barrier.complete();
    }
  }

  /** What is in the caches stays there: it fires first. */
  private writeOutside(): void {
    for (const group of this.groups) {
      while (group !== undefined && !group.writeOutside(this.batch, this.isBatchFull)) {
        this.rows.database.write(this.batch);
      }
    }
    this.rows.database.write(this.batch);
  }

  private readHeads(): void {
    const { startKeyGroup, endKeyGroup } = this.keyGroupRange;
    const bounds = [
      this.rows.prefixOf(startKeyGroup),
      this.rows.prefixOf(endKeyGroup + 1),
    ] as const;
    const cursor = this.rows.openCursor(...bounds, 1);
    try {
      for (cursor.advance(); cursor.row !== undefined; cursor.advance()) {
        const keyGroup = this.rows.keyGroupOf(cursor.row);
        const group = new TimerGroup(keyGroup, this.version, this.parts, true);
        this.groups[keyGroup - startKeyGroup] = group;
        group.refill();
        this.heap.headChanged(group);
        cursor.seek(this.rows.prefixOf(keyGroup + 1));
      }
    } finally {
      cursor.close();
    }
  }
}

function never(): boolean {
  return false;
}
