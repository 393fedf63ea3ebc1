import { Types } from '../serialization/types.ts';
import type { ReducingState } from '../state/state.ts';
import { ReducingStateDescriptor, type StateDescriptor } from '../state/state-descriptor.ts';
import type { Duration } from '../time/duration.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import { positiveMs } from './window-parameters.ts';
import type { Window } from './windows.ts';

/** Windows that merge go on with the earliest of their times. */
export const FIRE_TIME: ReducingStateDescriptor<number> = new ReducingStateDescriptor<number>(
  'fire-time',
  (a, b) => Math.min(a, b),
  Types.LONG,
);

/**
 * Fires at each multiple of the interval that the watermark passes, from the first record's time on,
 * and at the end of the window.
 *
 * Flink: ContinuousEventTimeTrigger.
 */
export class ContinuousEventTimeTrigger implements Trigger<unknown, Window> {
  readonly interval: number;

  private constructor(interval: number) {
    this.interval = interval;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the interval is longer than 0 */
  static of(interval: Duration): ContinuousEventTimeTrigger {
    const ms = positiveMs('the interval of a ContinuousEventTimeTrigger', interval);
    return new ContinuousEventTimeTrigger(ms);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return [FIRE_TIME];
  }

  onElement(
    _element: unknown,
    timestamp: number,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    if (window.maxTimestamp() <= context.currentWatermark()) {
      return 'fire';
    }
    context.registerEventTimeTimer(window.maxTimestamp());
    if (fireTime(context).get() === undefined) {
      this.registerNext(timestamp - (timestamp % this.interval), window, context);
    }
    return 'continue';
  }

  onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (time === window.maxTimestamp()) {
      return 'fire';
    }
    const next = fireTime(context);
    if (next.get() !== time) {
      return 'continue';
    }
    next.clear();
    this.registerNext(time, window, context);
    return 'fire';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(_window: Window, context: TriggerContext): void {
    const next = fireTime(context);
    const time = next.get();
    if (time !== undefined) {
      context.deleteEventTimeTimer(time);
      next.clear();
    }
  }

  canMerge(): boolean {
    return true;
  }

  onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(FIRE_TIME);
    const time = fireTime(context).get();
    if (time !== undefined) {
      context.registerEventTimeTimer(time);
    }
  }

  toString(): string {
    return `ContinuousEventTimeTrigger(${this.interval})`;
  }

  private registerNext(time: number, window: Window, context: TriggerContext): void {
    const next = Math.min(time + this.interval, window.maxTimestamp());
    fireTime(context).add(next);
    context.registerEventTimeTimer(next);
  }
}

function fireTime(context: TriggerContext): ReducingState<number> {
  return context.getPartitionedState<ReducingState<number>>(FIRE_TIME);
}
