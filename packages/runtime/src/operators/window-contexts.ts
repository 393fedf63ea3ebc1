/**
 * What triggers and window functions see of the operator. One object of each per operator: the
 * operator sets the window before each call.
 *
 * Flink: WindowOperator.Context, WindowOperator.WindowContext.
 */
// Hot path.

import {
  type KeyedStateStore,
  type OutputTag,
  type ProcessWindowContext,
  type State,
  type StateDescriptor,
  type Trigger,
  type TriggerContext,
  type TriggerResult,
  type TypeInformation,
  Types,
  VOID_NAMESPACE,
  type Window,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import type { InternalTimerService } from './internal-timer-service.ts';
import { NamespacedStateStore } from './keyed-state-stores.ts';
import type { SideOutput } from './process-function-context.ts';

/** Calls the trigger with the window that was set. */
export class WindowTriggerContext<IN, K, W extends Window> implements TriggerContext {
  window!: W;
  private readonly trigger: Trigger<IN, W>;
  private readonly timers: InternalTimerService<K, W>;
  private readonly states: NamespacedStateStore<K, W | undefined>;

  constructor(
    trigger: Trigger<IN, W>,
    timers: InternalTimerService<K, W>,
    places: { backend: KeyedStateBackend<K>; windowType: TypeInformation<W> },
  ) {
    this.trigger = trigger;
    this.timers = timers;
    this.states = new NamespacedStateStore<K, W | undefined>(
      places.backend,
      places.windowType as TypeInformation<W | undefined>,
      undefined,
    );
  }

  onElement(element: IN, timestamp: number): TriggerResult {
    return this.trigger.onElement(element, timestamp, this.window, this);
  }

  onEventTime(time: number): TriggerResult {
    return this.trigger.onEventTime(time, this.window, this);
  }

  onProcessingTime(time: number): TriggerResult {
    return this.trigger.onProcessingTime(time, this.window, this);
  }

  clear(): void {
    this.trigger.clear(this.window, this);
  }

  currentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.timers.currentWatermark;
  }

  registerEventTimeTimer(time: number): void {
    this.timers.registerEventTimeTimer(this.window, time);
  }

  registerProcessingTimeTimer(time: number): void {
    this.timers.registerProcessingTimeTimer(this.window, time);
  }

  deleteEventTimeTimer(time: number): void {
    this.timers.deleteEventTimeTimer(this.window, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    this.timers.deleteProcessingTimeTimer(this.window, time);
  }

  getPartitionedState<S extends State>(descriptor: StateDescriptor): S {
    this.states.namespace = this.window;
    return this.states.getPartitionedState<S>(descriptor);
  }
}

export class WindowFunctionContext<K, W extends Window> implements ProcessWindowContext<W> {
  window!: W;
  private readonly timers: InternalTimerService<K, W>;
  private readonly sideOutput: SideOutput;
  private readonly perWindow: NamespacedStateStore<K, W | undefined>;
  private readonly perKey: KeyedStateStore;

  constructor(
    timers: InternalTimerService<K, W>,
    sideOutput: SideOutput,
    places: { backend: KeyedStateBackend<K>; windowType: TypeInformation<W> },
  ) {
    this.timers = timers;
    this.sideOutput = sideOutput;
    this.perWindow = new NamespacedStateStore<K, W | undefined>(
      places.backend,
      places.windowType as TypeInformation<W | undefined>,
      undefined,
    );
    this.perKey = new NamespacedStateStore(places.backend, Types.VOID_NAMESPACE, VOID_NAMESPACE);
  }

  currentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.timers.currentWatermark;
  }

  windowState(): KeyedStateStore {
    this.perWindow.namespace = this.window;
    return this.perWindow;
  }

  globalState(): KeyedStateStore {
    return this.perKey;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutput.emitSideOutput(tag, value, this.window.maxTimestamp());
  }
}
