/**
 * Timers of one service, in time order, with one entry per key, namespace and time.
 *
 * Flink: KeyGroupedInternalPriorityQueue.
 */

/** Flink: TimerHeapInternalTimer. */
export class HeapTimer<K, N> {
  readonly timestamp: number;
  readonly key: K;
  readonly namespace: N;

  constructor(timestamp: number, key: K, namespace: N) {
    this.timestamp = timestamp;
    this.key = key;
    this.namespace = namespace;
  }
}

export interface KeyGroupedInternalPriorityQueue<T> {
  /** True when the earliest is at this time or before. */
  isDue(time: number): boolean;
  /** One of the earliest, or `undefined`. */
  peek(): T | undefined;
  /**
   * Takes the earliest. Which of several of one time comes first hangs on the history of the state
   * alone, not on snapshots and restores in between.
   */
  poll(): T | undefined;
  /** True when the head changed. Adding what is there does nothing. */
  add(element: T): boolean;
  /** Adds what the caller knows is not there; spares the queue to look. True when the head changed. */
  addAbsent(element: T): boolean;
  /** True when the head changed. */
  remove(element: T): boolean;
  readonly size: number;
}
