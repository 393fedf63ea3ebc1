/**
 * Hands the timers of a function with keys to its `onTimer`.
 *
 * Invariant: what the function emits for an event-time timer has the timer's time; for a
 * processing-time timer it has none.
 *
 * Flink: the Triggerable half of KeyedProcessOperator and its kin.
 */
// Hot path.
import {
  type Collector,
  MIN_TIMESTAMP,
  type SyncResult,
  type TimeDomain,
  type VoidNamespace,
} from '@millrace/core';
import type { HeapTimer } from '@millrace/state';
import { refuseAsync } from './function-is-async.ts';
import type { Triggerable } from './internal-timer-service.ts';
import type { TimestampedCollector } from './timestamped-collector.ts';

export interface TimerContext {
  eventTime: number;
  timeDomain: TimeDomain;
}

export interface TimerFunction<C, OUT> {
  onTimer(timestamp: number, context: C, out: Collector<OUT>): SyncResult;
}

export class UserTimers<K, C extends TimerContext, OUT> implements Triggerable<K, VoidNamespace> {
  /** Set before the first timer fires: the function's context holds the timers. */
  context!: C;
  private readonly fn: TimerFunction<C, OUT>;
  private readonly collector: TimestampedCollector<OUT>;
  private readonly operatorName: string;
  private readonly failed: (error: unknown, timestamp: number) => unknown;

  /** @param operator - its `failed` says what to throw when `onTimer` threw */
  constructor(
    fn: TimerFunction<C, OUT>,
    collector: TimestampedCollector<OUT>,
    operator: {
      readonly name: string;
      readonly failed: (error: unknown, timestamp: number) => unknown;
    },
  ) {
    this.fn = fn;
    this.collector = collector;
    this.operatorName = operator.name;
    this.failed = operator.failed;
  }

  onEventTime(timer: HeapTimer<K, VoidNamespace>): void {
    this.onTimer(timer.timestamp, timer.timestamp, 'event-time');
  }

  onProcessingTime(timer: HeapTimer<K, VoidNamespace>): void {
    this.onTimer(timer.timestamp, MIN_TIMESTAMP, 'processing-time');
  }

  private onTimer(time: number, emittedTimestamp: number, timeDomain: TimeDomain): void {
    const { context, collector } = this;
    collector.timestamp = emittedTimestamp;
    context.eventTime = time;
    context.timeDomain = timeDomain;
    try {
      const result: unknown = this.fn.onTimer(time, context, collector);
      if (result !== undefined) {
        refuseAsync(result, this.operatorName, 'onTimer');
      }
    } catch (error) {
      throw this.failed(error, time);
    }
  }
}
