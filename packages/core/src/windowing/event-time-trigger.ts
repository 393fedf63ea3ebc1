// Hot path.

import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import type { Window } from './windows.ts';

/**
 * Fires when the watermark passes the end of the window, and again at once for each record that
 * comes later within the allowed lateness.
 *
 * Flink: EventTimeTrigger.
 */
export class EventTimeTrigger implements Trigger<unknown, Window> {
  static create(): EventTimeTrigger {
    return new EventTimeTrigger();
  }

  onElement(
    _element: unknown,
    _timestamp: number,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const end = window.maxTimestamp();
    if (end <= context.currentWatermark()) {
      return 'fire';
    }
    context.registerEventTimeTimer(end);
    return 'continue';
  }

  onEventTime(time: number, window: Window): TriggerResult {
    return time === window.maxTimestamp() ? 'fire' : 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(window: Window, context: TriggerContext): void {
    context.deleteEventTimeTimer(window.maxTimestamp());
  }

  canMerge(): boolean {
    return true;
  }

  onMerge(window: Window, context: OnMergeContext): void {
    // Behind the watermark the next record fires at once, by `onElement`.
    const end = window.maxTimestamp();
    if (end > context.currentWatermark()) {
      context.registerEventTimeTimer(end);
    }
  }

  toString(): string {
    return 'EventTimeTrigger()';
  }
}
