/**
 * Timers of one service: a heap of times, each with a bucket of the timers due then.
 *
 * Invariant: a time is in the heap exactly while its bucket has a timer.
 *
 * A window's timer for each key has the same time: adding one costs no heap step.
 *
 * Flink: HeapPriorityQueueSet.
 */
// Hot path.
import { type KeyGroupRange, keyIdentityOf, TimeWindow, type TypeSerializer } from '@millrace/core';
import { DenseGroup } from './dense-group.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from './priority-queue.ts';
import { TimerBucket, TimerEntry, windowEndOf } from './timer-bucket.ts';

/** What a queue must know of keys. */
export interface TimerKeys<K> {
  readonly keyGroupRange: KeyGroupRange;
  identity(key: K): unknown;
  keyGroupOf(key: K): number;
  /** Of a key group among those of the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
  groupIndex(keyGroup: number): number;
}

export class HeapTimerQueue<K, N> implements KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
  readonly name: string;
  /** Of whole timers; the snapshot's own until the program asks for the queue. */
  serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly groups: (DenseGroup<TimerEntry<K, N>> | undefined)[];
  private readonly keys: TimerKeys<K>;
  private readonly namespaceIdentityOf: (namespace: N) => unknown;
  private lastNamespace: N | undefined;
  private lastNamespaceIdentity: unknown;
  private readonly heap: TimerBucket<K, N>[];
  private readonly buckets: Map<number, TimerBucket<K, N>>;
  private count: number;
  private readonly groupOf: (keyGroup: number) => DenseGroup<TimerEntry<K, N>>;

  constructor(
    name: string,
    serializer: TypeSerializer<HeapTimer<K, N>>,
    namespaceSerializer: TypeSerializer<N>,
    keys: TimerKeys<K>,
  ) {
    this.name = name;
    this.serializer = serializer;
    this.keys = keys;
    this.namespaceIdentityOf = keyIdentityOf(namespaceSerializer);
    this.groups = new Array(keys.keyGroupRange.numberOfKeyGroups).fill(undefined);
    this.lastNamespace = undefined;
    this.lastNamespaceIdentity = undefined;
    this.heap = [];
    this.buckets = new Map();
    this.count = 0;
    this.groupOf = (keyGroup) => this.group(keyGroup);
  }

  get size(): number {
    return this.count;
  }

  peek(): TimerEntry<K, N> | undefined {
    const bucket = this.heap[0];
    return bucket === undefined ? undefined : bucket.timers[bucket.first];
  }

  poll(): TimerEntry<K, N> | undefined {
    const bucket = this.heap[0];
    if (bucket === undefined) {
      return undefined;
    }
    if (!bucket.isOrdered && bucket.size > 1) {
      bucket.order(this.groupOf);
    }
    const head = bucket.timers[bucket.first] as TimerEntry<K, N>;
    this.removeFrom(bucket, head);
    return head;
  }

  add(timer: HeapTimer<K, N>): boolean {
    const identity = this.keys.identity(timer.key);
    const namespaceIdentity = this.namespaceIdentity(timer.namespace);
    const bucket = this.buckets.get(timer.timestamp);
    if (bucket?.find(identity, namespaceIdentity, windowEndOf(timer.namespace)) !== undefined) {
      return false;
    }
    const group = this.group(this.keys.keyGroupOf(timer.key));
    return this.insert(new TimerEntry(timer, identity, namespaceIdentity, group), bucket);
  }

  addAbsent(timer: HeapTimer<K, N>): boolean {
    const bucket = this.buckets.get(timer.timestamp);
    if (bucket?.hasRestored) {
      return this.add(timer);
    }
    const identity = this.keys.identity(timer.key);
    const namespaceIdentity = this.namespaceIdentity(timer.namespace);
    const group = this.group(this.keys.keyGroupOf(timer.key));
    return this.insert(new TimerEntry(timer, identity, namespaceIdentity, group), bucket);
  }

  /** For restoring. */
  restore(timer: HeapTimer<K, N>, keyGroup: number): void {
    const identity = this.keys.identity(timer.key);
    const namespaceIdentity = this.namespaceIdentity(timer.namespace);
    const bucket = this.buckets.get(timer.timestamp) ?? this.addBucket(timer.timestamp);
    bucket.hasRestored = true;
    if (bucket.find(identity, namespaceIdentity, windowEndOf(timer.namespace)) === undefined) {
      const group = this.group(keyGroup);
      this.insert(new TimerEntry(timer, identity, namespaceIdentity, group), bucket);
    }
  }

  remove(timer: HeapTimer<K, N>): boolean {
    const bucket = this.buckets.get(timer.timestamp);
    const found = bucket?.find(
      this.keys.identity(timer.key),
      this.namespaceIdentity(timer.namespace),
      windowEndOf(timer.namespace),
    );
    if (bucket === undefined || found === undefined) {
      return false;
    }
    const wasHead = found === this.peek();
    this.removeFrom(bucket, found);
    return wasHead;
  }

  /** Numbers for time windows, as building a string per record and window would cost. */
  private namespaceIdentity(namespace: N): unknown {
    if (namespace instanceof TimeWindow) {
      return namespace.start;
    }
    if (namespace !== this.lastNamespace) {
      this.lastNamespaceIdentity = this.namespaceIdentityOf(namespace);
      this.lastNamespace = namespace;
    }
    return this.lastNamespaceIdentity;
  }

  /** @returns true when the head changed */
  private insert(entry: TimerEntry<K, N>, ofItsTime: TimerBucket<K, N> | undefined): boolean {
    const bucket = ofItsTime ?? this.addBucket(entry.timestamp);
    entry.group.add(entry);
    bucket.add(entry);
    this.count++;
    return entry === this.peek();
  }

  private addBucket(timestamp: number): TimerBucket<K, N> {
    const bucket = new TimerBucket<K, N>(timestamp);
    this.buckets.set(timestamp, bucket);
    this.heap.push(bucket);
    this.siftUp(bucket, this.heap.length - 1);
    return bucket;
  }

  private removeFrom(bucket: TimerBucket<K, N>, timer: TimerEntry<K, N>): void {
    timer.group.remove(timer);
    bucket.remove(timer);
    this.count--;
    if (bucket.size === 0) {
      this.buckets.delete(bucket.timestamp);
      this.removeBucket(bucket.heapIndex);
    }
  }

  private group(keyGroup: number): DenseGroup<TimerEntry<K, N>> {
    const index = this.keys.groupIndex(keyGroup);
    let group = this.groups[index];
    if (group === undefined) {
      group = new DenseGroup(keyGroup);
      this.groups[index] = group;
    }
    return group;
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
