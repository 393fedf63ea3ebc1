import { ConfigError } from '../errors/errors.ts';
import { Types } from '../serialization/types.ts';
import type { ReducingState } from '../state/state.ts';
import { ReducingStateDescriptor, type StateDescriptor } from '../state/state-descriptor.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import type { Window } from './windows.ts';

const COUNT = new ReducingStateDescriptor<number>('count', (a, b) => a + b, Types.LONG);

/**
 * Fires each time `maxCount` records have come; the contents stay, unless a PurgingTrigger is
 * around it.
 *
 * Flink: CountTrigger.
 */
export class CountTrigger implements Trigger<unknown, Window> {
  readonly maxCount: number;

  private constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless `maxCount` is a whole number from 1 */
  static of(maxCount: number): CountTrigger {
    if (!Number.isSafeInteger(maxCount) || maxCount < 1) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a count trigger of ${maxCount} records; use a whole number from 1`,
      );
    }
    return new CountTrigger(maxCount);
  }

  get stateDescriptors(): readonly StateDescriptor[] {
    return [COUNT];
  }

  onElement(
    _element: unknown,
    _timestamp: number,
    _window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const count = context.getPartitionedState<ReducingState<number>>(COUNT);
    count.add(1);
    if ((count.get() as number) < this.maxCount) {
      return 'continue';
    }
    count.clear();
    return 'fire';
  }

  onEventTime(): TriggerResult {
    return 'continue';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(COUNT).clear();
  }

  canMerge(): boolean {
    return true;
  }

  onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(COUNT);
  }

  toString(): string {
    return `CountTrigger(${this.maxCount})`;
  }
}
