/**
 * Timers of one service: a heap of times, each with a bucket of the timers due then.
 *
 * Invariants:
 * - A time is in the heap exactly while its bucket has a timer.
 * - Within a bucket no two timers have the same key and namespace.
 * - Timers of one time come out by key group, then by their place in it. A snapshot keeps both, so
 *   a restored job fires them in the order in which the undisturbed one does.
 *
 * A window's timer for each key has the same time: adding one costs a look-up and no heap step.
 *
 * Flink: HeapPriorityQueueSet.
 */
// Hot path.
import { type KeyGroupRange, keyIdentityOf, TimeWindow, type TypeSerializer } from '@millrace/core';
import { DenseGroup } from './dense-group.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from './priority-queue.ts';

/** What a queue must know of keys. */
export interface TimerKeys<K> {
  readonly keyGroupRange: KeyGroupRange;
  identity(key: K): unknown;
  keyGroupOf(key: K): number;
  /** Of a key group among those of the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
  groupIndex(keyGroup: number): number;
}

const INDEXED_FROM = 8; // timers of a bucket; below, comparing beats a Map per time

export class TimerEntry<K, N> implements HeapTimer<K, N> {
  readonly timestamp: number;
  readonly key: K;
  readonly namespace: N;
  readonly identity: unknown;
  /** The start alone of a time window. */
  readonly namespaceIdentity: unknown;
  /** 0 unless the namespace is a time window. */
  readonly windowEnd: number;
  readonly group: DenseGroup<TimerEntry<K, N>>;
  index: number;
  bucketIndex: number;
  /** Another timer of the same key and time, in another namespace. */
  next: TimerEntry<K, N> | undefined;

  constructor(
    timer: HeapTimer<K, N>,
    identity: unknown,
    namespaceIdentity: unknown,
    group: DenseGroup<TimerEntry<K, N>>,
  ) {
    this.timestamp = timer.timestamp;
    this.key = timer.key;
    this.namespace = timer.namespace;
    this.identity = identity;
    this.namespaceIdentity = namespaceIdentity;
    this.windowEnd = windowEndOf(timer.namespace);
    this.group = group;
    this.index = -1;
    this.bucketIndex = -1;
    this.next = undefined;
  }
}

class Bucket<K, N> {
  readonly timestamp: number;
  heapIndex: number;
  /** `timers[first]` is the head; what lies before was polled. */
  timers: (TimerEntry<K, N> | undefined)[];
  first: number;
  /** By key identity, from `INDEXED_FROM` timers on. */
  byKey: Map<unknown, TimerEntry<K, N>> | undefined;
  /** True from the first poll on; what is added then comes last. */
  isOrdered: boolean;

  constructor(timestamp: number) {
    this.timestamp = timestamp;
    this.heapIndex = -1;
    this.timers = [];
    this.first = 0;
    this.byKey = undefined;
    this.isOrdered = false;
  }

  get size(): number {
    return this.timers.length - this.first;
  }

  /** Puts the timers into the order in which they come out. */
  order(): void {
    this.isOrdered = true;
    const timers = this.timers.slice(this.first) as TimerEntry<K, N>[];
    timers.sort((a, b) => a.group.keyGroup - b.group.keyGroup || a.index - b.index);
    this.timers = timers;
    this.first = 0;
    for (let i = 0; i < timers.length; i++) {
      (timers[i] as TimerEntry<K, N>).bucketIndex = i;
    }
  }

  find(
    identity: unknown,
    namespaceIdentity: unknown,
    windowEnd: number,
  ): TimerEntry<K, N> | undefined {
    if (this.byKey !== undefined) {
      let timer = this.byKey.get(identity);
      while (
        timer !== undefined &&
        (timer.namespaceIdentity !== namespaceIdentity || timer.windowEnd !== windowEnd)
      ) {
        timer = timer.next;
      }
      return timer;
    }
    for (let i = this.first; i < this.timers.length; i++) {
      const timer = this.timers[i] as TimerEntry<K, N>;
      if (
        timer.identity === identity &&
        timer.namespaceIdentity === namespaceIdentity &&
        timer.windowEnd === windowEnd
      ) {
        return timer;
      }
    }
    return undefined;
  }

