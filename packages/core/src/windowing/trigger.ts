import type { SyncResult } from '../functions/functions.ts';
import type { MetricGroup } from '../metrics/metrics.ts';
import type { State } from '../state/state.ts';
import type { StateDescriptor } from '../state/state-descriptor.ts';
import type { Window } from './windows.ts';

/** `purge` clears the window's contents only, not trigger state or timers. */
export type TriggerResult = 'continue' | 'fire' | 'purge' | 'fire-and-purge';

export interface TriggerContext {
  currentProcessingTime(): number;
  currentWatermark(): number;
  registerEventTimeTimer(time: number): void;
  registerProcessingTimeTimer(time: number): void;
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
  /** State of this key and window. */
  getPartitionedState<S extends State>(descriptor: StateDescriptor): S;
  readonly metricGroup: MetricGroup;
}

/** What a trigger sees while windows of the current key become one. Flink: Trigger.OnMergeContext. */
export interface OnMergeContext extends TriggerContext {
  /**
   * Moves the state of the merged windows into that of the result.
   *
   * @throws ConfigError `UNSUPPORTED` for value and map state, which cannot be merged
   */
  mergePartitionedState(descriptor: StateDescriptor): void;
}

/** When the contents of a window are handed to its function. Flink: Trigger. */
export interface Trigger<T, W extends Window> {
  /**
   * The states that the trigger keeps, so that a restore checks them before a record flows; one that
   * is not listed is checked when it is first asked for.
   */
  readonly stateDescriptors?: readonly StateDescriptor[];
  onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult;
  onEventTime(time: number, window: W, context: TriggerContext): TriggerResult;
  onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult;
  /** Drops state and timers of a window that is gone. */
  clear(window: W, context: TriggerContext): SyncResult;
  /**
   * Whether `onMerge` keeps the trigger right when windows merge. Without it, it does not: such a
   * trigger is refused on sessions and other merging windows.
   */
  canMerge?(): boolean;
  /**
   * The windows whose state `context` merges are now `window`. Their timers are gone after it, so
   * those of `window` are registered here. `clear` of each merged window comes next.
   */
  onMerge?(window: W, context: OnMergeContext): SyncResult;
}

/** Whether windows with this trigger may merge. Flink's own `onMerge` throws, so a trigger needs one. */
export function canMerge<T, W extends Window>(trigger: Trigger<T, W>): boolean {
  return trigger.canMerge?.() === true && trigger.onMerge !== undefined;
}

/** A trigger in messages: its own text, or its class. */
export function describeTrigger(trigger: unknown): string {
  const text = String(trigger);
  if (text !== '[object Object]') {
    return text;
  }
  const name = (trigger as { readonly constructor?: { readonly name?: string } }).constructor?.name;
  return name === undefined || name === 'Object' ? 'a trigger without a class' : name;
}

export function isFire(result: TriggerResult): boolean {
  return result === 'fire' || result === 'fire-and-purge';
}

export function isPurge(result: TriggerResult): boolean {
  return result === 'purge' || result === 'fire-and-purge';
}
