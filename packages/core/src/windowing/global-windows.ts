/**
 * One window for all records of a key. Without a trigger of the program it never fires.
 *
 * Flink: GlobalWindows.
 */
import type { TypeInformation } from '../serialization/type-information.ts';
import { Types } from '../serialization/types.ts';
import { MAX_TIMESTAMP } from '../time/timestamps.ts';
import type { Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import type { WindowAssigner } from './window-assigner.ts';
import { GlobalWindow } from './windows.ts';

const WINDOWS: readonly GlobalWindow[] = [GlobalWindow.INSTANCE];

export class GlobalWindows implements WindowAssigner<unknown, GlobalWindow> {
  readonly isEventTime: boolean;
  readonly defaultTrigger: Trigger<unknown, GlobalWindow>;

  private constructor(isEventTime: boolean, defaultTrigger: Trigger<unknown, GlobalWindow>) {
    this.isEventTime = isEventTime;
    this.defaultTrigger = defaultTrigger;
  }

  static create(): GlobalWindows {
    return new GlobalWindows(false, new NeverTrigger());
  }

  /** Fires once, at the end of a bounded input. */
  static createWithEndOfStreamTrigger(): GlobalWindows {
    return new GlobalWindows(true, new EndOfStreamTrigger());
  }

  get windowType(): TypeInformation<GlobalWindow> {
    return Types.GLOBAL_WINDOW;
  }

  assignWindows(): readonly GlobalWindow[] {
    return WINDOWS;
  }

  toString(): string {
    return 'GlobalWindows()';
  }
}

/** Flink: GlobalWindows.NeverTrigger. */
export class NeverTrigger implements Trigger<unknown, GlobalWindow> {
  onElement(): TriggerResult {
    return 'continue';
  }

  onEventTime(): TriggerResult {
    return 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(): void {}
}

/** Flink: GlobalWindows.EndOfStreamTrigger. */
export class EndOfStreamTrigger implements Trigger<unknown, GlobalWindow> {
  onElement(
    _element: unknown,
    _timestamp: number,
    _window: GlobalWindow,
    context: TriggerContext,
  ): TriggerResult {
    context.registerEventTimeTimer(MAX_TIMESTAMP);
    return 'continue';
  }

  onEventTime(time: number): TriggerResult {
    return time === MAX_TIMESTAMP ? 'fire' : 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(_window: GlobalWindow, context: TriggerContext): void {
    context.deleteEventTimeTimer(MAX_TIMESTAMP);
  }
}
