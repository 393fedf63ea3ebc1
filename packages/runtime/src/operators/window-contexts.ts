/**
 * What triggers and window functions see of the operator. One object of each per operator: the
 * operator sets the window before each call.
 *
 * Flink: WindowOperator.Context, WindowOperator.WindowContext, EvictingWindowOperator.EvictorContext.
 */
// Hot path.

import {
  ConfigError,
  type EvictorContext,
  type KeyedStateStore,
  type MetricGroup,
  type OnMergeContext,
  type OutputTag,
  type ProcessWindowContext,
  type State,
  type StateDescriptor,
  type Trigger,
  type TriggerResult,
  type TypeInformation,
  Types,
  VOID_NAMESPACE,
  type Window,
} from '@millrace/core';
import type { InternalKvState, InternalMergingState, KeyedStateBackend } from '@millrace/state';
import { refuseAsync } from './function-is-async.ts';
import type { InternalTimerService } from './internal-timer-service.ts';
import { NamespacedStateStore } from './keyed-state-stores.ts';
import type { SideOutput } from './process-function-context.ts';

/** What the contexts of one operator are made of. */
export interface WindowPlaces<K, W extends Window> {
  readonly backend: KeyedStateBackend<K>;
  readonly windowType: TypeInformation<W>;
  readonly metricGroup: MetricGroup;
  readonly operatorName: string;
  /** False where windows merge: then a window has no state of its own. */
  readonly hasWindowState: boolean;
}

/** Calls the trigger with the window that was set. */
export class WindowTriggerContext<IN, K, W extends Window>
  implements OnMergeContext, EvictorContext
{
  window!: W;
  readonly metricGroup: MetricGroup;
  private readonly operatorName: string;
  private mergedWindows: readonly W[];
  private readonly trigger: Trigger<IN, W>;
  private readonly timers: InternalTimerService<K, W>;
  private readonly states: NamespacedStateStore<K, W | undefined>;

  constructor(
    trigger: Trigger<IN, W>,
    timers: InternalTimerService<K, W>,
    places: WindowPlaces<K, W>,
  ) {
    this.metricGroup = places.metricGroup;
    this.operatorName = places.operatorName;
    this.mergedWindows = [];
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

  /** @param mergedWindows - those that are the window that was set, from now on */
  onMerge(mergedWindows: readonly W[]): void {
    this.mergedWindows = mergedWindows;
    refuseAsync(this.trigger.onMerge?.(this.window, this), this.operatorName, 'onMerge');
  }

  clear(): void {
    refuseAsync(this.trigger.clear(this.window, this), this.operatorName, 'clear of the trigger');
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

  mergePartitionedState(descriptor: StateDescriptor): void {
    if (descriptor.kind === 'value' || descriptor.kind === 'map') {
      throw new ConfigError(
        'UNSUPPORTED',
        `a trigger asked to merge its ${descriptor.kind} state '${descriptor.name}', which cannot be merged; use list, reducing or aggregating state`,
      );
    }
    const state = this.states.getPartitionedState<State>(descriptor);
    (state as State & InternalKvState<K, W> & InternalMergingState<W>).mergeNamespaces(
      this.window,
      this.mergedWindows,
    );
  }
}

export class WindowFunctionContext<K, W extends Window> implements ProcessWindowContext<W> {
  window!: W;
  private readonly timers: InternalTimerService<K, W>;
  private readonly sideOutput: SideOutput;
  private readonly perWindow: NamespacedStateStore<K, W | undefined> | undefined;
  private readonly perKey: KeyedStateStore;

  constructor(
    timers: InternalTimerService<K, W>,
    sideOutput: SideOutput,
    places: WindowPlaces<K, W>,
  ) {
    this.timers = timers;
    this.sideOutput = sideOutput;
    this.perWindow = places.hasWindowState
      ? new NamespacedStateStore<K, W | undefined>(
          places.backend,
          places.windowType as TypeInformation<W | undefined>,
          undefined,
        )
      : undefined;
    this.perKey = new NamespacedStateStore(places.backend, Types.VOID_NAMESPACE, VOID_NAMESPACE);
  }

  currentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  currentWatermark(): number {
    return this.timers.currentWatermark;
  }

  /** @throws ConfigError `UNSUPPORTED` with windows that merge */
  windowState(): KeyedStateStore {
    if (this.perWindow === undefined) {
      throw new ConfigError(
        'UNSUPPORTED',
        'windows that merge have no state of their own, as their bounds change; use globalState()',
      );
    }
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
