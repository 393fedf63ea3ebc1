/**
 * The evictors that come with the engine. Each works before the window function, or after it.
 *
 * Flink: CountEvictor, DeltaEvictor, TimeEvictor.
 */
import { ConfigError } from '../errors/errors.ts';
import { type Duration, durationMs } from '../time/duration.ts';
import { type DeltaFunction, deltaOf } from './delta-function.ts';
import { checkThreshold } from './delta-trigger.ts';
import { type Evictor, evictWhere, type TimestampedValue } from './evictor.ts';
import type { Window } from './windows.ts';

abstract class OneSidedEvictor<T> implements Evictor<T, Window> {
  private readonly doEvictAfter: boolean;

  constructor(doEvictAfter: boolean) {
    this.doEvictAfter = doEvictAfter;
  }

  protected abstract evict(elements: TimestampedValue<T>[]): void;

  evictBefore(elements: TimestampedValue<T>[]): void {
    if (!this.doEvictAfter) {
      this.evict(elements);
    }
  }

  evictAfter(elements: TimestampedValue<T>[]): void {
    if (this.doEvictAfter) {
      this.evict(elements);
    }
  }
}

/** Keeps the last `maxCount` records. */
export class CountEvictor extends OneSidedEvictor<unknown> {
  readonly maxCount: number;

  private constructor(maxCount: number, doEvictAfter: boolean) {
    super(doEvictAfter);
    this.maxCount = maxCount;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless `maxCount` is a whole number from 0 */
  static of(maxCount: number, doEvictAfter = false): CountEvictor {
    if (!Number.isSafeInteger(maxCount) || maxCount < 0) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a count evictor that keeps ${maxCount} records; use a whole number from 0`,
      );
    }
    return new CountEvictor(maxCount, doEvictAfter);
  }

  protected override evict(elements: TimestampedValue<unknown>[]): void {
    if (elements.length > this.maxCount) {
      elements.splice(0, elements.length - this.maxCount);
    }
  }

  override toString(): string {
    return `CountEvictor(${this.maxCount})`;
  }
}

/** Evicts the records that are as far as the threshold, or further, from the last one. */
export class DeltaEvictor<T> extends OneSidedEvictor<T> {
  readonly threshold: number;
  private readonly deltaFunction: DeltaFunction<T>;

  private constructor(threshold: number, deltaFunction: DeltaFunction<T>, doEvictAfter: boolean) {
    super(doEvictAfter);
    this.threshold = threshold;
    this.deltaFunction = deltaFunction;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a threshold that is not a number */
  static of<T>(
    threshold: number,
    deltaFunction: DeltaFunction<T>,
    doEvictAfter = false,
  ): DeltaEvictor<T> {
    checkThreshold('DeltaEvictor', threshold);
    return new DeltaEvictor(threshold, deltaFunction, doEvictAfter);
  }

  protected override evict(elements: TimestampedValue<T>[]): void {
    const last = elements[elements.length - 1];
    if (last !== undefined) {
      evictWhere(
        elements,
        (element) => deltaOf(this.deltaFunction, element.value, last.value) >= this.threshold,
      );
    }
  }

  override toString(): string {
    return `DeltaEvictor(${this.threshold})`;
  }
}

/** Keeps the records less than `windowSize` older than the newest; all when they have no times. */
export class TimeEvictor extends OneSidedEvictor<unknown> {
  readonly windowSize: number;

  private constructor(windowSize: number, doEvictAfter: boolean) {
    super(doEvictAfter);
    this.windowSize = windowSize;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a malformed duration */
  static of(windowSize: Duration, doEvictAfter = false): TimeEvictor {
    return new TimeEvictor(
      durationMs(windowSize, 'the window size of a TimeEvictor'),
      doEvictAfter,
    );
  }

  protected override evict(elements: TimestampedValue<unknown>[]): void {
    if (elements[0]?.hasTimestamp !== true) {
      return;
    }
    let newest = elements[0].timestamp;
    for (const element of elements) {
      newest = Math.max(newest, element.timestamp);
    }
    const cutoff = newest - this.windowSize;
    evictWhere(elements, (element) => element.timestamp <= cutoff);
  }

  override toString(): string {
    return `TimeEvictor(${this.windowSize})`;
  }
}
