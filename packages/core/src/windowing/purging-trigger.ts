// Hot path.

import { checkObjectArgument } from '../errors/check-argument.ts';
import type { StateDescriptor } from '../state/state-descriptor.ts';
import {
  canMerge,
  describeTrigger,
  type OnMergeContext,
  type Trigger,
  type TriggerContext,
  type TriggerResult,
} from './trigger.ts';
import type { Window } from './windows.ts';

/** Drops the contents of a window each time the nested trigger fires. Flink: PurgingTrigger. */
export class PurgingTrigger<T, W extends Window> implements Trigger<T, W> {
  readonly nestedTrigger: Trigger<T, W>;

  private constructor(nestedTrigger: Trigger<T, W>) {
    this.nestedTrigger = nestedTrigger;
  }

  /** @throws ConfigError `INVALID_GRAPH` for what is no trigger */
  static of<T, W extends Window>(nestedTrigger: Trigger<T, W>): PurgingTrigger<T, W> {
    const expected = 'the trigger that fires, such as CountTrigger.of(10)';
    checkObjectArgument('onElement', nestedTrigger, { call: 'PurgingTrigger.of', expected });
    return new PurgingTrigger(nestedTrigger);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return this.nestedTrigger.stateDescriptors ?? [];
  }

  onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult {
    return purging(this.nestedTrigger.onElement(element, timestamp, window, context));
  }

  onEventTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return purging(this.nestedTrigger.onEventTime(time, window, context));
  }

  onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return purging(this.nestedTrigger.onProcessingTime(time, window, context));
  }

  clear(window: W, context: TriggerContext): void {
    this.nestedTrigger.clear(window, context);
  }

  canMerge(): boolean {
    return canMerge(this.nestedTrigger);
  }

  onMerge(window: W, context: OnMergeContext): void {
    this.nestedTrigger.onMerge?.(window, context);
  }

  toString(): string {
    return `PurgingTrigger(${describeTrigger(this.nestedTrigger)})`;
  }
}

function purging(result: TriggerResult): TriggerResult {
  return result === 'fire' ? 'fire-and-purge' : result;
}
