import type { TypeInformation } from '../serialization/type-information.ts';
import type { Trigger } from './trigger.ts';
import type { MergeCallback, Window } from './windows.ts';

export interface WindowAssignerContext {
  currentProcessingTime(): number;
  /** In `[0, 1)`; seeded in simulations. */
  random(): number;
}

/** Which windows a record belongs to. Flink: WindowAssigner. */
export interface WindowAssigner<T, W extends Window> {
  readonly isEventTime: boolean;
  readonly windowType: TypeInformation<W>;
  readonly defaultTrigger: Trigger<T, W>;
  /** The array is read at once and not kept, so it may be reused; the windows are kept. */
  assignWindows(element: T, timestamp: number, context: WindowAssignerContext): readonly W[];
}

/**
 * An assigner whose windows may become one as records come, such as sessions.
 *
 * Flink: MergingWindowAssigner.
 */
export interface MergingWindowAssigner<T, W extends Window> extends WindowAssigner<T, W> {
  /**
   * Calls back for each group of windows that become one. No window may be in two groups.
   *
   * @param windows - of one key: all that are in flight, and that of a record; no two are equal
   */
  mergeWindows(windows: readonly W[], merge: MergeCallback<W>): void;
}

export function isMergingWindowAssigner<T, W extends Window>(
  assigner: WindowAssigner<T, W>,
): assigner is MergingWindowAssigner<T, W> {
  return typeof (assigner as Partial<MergingWindowAssigner<T, W>>).mergeWindows === 'function';
}
