import { Types } from '../serialization/types.ts';
import type { ValueState } from '../state/state.ts';
import { type StateDescriptor, ValueStateDescriptor } from '../state/state-descriptor.ts';
import type { Duration } from '../time/duration.ts';
import {
  isFire,
  isPurge,
  type Trigger,
  type TriggerContext,
  type TriggerResult,
} from './trigger.ts';
import { positiveMs } from './window-parameters.ts';
import type { Window } from './windows.ts';

const TIMEOUT = new ValueStateDescriptor<number>('timeout', Types.LONG);

export interface ProcessingTimeoutOptions {
  /** Whether each record starts the time anew. False when it is left out. */
  readonly resetTimerOnNewRecord?: boolean;
  /** Whether the state of the nested trigger is cleared when a timer fires. True when left out. */
  readonly shouldClearOnTimeout?: boolean;
}

/**
 * Fires when the nested trigger does, and also when a while has passed on the clock since the first
 * record, or since the last one. Every timer of the window fires it, as in Flink: those of the
 * nested trigger and of the cleanup too. It cannot be merged.
 *
 * Flink: ProcessingTimeoutTrigger.
 */
export class ProcessingTimeoutTrigger<T, W extends Window> implements Trigger<T, W> {
  readonly nestedTrigger: Trigger<T, W>;
  readonly interval: number;
  private readonly resetTimerOnNewRecord: boolean;
  private readonly shouldClearOnTimeout: boolean;

  private constructor(
    nestedTrigger: Trigger<T, W>,
    interval: number,
    options: ProcessingTimeoutOptions,
  ) {
    this.nestedTrigger = nestedTrigger;
    this.interval = interval;
    this.resetTimerOnNewRecord = options.resetTimerOnNewRecord ?? false;
    this.shouldClearOnTimeout = options.shouldClearOnTimeout ?? true;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the timeout is longer than 0 */
  static of<T, W extends Window>(
    nestedTrigger: Trigger<T, W>,
    timeout: Duration,
    options: ProcessingTimeoutOptions = {},
  ): ProcessingTimeoutTrigger<T, W> {
    const interval = positiveMs('the timeout of a ProcessingTimeoutTrigger', timeout);
    return new ProcessingTimeoutTrigger(nestedTrigger, interval, options);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return [TIMEOUT, ...(this.nestedTrigger.stateDescriptors ?? [])];
  }

  onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult {
    const result = this.nestedTrigger.onElement(element, timestamp, window, context);
    if (isFire(result)) {
      this.clear(window, context);
      return result;
    }
    const state = context.getPartitionedState<ValueState<number>>(TIMEOUT);
    let dueAt = state.value();
    if (dueAt !== undefined && this.resetTimerOnNewRecord) {
      context.deleteProcessingTimeTimer(dueAt);
      dueAt = undefined;
    }
    if (dueAt === undefined) {
      const next = context.currentProcessingTime() + this.interval;
      state.update(next);
      context.registerProcessingTimeTimer(next);
    }
    return result;
  }

  onEventTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return this.timedOut(this.nestedTrigger.onEventTime(time, window, context), window, context);
  }

  onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult {
    const nested = this.nestedTrigger.onProcessingTime(time, window, context);
    return this.timedOut(nested, window, context);
  }

  clear(window: W, context: TriggerContext): void {
    const state = context.getPartitionedState<ValueState<number>>(TIMEOUT);
    const dueAt = state.value();
    if (dueAt !== undefined) {
      context.deleteProcessingTimeTimer(dueAt);
      state.clear();
    }
    this.nestedTrigger.clear(window, context);
  }

  toString(): string {
    return `TimeoutTrigger(${this.nestedTrigger})`;
  }

  private timedOut(nested: TriggerResult, window: W, context: TriggerContext): TriggerResult {
    if (this.shouldClearOnTimeout) {
      this.clear(window, context);
    }
    return isPurge(nested) ? 'fire-and-purge' : 'fire';
  }
}
