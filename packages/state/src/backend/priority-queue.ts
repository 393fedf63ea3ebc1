/**
 * Timers of one service, in time order, with one entry per key, namespace and time.
 *
 * Flink: KeyGroupedInternalPriorityQueue.
 */

/** Flink: TimerHeapInternalTimer. */
export interface HeapTimer<K, N> {
  readonly timestamp: number;
  readonly key: K;
  readonly namespace: N;
}

export interface KeyGroupedInternalPriorityQueue<T> {
  /** The earliest, or `undefined`; ties are in no order. */
  peek(): T | undefined;
  poll(): T | undefined;
  /** True when the head changed. Adding what is there does nothing. */
  add(element: T): boolean;
  /** True when the head changed. */
  remove(element: T): boolean;
  readonly size: number;
}
