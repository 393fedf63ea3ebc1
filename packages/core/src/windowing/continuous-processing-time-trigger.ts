import type { ReducingState } from '../state/state.ts';
import type { StateDescriptor } from '../state/state-descriptor.ts';
import type { Duration } from '../time/duration.ts';
import { FIRE_TIME } from './continuous-event-time-trigger.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import { positiveMs } from './window-parameters.ts';
import type { Window } from './windows.ts';

/**
 * Fires at each multiple of the interval that the clock passes, from the first record on, and for
 * the last time when it passes the end of the window.
 *
 * A window whose end lies behind the clock, as one of event time may, fires once for its first
 * record and then no more; in Flink it fires without end.
 *
 * Flink: ContinuousProcessingTimeTrigger.
 */
export class ContinuousProcessingTimeTrigger implements Trigger<unknown, Window> {
  readonly interval: number;

  private constructor(interval: number) {
    this.interval = interval;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the interval is longer than 0 */
  static of(interval: Duration): ContinuousProcessingTimeTrigger {
    const ms = positiveMs('the interval of a ContinuousProcessingTimeTrigger', interval);
    return new ContinuousProcessingTimeTrigger(ms);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return [FIRE_TIME];
  }

  onElement(
    _element: unknown,
    _timestamp: number,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const next = fireTime(context);
    if (next.get() === undefined) {
      const now = context.currentProcessingTime();
      const time = Math.min(now - (now % this.interval) + this.interval, window.maxTimestamp());
      next.add(time);
      context.registerProcessingTimeTimer(time);
    }
    return 'continue';
  }

  onEventTime(): TriggerResult {
    return 'continue';
  }

  onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    const next = fireTime(context);
    if (next.get() !== time) {
      return 'continue';
    }
    const following = Math.min(time + this.interval, window.maxTimestamp());
    if (following > time) {
      next.clear();
      next.add(following);
      context.registerProcessingTimeTimer(following);
    }
    return 'fire';
  }

  clear(_window: Window, context: TriggerContext): void {
    const next = fireTime(context);
    const time = next.get();
    // Merging took the state of a window that was merged into another.
    if (time !== undefined) {
      context.deleteProcessingTimeTimer(time);
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
      context.registerProcessingTimeTimer(time);
    }
  }

  toString(): string {
    return `ContinuousProcessingTimeTrigger(${this.interval})`;
  }
}

function fireTime(context: TriggerContext): ReducingState<number> {
  return context.getPartitionedState<ReducingState<number>>(FIRE_TIME);
}
