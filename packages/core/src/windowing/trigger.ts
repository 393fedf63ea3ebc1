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
}

/** When the contents of a window are handed to its function. Flink: Trigger. */
export interface Trigger<T, W extends Window> {
  onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult;
  onEventTime(time: number, window: W, context: TriggerContext): TriggerResult;
  onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult;
  /** Drops state and timers of a window that is gone. */
  clear(window: W, context: TriggerContext): void;
}