  add(timer: TimerEntry<K, N>): void {
    timer.bucketIndex = this.timers.length;
    if (this.timers.length === 0) {
      this.timers = [timer]; // the first push would make room for 17, and most have one timer
    } else {
      this.timers.push(timer);
    }
    if (this.byKey !== undefined) {
      this.link(this.byKey, timer);
    } else if (this.size >= INDEXED_FROM) {
      this.byKey = new Map();
      for (let i = this.first; i < this.timers.length; i++) {
        this.link(this.byKey, this.timers[i] as TimerEntry<K, N>);
      }
    }
  }

  remove(timer: TimerEntry<K, N>): void {
    if (timer.bucketIndex === this.first) {
      this.timers[this.first++] = undefined;
    } else {
      const last = this.timers.pop() as TimerEntry<K, N>;
      if (last !== timer) {
        this.timers[timer.bucketIndex] = last;
        last.bucketIndex = timer.bucketIndex;
      }
    }
    if (this.byKey !== undefined) {
      this.unlink(this.byKey, timer);
    }
  }

  private link(byKey: Map<unknown, TimerEntry<K, N>>, timer: TimerEntry<K, N>): void {
    timer.next = byKey.get(timer.identity);
    byKey.set(timer.identity, timer);
  }

  private unlink(byKey: Map<unknown, TimerEntry<K, N>>, timer: TimerEntry<K, N>): void {
    let before = byKey.get(timer.identity);
    if (before === timer) {
      if (timer.next === undefined) {
        byKey.delete(timer.identity);
      } else {
        byKey.set(timer.identity, timer.next);
      }
      return;
    }
    while (before !== undefined && before.next !== timer) {
      before = before.next;
    }
    if (before !== undefined) {
      before.next = timer.next;
    }
  }
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
  private readonly heap: Bucket<K, N>[];
  private readonly buckets: Map<number, Bucket<K, N>>;
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
    this.namespaceIdentityOf = keyIdentityOf(namespaceSerializer);
    this.groups = new Array(keys.keyGroupRange.numberOfKeyGroups).fill(undefined);
    this.lastNamespace = undefined;
    this.lastNamespaceIdentity = undefined;
    this.heap = [];
    this.buckets = new Map();
    this.count = 0;
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
      bucket.order();
    }
    const head = bucket.timers[bucket.first] as TimerEntry<K, N>;
    this.removeFrom(bucket, head);
    return head;
  }

  add(timer: HeapTimer<K, N>): boolean {
    return this.addTo(timer, -1);
  }

  /** For restoring. */
  restore(timer: HeapTimer<K, N>, keyGroup: number): void {
    this.addTo(timer, keyGroup);
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

  private addTo(timer: HeapTimer<K, N>, knownKeyGroup: number): boolean {
    const identity = this.keys.identity(timer.key);
    const namespaceIdentity = this.namespaceIdentity(timer.namespace);
    let bucket = this.buckets.get(timer.timestamp);
    if (bucket === undefined) {
      bucket = new Bucket(timer.timestamp);
      this.buckets.set(timer.timestamp, bucket);
      this.heap.push(bucket);
      this.siftUp(bucket, this.heap.length - 1);
    } else if (
      bucket.find(identity, namespaceIdentity, windowEndOf(timer.namespace)) !== undefined
    ) {
      return false;
    }
    const keyGroup = knownKeyGroup >= 0 ? knownKeyGroup : this.keys.keyGroupOf(timer.key);
    const entry = new TimerEntry(timer, identity, namespaceIdentity, this.group(keyGroup));
    entry.group.add(entry);
    bucket.add(entry);
    this.count++;
    return entry === this.peek();
  }

  private removeFrom(bucket: Bucket<K, N>, timer: TimerEntry<K, N>): void {
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
    const last = this.heap.pop() as Bucket<K, N>;
    if (at < this.heap.length) {
      this.siftUp(last, at);
      this.siftDown(last, last.heapIndex);
    }
  }

  private siftUp(bucket: Bucket<K, N>, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.heap[parentAt] as Bucket<K, N>;
      if (parent.timestamp <= bucket.timestamp) {
        break;
      }
      this.place(parent, at);
      at = parentAt;
    }
    this.place(bucket, at);
  }

  private siftDown(bucket: Bucket<K, N>, from: number): void {
    const length = this.heap.length;
    let at = from;
    for (let childAt = 2 * at + 1; childAt < length; childAt = 2 * at + 1) {
      let child = this.heap[childAt] as Bucket<K, N>;
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

  private place(bucket: Bucket<K, N>, at: number): void {
    this.heap[at] = bucket;
    bucket.heapIndex = at;
  }
}

function windowEndOf(namespace: unknown): number {
  return namespace instanceof TimeWindow ? namespace.end : 0;
}
