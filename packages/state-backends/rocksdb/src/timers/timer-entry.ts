/** A timer with the row that it has in the database. */
// Hot path.
import type { HeapTimer } from '@millrace/state';

/** Whether the database has the row of a timer. */
export type Stored = 0 | 1 | 2;
export const ABSENT: Stored = 0;
/** It may have it: nobody looked. */
export const UNKNOWN: Stored = 1;
export const STORED: Stored = 2;

export class TimerEntry<K, N> implements HeapTimer<K, N> {
  readonly timestamp: number;
  readonly key: K;
  readonly namespace: N;
  /** One character a byte, so strings compare as rows do. */
  readonly row: string;
  stored: Stored;

  constructor(row: string, timer: HeapTimer<K, N>, stored: Stored) {
    this.timestamp = timer.timestamp;
    this.key = timer.key;
    this.namespace = timer.namespace;
    this.row = row;
    this.stored = stored;
  }
}

/** What is held in memory over all key groups of a queue. */
export class HeldTimers {
  /** Outside of the head caches: adds and removes that are not in the database. */
  outside = 0;
  /** What the rows of these take, bytes. */
  outsideBytes = 0;
  /** Adds in the head caches that are not in the database. */
  inCaches = 0;
  /** Timers in the head caches, written or not. */
  cached = 0;
  /** What the rows of these take, bytes. */
  cachedBytes = 0;
}
