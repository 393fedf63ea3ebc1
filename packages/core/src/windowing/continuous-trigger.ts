import { Types } from '../serialization/types.ts';
import type { ReducingState } from '../state/state.ts';
import { ReducingStateDescriptor, type StateDescriptor } from '../state/state-descriptor.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from './trigger.ts';
import type { Window } from './windows.ts';

/** Windows that merge go on with the earliest of their times. */
const FIRE_TIME = new ReducingStateDescriptor<number>(
  'fire-time',
  (a, b) => Math.min(a, b),
  Types.LONG,
);

/** What triggers that fire at intervals share: the time of the next firing, which is state. */
export abstract class ContinuousTrigger implements Trigger<unknown, Window> {
  readonly interval: number;

  protected constructor(interval: number) {
    this.interval = interval;
  }

  abstract onElement(
    element: unknown,
    timestamp: number,
    window: Window,
    context: TriggerContext,
  ): TriggerResult;
  abstract onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult;
  abstract onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult;
  protected abstract registerTimer(time: number, context: TriggerContext): void;
  protected abstract deleteTimer(time: number, context: TriggerContext): void;

  get stateDescriptors(): readonly StateDescriptor[] {
    return [FIRE_TIME];
  }

  clear(_window: Window, context: TriggerContext): void {
    const next = this.fireTime(context);
    const time = next.get();
    // Merging took the state of a window that was merged into another.
    if (time !== undefined) {
      this.deleteTimer(time, context);
      next.clear();
    }
  }

  canMerge(): boolean {
    return true;
  }

  onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(FIRE_TIME);
    const time = this.fireTime(context).get();
    if (time !== undefined) {
      this.registerTimer(time, context);
    }
  }

  protected fireTime(context: TriggerContext): ReducingState<number> {
    return context.getPartitionedState<ReducingState<number>>(FIRE_TIME);
  }
}
