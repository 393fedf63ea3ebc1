import { ConfigError } from '../errors/errors.ts';
import type { TypeInformation } from '../serialization/type-information.ts';
import type { ValueState } from '../state/state.ts';
import { type StateDescriptor, ValueStateDescriptor } from '../state/state-descriptor.ts';
import { type DeltaFunction, deltaOf } from './delta-function.ts';
import type { Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import type { Window } from './windows.ts';

/**
 * Fires when a record is further than the threshold from the one that fired last, or from the first
 * one. It cannot be merged.
 *
 * Flink: DeltaTrigger.
 */
export class DeltaTrigger<T> implements Trigger<T, Window> {
  readonly threshold: number;
  private readonly deltaFunction: DeltaFunction<T>;
  private readonly lastElement: ValueStateDescriptor<T>;

  private constructor(
    threshold: number,
    deltaFunction: DeltaFunction<T>,
    elementType: TypeInformation<T>,
  ) {
    this.threshold = threshold;
    this.deltaFunction = deltaFunction;
    this.lastElement = new ValueStateDescriptor('last-element', elementType);
  }

  /**
   * @param elementType - of the records; one of them is kept in the state of each window
   * @throws ConfigError `CONFIG_VALUE_INVALID` for a threshold that is not a number
   */
  static of<T>(
    threshold: number,
    deltaFunction: DeltaFunction<T>,
    elementType: TypeInformation<T>,
  ): DeltaTrigger<T> {
    checkThreshold('DeltaTrigger', threshold);
    return new DeltaTrigger(threshold, deltaFunction, elementType);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return [this.lastElement];
  }

  onElement(
    element: T,
    _timestamp: number,
    _window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const state = context.getPartitionedState<ValueState<T>>(this.lastElement);
    const last = state.value();
    if (last === undefined) {
      state.update(element);
      return 'continue';
    }
    if (deltaOf(this.deltaFunction, last, element) > this.threshold) {
      state.update(element);
      return 'fire';
    }
    return 'continue';
  }

  onEventTime(): TriggerResult {
    return 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(this.lastElement).clear();
  }

  toString(): string {
    return `DeltaTrigger(${this.threshold})`;
  }
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function checkThreshold(name: string, threshold: number): void {
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the threshold of a ${name} is ${threshold}; use a number`,
    );
  }
}
