/**
 * Takes records out of a window when it fires.
 *
 * Flink: Evictor, Evictor.EvictorContext, TimestampedValue.
 */
import type { SyncResult } from '../functions/functions.ts';
import type { MetricGroup } from '../metrics/metrics.ts';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';
import type { Window } from './windows.ts';

/** A record of a window and its event time. */
export class TimestampedValue<T> {
  readonly value: T;
  /** `MIN_TIMESTAMP` when the record has none. */
  readonly timestamp: number;

  constructor(value: T, timestamp: number = MIN_TIMESTAMP) {
    this.value = value;
    this.timestamp = timestamp;
  }

  get hasTimestamp(): boolean {
    return this.timestamp !== MIN_TIMESTAMP;
  }
}

export interface EvictorContext {
  currentProcessingTime(): number;
  currentWatermark(): number;
  readonly metricGroup: MetricGroup;
}

/**
 * Both methods take out of `elements`, the array itself, what the window shall forget: what is gone
 * before the function runs is not seen by it, and what is gone after it is not seen by later firings.
 */
export interface Evictor<T, W extends Window> {
  evictBefore(
    elements: TimestampedValue<T>[],
    size: number,
    window: W,
    context: EvictorContext,
  ): SyncResult;
  evictAfter(
    elements: TimestampedValue<T>[],
    size: number,
    window: W,
    context: EvictorContext,
  ): SyncResult;
}

/** Takes out what `isEvicted` says, in one pass. */
export function evictWhere<T>(
  elements: TimestampedValue<T>[],
  isEvicted: (element: TimestampedValue<T>) => boolean,
): void {
  let kept = 0;
  for (const element of elements) {
    if (!isEvicted(element)) {
      elements[kept++] = element;
    }
  }
  elements.length = kept;
}
