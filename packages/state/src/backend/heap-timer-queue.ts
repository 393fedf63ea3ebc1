/**
 * Timers of one service: a heap of times, each with a bucket of the timers due then.
 *
 * Invariant: a time is in the heap exactly while its bucket has a timer.
 *
 * A window's timer for each key has the same time: adding one costs no heap step.
 *
 * Flink: HeapPriorityQueueSet. Design: docs/decisions/0016-timers-in-columns.md
 */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import type { Epochs } from '../columns/epochs.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from './priority-queue.ts';
import { TimerBucket } from './timer-bucket.ts';
import { TimerRows } from './timer-rows.ts';

/** What a queue must know of keys. */
export interface TimerKeys<K> {
  readonly serializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly epochs: Epochs;
  identity(key: K): unknown;
  /** `hashOfIdentity(identity)`, which may be known of the current key. */
  identityHash(key: K, identity: unknown): number;
  keyGroupOf(key: K): number;
  /** Of a key group among those of the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
  groupIndex(keyGroup: number): number;
}

export class HeapTimerQueue<K, N> implements KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
  readonly name: string;
  /** Of whole timers; the snapshot's own until the program asks for the queue. */
  serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly timers: TimerRows<K, N>;
  private readonly keys: TimerKeys<K>;
  private readonly heap: TimerBucket<K, N>[];
  private readonly buckets: Map<number, TimerBucket<K, N>>;
  private count: number;

  constructor(
    name: string,
    serializer: TypeSerializer<HeapTimer<K, N>>,
    namespaceSerializer: TypeSerializer<N>,
    keys: TimerKeys<K>,
  ) {
    this.name = name;
    this.serializer = serializer;
    this.keys = keys;
    this.timers = new TimerRows(keys, namespaceSerializer, keys.keyGroupRange.numberOfKeyGroups);
    this.heap = [];
    this.buckets = new Map();
    this.count = 0;
  }

  get size(): number {
    return this.count;
  }

  isDue(time: number): boolean {
    const bucket = this.heap[0];
    return bucket !== undefined && bucket.timestamp <= time;
  }

  peek(): HeapTimer<K, N> | undefined {
    const bucket = this.heap[0];
    return bucket === undefined ? undefined : this.timers.timerOf(bucket.head);
  }

  poll(): HeapTimer<K, N> | undefined {
    const bucket = this.heap[0];
    if (bucket === undefined) {
      return undefined;
    }
    const row = bucket.next();
    const timer = this.timers.timerOf(row);
    this.removeFrom(bucket, row);
    return timer;
  }

  add(timer: HeapTimer<K, N>): boolean {
    const { keys } = this;
    const identity = keys.identity(timer.key);
    const hash = keys.identityHash(timer.key, identity);
    const bucket = this.buckets.get(timer.timestamp);
    if (bucket !== undefined && bucket.find(identity, hash, timer.namespace) >= 0) {
      return false;
    }
    const groupIndex = keys.groupIndex(keys.keyGroupOf(timer.key));
    return this.insert(this.timers.add(timer, identity, hash, groupIndex), timer, bucket);
  }

  addAbsent(timer: HeapTimer<K, N>): boolean {
    const bucket = this.buckets.get(timer.timestamp);
    if (bucket?.hasRestored) {
      return this.add(timer);
    }
    const { keys } = this;
    const identity = keys.identity(timer.key);
    const hash = keys.identityHash(timer.key, identity);
    const groupIndex = keys.groupIndex(keys.keyGroupOf(timer.key));
    return this.insert(this.timers.add(timer, identity, hash, groupIndex), timer, bucket);
  }

  /** For restoring. */
  restore(timer: HeapTimer<K, N>, keyGroup: number): void {
    const { keys } = this;
    const identity = keys.identity(timer.key);
    const hash = keys.identityHash(timer.key, identity);
    const bucket = this.buckets.get(timer.timestamp) ?? this.addBucket(timer.timestamp);
    bucket.hasRestored = true;
    if (bucket.find(identity, hash, timer.namespace) < 0) {
      const groupIndex = keys.groupIndex(keyGroup);
      this.insert(this.timers.add(timer, identity, hash, groupIndex), timer, bucket);
    }
  }

  remove(timer: HeapTimer<K, N>): boolean {
    const bucket = this.buckets.get(timer.timestamp);
    if (bucket === undefined) {
      return false;
    }
    const identity = this.keys.identity(timer.key);
    const hash = this.keys.identityHash(timer.key, identity);
    const found = bucket.find(identity, hash, timer.namespace);
    if (found < 0) {
      return false;
    }
    const wasHead = bucket === this.heap[0] && found === bucket.head;
    this.removeFrom(bucket, found);
    return wasHead;
  }

  /** @returns true when the head changed */
  private insert(
    row: number,
    { timestamp }: HeapTimer<K, N>,
    ofItsTime: TimerBucket<K, N> | undefined,
  ): boolean {
    const bucket = ofItsTime ?? this.addBucket(timestamp);
    bucket.add(row);
    this.count++;
    return bucket.size === 1 && bucket === this.heap[0];
  }

  private addBucket(timestamp: number): TimerBucket<K, N> {
    const bucket = new TimerBucket<K, N>(timestamp, this.timers);
    this.buckets.set(timestamp, bucket);
    this.heap.push(bucket);
    this.siftUp(bucket, this.heap.length - 1);
    return bucket;
  }

  private removeFrom(bucket: TimerBucket<K, N>, row: number): void {
    bucket.remove(row);
    this.timers.remove(row);
    this.count--;
    if (bucket.size === 0) {
      this.buckets.delete(bucket.timestamp);
      this.removeBucket(bucket.heapIndex);
    }
  }

  private removeBucket(at: number): void {
    const last = this.heap.pop() as TimerBucket<K, N>;
    if (at < this.heap.length) {
      this.siftUp(last, at);
      this.siftDown(last, last.heapIndex);
    }
  }

  private siftUp(bucket: TimerBucket<K, N>, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.heap[parentAt] as TimerBucket<K, N>;
      if (parent.timestamp <= bucket.timestamp) {
        break;
      }
      this.place(parent, at);
      at = parentAt;
    }
    this.place(bucket, at);
  }

  private siftDown(bucket: TimerBucket<K, N>, from: number): void {
    const length = this.heap.length;
    let at = from;
    for (let childAt = 2 * at + 1; childAt < length; childAt = 2 * at + 1) {
      let child = this.heap[childAt] as TimerBucket<K, N>;
      const right = this.heap[childAt + 1];
      if (right !== undefined && right.timestamp < child.timestamp) {
        child = right;
        childAt++;
      }
      if (child.timestamp >= bucket.timestamp) {
        break;
      }
      this.place(child, at);
      at = childAt;
    }
    this.place(bucket, at);
  }

  private place(bucket: TimerBucket<K, N>, at: number): void {
    this.heap[at] = bucket;
    bucket.heapIndex = at;
  }
}
