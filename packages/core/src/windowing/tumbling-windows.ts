/**
 * Windows of one size that follow each other without a gap: each record is in exactly one.
 *
 * Flink: TumblingEventTimeWindows, TumblingProcessingTimeWindows.
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
import { staggerOffset, type WindowStagger } from './window-stagger.ts';
import { windowStartWithOffset } from './window-start.ts';
import { TimeWindow } from './windows.ts';

/** Each operator instance works on its own copy, because of the stagger and the reused array. */
abstract class TumblingWindows implements WindowAssigner<unknown, TimeWindow> {
  abstract readonly isEventTime: boolean;
  abstract readonly defaultTrigger: Trigger<unknown, TimeWindow>;
  readonly size: number;
  readonly globalOffset: number;
  readonly windowStagger: WindowStagger;
  /** NaN until the first record. */
  protected staggerOffset: number;
  /**
   * The window of the last record: most records fall into the same one, and `%` of numbers beyond 32
   * bits costs V8 more than all else here.
   */
  private readonly reused: TimeWindow[];

  constructor(size: number, offset: number, stagger: WindowStagger) {
    this.size = size;
    this.globalOffset = offset;
    this.windowStagger = stagger;
    this.staggerOffset = stagger === 'aligned' ? 0 : Number.NaN;
    this.reused = [new TimeWindow(Number.NaN, Number.NaN)];
  }

  get windowType(): TypeInformation<TimeWindow> {
    return Types.TIME_WINDOW;
  }

  abstract assignWindows(
    element: unknown,
    timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[];

  protected windowOf(timestamp: number, context: WindowAssignerContext): readonly TimeWindow[] {
    const last = this.reused[0] as TimeWindow;
    if (timestamp >= last.start && timestamp < last.end) {
      return this.reused;
    }
    if (Number.isNaN(this.staggerOffset)) {
      this.staggerOffset = staggerOffset(this.windowStagger, {
        processingTime: context.currentProcessingTime(),
        size: this.size,
        random: context.random,
      });
    }
    const offset = (this.globalOffset + this.staggerOffset) % this.size;
    const start = windowStartWithOffset(timestamp, offset, this.size);
    this.reused[0] = new TimeWindow(start, start + this.size);
    return this.reused;
  }
}

export class TumblingEventTimeWindows extends TumblingWindows {
  override readonly isEventTime = true;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = EventTimeTrigger.create();

  /**
   * @param offset - shift of the windows, e.g. -8 h for days in China; smaller than the size
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  static of(
    size: Duration,
    offset: Duration = 0,
    stagger: WindowStagger = 'aligned',
  ): TumblingEventTimeWindows {
    const checked = checkSizeAndOffset('TumblingEventTimeWindows', size, offset);
    return new TumblingEventTimeWindows(checked.size, checked.offset, stagger);
  }

  /** @throws TaskError `TIMESTAMP_MISSING` */
  override assignWindows(
    _element: unknown,
    timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    checkTimestamp(timestamp, 'TumblingProcessingTimeWindows');
    return this.windowOf(timestamp, context);
  }

  override toString(): string {
    return `TumblingEventTimeWindows(${this.size})`;
  }
}

export class TumblingProcessingTimeWindows extends TumblingWindows {
  override readonly isEventTime = false;
  override readonly defaultTrigger: Trigger<unknown, TimeWindow> = ProcessingTimeTrigger.create();

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  static of(
    size: Duration,
    offset: Duration = 0,
    stagger: WindowStagger = 'aligned',
  ): TumblingProcessingTimeWindows {
    const checked = checkSizeAndOffset('TumblingProcessingTimeWindows', size, offset);
    return new TumblingProcessingTimeWindows(checked.size, checked.offset, stagger);
  }

  override assignWindows(
    _element: unknown,
    _timestamp: number,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.windowOf(context.currentProcessingTime(), context);
  }

  override toString(): string {
    return `TumblingProcessingTimeWindows(${this.size})`;
  }
}

function checkSizeAndOffset(
  name: string,
  size: Duration,
  offset: Duration,
): { size: number; offset: number } {
  const sizeMs = durationMs(size, `the size of ${name}`);
  const shiftMs = offsetMs(`the offset of ${name}`, offset);
  if (sizeMs === 0 || Math.abs(shiftMs) >= sizeMs) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${name} of size ${sizeMs} ms with offset ${shiftMs} ms; the size must be larger than the offset, whatever its sign`,
    );
  }
  return { size: sizeMs, offset: shiftMs };
}
