/**
 * Windows that last as long as records come: each record opens one of the length of the gap, and
 * windows that overlap or touch become one.
 *
 * Flink: EventTimeSessionWindows, ProcessingTimeSessionWindows, DynamicEventTimeSessionWindows,
 * DynamicProcessingTimeSessionWindows.
 */
// Hot path.

import { ConfigError } from '../errors/errors.ts';
import type { TypeInformation } from '../serialization/type-information.ts';
import { Types } from '../serialization/types.ts';
import type { Duration } from '../time/duration.ts';
import { EventTimeTrigger } from './event-time-trigger.ts';
import { ProcessingTimeTrigger } from './processing-time-trigger.ts';
import type { Trigger } from './trigger.ts';
import type { MergingWindowAssigner, WindowAssignerContext } from './window-assigner.ts';
import { checkTimestamp, positiveMs } from './window-parameters.ts';
import { type MergeCallback, TimeWindow } from './windows.ts';

/** The gap after this record, in milliseconds. Flink: SessionWindowTimeGapExtractor. */
export type SessionWindowTimeGapExtractor<T> =
  | ((element: T) => number)
  | { extract(element: T): number };

abstract class SessionWindows<T> implements MergingWindowAssigner<T, TimeWindow> {
  abstract readonly isEventTime: boolean;
  abstract readonly defaultTrigger: Trigger<unknown, TimeWindow>;
  private readonly reused: TimeWindow[];

  constructor() {
    this.reused = [];
  }

  get windowType(): TypeInformation<TimeWindow> {
    return Types.TIME_WINDOW;
  }

  abstract assignWindows(
    element: T,
    timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[];

  mergeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
    TimeWindow.mergeWindows(windows, merge);
  }

  protected sessionAt(timestamp: number, gap: number): readonly TimeWindow[] {
    this.reused[0] = new TimeWindow(timestamp, timestamp + gap);
    return this.reused;
  }
}

export class EventTimeSessionWindows extends SessionWindows<unknown> {
  override readonly isEventTime = true;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = EventTimeTrigger.create();
  readonly gap: number;

  private constructor(gap: number) {
    super();
    this.gap = gap;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the gap is longer than 0 */
  static withGap(gap: Duration): EventTimeSessionWindows {
    return new EventTimeSessionWindows(positiveMs('the gap of EventTimeSessionWindows', gap));
  }

  static withDynamicGap<T>(
    extractor: SessionWindowTimeGapExtractor<T>,
  ): DynamicEventTimeSessionWindows<T> {
    return DynamicEventTimeSessionWindows.withDynamicGap(extractor);
  }

  /** @throws TaskError `TIMESTAMP_MISSING` */
  override assignWindows(_element: unknown, timestamp: number): readonly TimeWindow[] {
    checkTimestamp(timestamp, 'ProcessingTimeSessionWindows');
    return this.sessionAt(timestamp, this.gap);
  }

  override toString(): string {
    return `EventTimeSessionWindows(${this.gap})`;
  }
}

export class ProcessingTimeSessionWindows extends SessionWindows<unknown> {
  override readonly isEventTime = false;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = ProcessingTimeTrigger.create();
  readonly gap: number;

  private constructor(gap: number) {
    super();
    this.gap = gap;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the gap is longer than 0 */
  static withGap(gap: Duration): ProcessingTimeSessionWindows {
    const ms = positiveMs('the gap of ProcessingTimeSessionWindows', gap);
    return new ProcessingTimeSessionWindows(ms);
  }

  static withDynamicGap<T>(
    extractor: SessionWindowTimeGapExtractor<T>,
  ): DynamicProcessingTimeSessionWindows<T> {
    return DynamicProcessingTimeSessionWindows.withDynamicGap(extractor);
  }

  override assignWindows(
    _element: unknown,
    _timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.sessionAt(context.currentProcessingTime(), this.gap);
  }

  override toString(): string {
    return `ProcessingTimeSessionWindows(${this.gap})`;
  }
}

abstract class DynamicSessionWindows<T> extends SessionWindows<T> {
  private readonly extractor: SessionWindowTimeGapExtractor<T>;

  constructor(extractor: SessionWindowTimeGapExtractor<T>) {
    super();
    this.extractor = extractor;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the gap is whole and longer than 0 */
  protected gapOf(element: T): number {
    const { extractor } = this;
    const gap = typeof extractor === 'function' ? extractor(element) : extractor.extract(element);
    if (!(gap > 0 && Number.isSafeInteger(gap))) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `the gap extractor of a session gave ${gap}; give a whole number of milliseconds from 1`,
      );
    }
    return gap;
  }
}

export class DynamicEventTimeSessionWindows<T> extends DynamicSessionWindows<T> {
  override readonly isEventTime = true;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = EventTimeTrigger.create();

  static withDynamicGap<T>(
    extractor: SessionWindowTimeGapExtractor<T>,
  ): DynamicEventTimeSessionWindows<T> {
    return new DynamicEventTimeSessionWindows(extractor);
  }

  /** @throws TaskError `TIMESTAMP_MISSING` */
  override assignWindows(element: T, timestamp: number): readonly TimeWindow[] {
    checkTimestamp(timestamp, 'DynamicProcessingTimeSessionWindows');
    return this.sessionAt(timestamp, this.gapOf(element));
  }

  override toString(): string {
    return 'DynamicEventTimeSessionWindows()';
  }
}

export class DynamicProcessingTimeSessionWindows<T> extends DynamicSessionWindows<T> {
  override readonly isEventTime = false;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = ProcessingTimeTrigger.create();

  static withDynamicGap<T>(
    extractor: SessionWindowTimeGapExtractor<T>,
  ): DynamicProcessingTimeSessionWindows<T> {
    return new DynamicProcessingTimeSessionWindows(extractor);
  }

  override assignWindows(
    element: T,
    _timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.sessionAt(context.currentProcessingTime(), this.gapOf(element));
  }

  override toString(): string {
    return 'DynamicProcessingTimeSessionWindows()';
  }
}
