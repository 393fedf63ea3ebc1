/**
 * Windows of one size that open at each slide: a record is in several when the size is larger than
 * the slide, and in some gap when it is smaller.
 *
 * Flink: SlidingEventTimeWindows, SlidingProcessingTimeWindows.
 */
// Hot path.

import { ConfigError } from '../errors/errors.ts';
import type { TypeInformation } from '../serialization/type-information.ts';
import { Types } from '../serialization/types.ts';
import { type Duration, durationMs } from '../time/duration.ts';
import { EventTimeTrigger } from './event-time-trigger.ts';
import { ProcessingTimeTrigger } from './processing-time-trigger.ts';
import type { Trigger } from './trigger.ts';
import type { WindowAssigner, WindowAssignerContext } from './window-assigner.ts';
import { checkTimestamp, offsetMs } from './window-parameters.ts';
import { windowStartWithOffset } from './window-start.ts';
import { TimeWindow } from './windows.ts';

abstract class SlidingWindows implements WindowAssigner<unknown, TimeWindow> {
  abstract readonly isEventTime: boolean;
  abstract readonly defaultTrigger: Trigger<unknown, TimeWindow>;
  readonly size: number;
  readonly slide: number;
  readonly offset: number;
  /** The windows of the last record, newest first: most records fall into the same ones. */
  private assigned: TimeWindow[];
  private assignedFrom: number;
  private assignedTo: number;

  constructor(size: number, slide: number, offset: number) {
    this.size = size;
    this.slide = slide;
    this.offset = offset;
    this.assigned = [];
    this.assignedFrom = Number.NaN;
    this.assignedTo = Number.NaN;
  }

  get windowType(): TypeInformation<TimeWindow> {
    return Types.TIME_WINDOW;
  }

  abstract assignWindows(
    element: unknown,
    timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[];

  protected windowsOf(timestamp: number): readonly TimeWindow[] {
    if (!(timestamp >= this.assignedFrom && timestamp < this.assignedTo)) {
      this.assign(timestamp);
    }
    return this.assigned;
  }

  private assign(timestamp: number): void {
    const { size, slide } = this;
    const lastStart = windowStartWithOffset(timestamp, this.offset, slide);
    const earlier = this.assigned;
    const windows: TimeWindow[] = [];
    for (let start = lastStart; start > timestamp - size; start -= slide) {
      windows.push(findStart(earlier, start) ?? new TimeWindow(start, start + size));
    }
    // These windows are those of all timestamps up to where one ends or the next one opens.
    const oldestEnd = windows[windows.length - 1]?.end ?? Number.POSITIVE_INFINITY;
    const newestEndBefore = windows.length === 0 ? lastStart + size : oldestEnd - slide;
    this.assigned = windows;
    this.assignedFrom = Math.max(lastStart, newestEndBefore);
    this.assignedTo = Math.min(lastStart + slide, oldestEnd);
  }
}

function findStart(windows: readonly TimeWindow[], start: number): TimeWindow | undefined {
  for (let i = 0; i < windows.length; i++) {
    if ((windows[i] as TimeWindow).start === start) {
      return windows[i];
    }
  }
  return undefined;
}

export class SlidingEventTimeWindows extends SlidingWindows {
  override readonly isEventTime = true;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = EventTimeTrigger.create();

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless |offset| < slide and size > 0 */
  static of(size: Duration, slide: Duration, offset: Duration = 0): SlidingEventTimeWindows {
    const checked = checkParameters('SlidingEventTimeWindows', { size, slide, offset });
    return new SlidingEventTimeWindows(checked.size, checked.slide, checked.offset);
  }

  /** @throws TaskError `TIMESTAMP_MISSING` */
  override assignWindows(_element: unknown, timestamp: number): readonly TimeWindow[] {
    checkTimestamp(timestamp, 'SlidingProcessingTimeWindows');
    return this.windowsOf(timestamp);
  }

  override toString(): string {
    return `SlidingEventTimeWindows(${this.size}, ${this.slide})`;
  }
}

export class SlidingProcessingTimeWindows extends SlidingWindows {
  override readonly isEventTime = false;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = ProcessingTimeTrigger.create();

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless |offset| < slide and size > 0 */
  static of(size: Duration, slide: Duration, offset: Duration = 0): SlidingProcessingTimeWindows {
    const checked = checkParameters('SlidingProcessingTimeWindows', { size, slide, offset });
    return new SlidingProcessingTimeWindows(checked.size, checked.slide, checked.offset);
  }

  override assignWindows(
    _element: unknown,
    _timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.windowsOf(context.currentProcessingTime());
  }

  override toString(): string {
    return `SlidingProcessingTimeWindows(${this.size}, ${this.slide})`;
  }
}

interface SlidingParameters<D> {
  readonly size: D;
  readonly slide: D;
  readonly offset: D;
}

function checkParameters(
  name: string,
  given: SlidingParameters<Duration>,
): SlidingParameters<number> {
  const size = durationMs(given.size, `the size of ${name}`);
  const slide = durationMs(given.slide, `the slide of ${name}`);
  const offset = offsetMs(`the offset of ${name}`, given.offset);
  if (size === 0 || Math.abs(offset) >= slide) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${name} of size ${size} ms and slide ${slide} ms with offset ${offset} ms; the size must be longer than 0, and the slide must be larger than the offset, whatever its sign`,
    );
  }
  return { size, slide, offset };
}
