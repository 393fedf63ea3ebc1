import type { Duration } from '../time/duration.ts';
import { ContinuousTrigger } from './continuous-trigger.ts';
import type { TriggerContext, TriggerResult } from './trigger.ts';
import { positiveMs } from './window-parameters.ts';
import type { Window } from './windows.ts';

/**
 * Fires at each multiple of the interval that the watermark passes, from the first record's time on,
 * and at the end of the window.
 *
 * Flink: ContinuousEventTimeTrigger.
 */
export class ContinuousEventTimeTrigger extends ContinuousTrigger {
  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the interval is longer than 0 */
  static of(interval: Duration): ContinuousEventTimeTrigger {
    const ms = positiveMs('the interval of a ContinuousEventTimeTrigger', interval);
    return new ContinuousEventTimeTrigger(ms);
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
    if (this.fireTime(context).get() === undefined) {
      this.registerNext(timestamp - (timestamp % this.interval), window, context);
    }
    return 'continue';
  }

  onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (time === window.maxTimestamp()) {
      return 'fire';
    }
    const next = this.fireTime(context);
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

  override toString(): string {
    return `ContinuousEventTimeTrigger(${this.interval})`;
  }

  private registerNext(time: number, window: Window, context: TriggerContext): void {
    const next = Math.min(time + this.interval, window.maxTimestamp());
    this.fireTime(context).add(next);
    context.registerEventTimeTimer(next);
  }

  protected override registerTimer(time: number, context: TriggerContext): void {
    context.registerEventTimeTimer(time);
  }

  protected override deleteTimer(time: number, context: TriggerContext): void {
    context.deleteEventTimeTimer(time);
  }
}
