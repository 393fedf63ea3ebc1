import type { Duration } from '../time/duration.ts';
import { ContinuousTrigger } from './continuous-trigger.ts';
import type { TriggerContext, TriggerResult } from './trigger.ts';
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
export class ContinuousProcessingTimeTrigger extends ContinuousTrigger {
  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the interval is longer than 0 */
  static of(interval: Duration): ContinuousProcessingTimeTrigger {
    const ms = positiveMs('the interval of a ContinuousProcessingTimeTrigger', interval);
    return new ContinuousProcessingTimeTrigger(ms);
  }

  onElement(
    _element: unknown,
    _timestamp: number,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const next = this.fireTime(context);
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
    const next = this.fireTime(context);
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

  override toString(): string {
    return `ContinuousProcessingTimeTrigger(${this.interval})`;
  }

  protected override registerTimer(time: number, context: TriggerContext): void {
    context.registerProcessingTimeTimer(time);
  }

  protected override deleteTimer(time: number, context: TriggerContext): void {
    context.deleteProcessingTimeTimer(time);
  }
}
