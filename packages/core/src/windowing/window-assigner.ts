import type { TypeInformation } from '../serialization/type-information.ts';
import type { Trigger } from './trigger.ts';
import type { Window } from './windows.ts';

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
