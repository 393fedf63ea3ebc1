/**
 * The timers of one service that are due at one time.
 *
 * Invariants:
 * - No two timers have the same key and namespace.
 * - They come out by key group, then by their place in it. A snapshot keeps both, so a restored job
 *   fires them in the order in which the undisturbed one does.
 */
// Hot path.
import { TimeWindow } from '@millrace/core';
import type { DenseGroup } from './dense-group.ts';
import type { HeapTimer } from './priority-queue.ts';

const INDEXED_FROM = 8; // timers of a bucket; below, comparing beats a Map per time
const SORTED_AS_NUMBERS_FROM = 32; // timers of a bucket
const INDEX_LIMIT = 2 ** 32; // of entries in a group

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

export class TimerBucket<K, N> {
  readonly timestamp: number;
  heapIndex: number;
  /** `timers[first]` is the head; what lies before was polled. */
  timers: (TimerEntry<K, N> | undefined)[];
  first: number;
  /** By key identity; only once a timer is looked for among many. */
  byKey: Map<unknown, TimerEntry<K, N>> | undefined;
  /** `byKey` has the timers before this place that were not polled. */
  indexed: number;
  /** True from the first poll on; what is added then comes last. */
  isOrdered: boolean;
  /** Restored timers say nothing of what the program knows to be there. */
  hasRestored: boolean;

  constructor(timestamp: number) {
    this.timestamp = timestamp;
    this.heapIndex = -1;
    this.timers = [];
    this.first = 0;
    this.byKey = undefined;
    this.indexed = 0;
    this.isOrdered = false;
    this.hasRestored = false;
  }

  get size(): number {
    return this.timers.length - this.first;
  }

  /** Puts the timers into the order in which they come out. */
  order(groupOf: (keyGroup: number) => DenseGroup<TimerEntry<K, N>>): void {
    this.isOrdered = true;
    const waiting = this.timers.slice(this.first) as TimerEntry<K, N>[];
    this.timers =
      waiting.length < SORTED_AS_NUMBERS_FROM ? sorted(waiting) : inOrder(waiting, groupOf);
    this.first = 0;
    this.byKey = undefined;
    this.indexed = 0;
    for (let i = 0; i < this.timers.length; i++) {
      (this.timers[i] as TimerEntry<K, N>).bucketIndex = i;
    }
  }

  find(
    identity: unknown,
    namespaceIdentity: unknown,
    windowEnd: number,
  ): TimerEntry<K, N> | undefined {
    if (this.byKey !== undefined || this.size >= INDEXED_FROM) {
      let timer = this.index().get(identity);
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
  }

  remove(timer: TimerEntry<K, N>): void {
    const { byKey } = this;
    const at = timer.bucketIndex;
    if (byKey !== undefined && at < this.indexed) {
      this.unlink(byKey, timer);
    }
    if (at === this.first) {
      this.timers[this.first++] = undefined;
      return;
    }
    const last = this.timers.pop() as TimerEntry<K, N>;
    if (last !== timer) {
      if (byKey !== undefined && at < this.indexed && last.bucketIndex >= this.indexed) {
        this.link(byKey, last);
      }
      this.timers[at] = last;
      last.bucketIndex = at;
    }
    this.indexed = Math.min(this.indexed, this.timers.length);
  }

  private index(): Map<unknown, TimerEntry<K, N>> {
    this.byKey ??= new Map();
    for (let i = Math.max(this.indexed, this.first); i < this.timers.length; i++) {
      this.link(this.byKey, this.timers[i] as TimerEntry<K, N>);
    }
    this.indexed = this.timers.length;
    return this.byKey;
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

function sorted<K, N>(timers: TimerEntry<K, N>[]): TimerEntry<K, N>[] {
  return timers.sort((a, b) => a.group.keyGroup - b.group.keyGroup || a.index - b.index);
}

/** The same by numbers, which are sorted without a call for each two of them. */
function inOrder<K, N>(
  timers: readonly TimerEntry<K, N>[],
  groupOf: (keyGroup: number) => DenseGroup<TimerEntry<K, N>>,
): TimerEntry<K, N>[] {
  const places = new Float64Array(timers.length);
  for (let i = 0; i < timers.length; i++) {
    const { group, index } = timers[i] as TimerEntry<K, N>;
    places[i] = group.keyGroup * INDEX_LIMIT + index;
  }
  places.sort();
  const ordered = new Array<TimerEntry<K, N>>(timers.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    const keyGroup = Math.floor(place / INDEX_LIMIT);
    ordered[i] = groupOf(keyGroup).entries[place - keyGroup * INDEX_LIMIT] as TimerEntry<K, N>;
  }
  return ordered;
}

export function windowEndOf(namespace: unknown): number {
  return namespace instanceof TimeWindow ? namespace.end : 0;
}
