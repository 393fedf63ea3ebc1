/**
 * Keeps the records of each key and window until the window's trigger fires.
 *
 * Order of work for a record and each of its windows: late check, add to the contents, ask the
 * trigger, fire if the contents are not empty, purge, register the cleanup timer.
 *
 * Invariants:
 * - A result carries the window's `maxTimestamp` as timestamp.
 * - A record is late when all its windows are, and its own time plus the allowed lateness has
 *   passed; it goes to the late side output, or is counted in `numLateRecordsDropped`.
 * - A window's contents, trigger state and per-window state are gone after its cleanup timer; when
 *   that falls together with firing, the trigger comes first.
 * - A window with contents has a cleanup timer (unless it lasts for ever).
 *
 * `createWindowOperator` picks this one or a subclass: windows that merge, or sliding ones in slices.
 *
 * Flink: WindowOperator, EvictingWindowOperator.
 */
// Hot path.

import {
  ConfigError,
  type Counter,
  type Duration,
  describeTrigger,
  durationMs,
  EventTimeTrigger,
  type Evictor,
  MAX_TIMESTAMP,
  type OutputTag,
  type PerSubtask,
  type Trigger,
  type TriggerResult,
  type Window,
  type WindowAssigner,
  type WindowAssignerContext,
} from '@millrace/core';
import type { HeapTimer, KeyedStateBackend } from '@millrace/state';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { cloneFunction } from './clone-function.ts';
import { EvictingWindowFunction } from './evicting-window-function.ts';
import { functionIsAsync, isThenable, refuseAsync } from './function-is-async.ts';
import type { InternalTimerService, Triggerable } from './internal-timer-service.ts';
import { describeRecord, type KeyedInputOptions } from './key-context.ts';
import type { Output } from './output.ts';
import { SLICE_PROGRESS, slicesDoNotFit } from './slice-progress.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';
import type { WindowContents } from './window-contents.ts';
import {
  WindowFunctionContext,
  type WindowPlaces,
  WindowTriggerContext,
} from './window-contexts.ts';
import {
  createEvictingWindowContents,
  createInternalWindowFunction,
  createWindowContents,
  type InternalWindowFunction,
  type WindowFunctionOptions,
} from './window-function.ts';

export interface WindowOperatorOptions<IN, OUT, K, W extends Window>
  extends KeyedInputOptions<IN, K> {
  readonly name: string;
  readonly assigner: WindowAssigner<IN, W>;
  /** The assigner's default when it is left out. */
  readonly trigger?: Trigger<IN, W> | PerSubtask<Trigger<IN, W>> | undefined;
  readonly windowFunction: WindowFunctionOptions<IN, OUT, K, W>;
  /** With one, all records of a window are kept. */
  readonly evictor?: Evictor<IN, W> | PerSubtask<Evictor<IN, W>> | undefined;
  /** How long after its end a window still takes records. 0 when it is left out. */
  readonly allowedLateness?: Duration | undefined;
  readonly lateDataOutputTag?: OutputTag<IN> | undefined;
  /** In `[0, 1)`, for `random` window stagger. */
  readonly random?: (() => number) | undefined;
  /** `pipeline.sliding-window-slices`; true when it is left out. */
  readonly slidingWindowSlices?: boolean | undefined;
}

export class WindowOperator<IN, OUT, K, W extends Window>
  extends AbstractUdfStreamOperator<unknown, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>, Triggerable<K, W>
{
  protected readonly assigner: WindowAssigner<IN, W>;
  protected readonly trigger: Trigger<IN, W>;
  protected readonly allowedLatenessMs: number;
  protected contents: WindowContents<IN, unknown, W>;
  /** What the clock said when windows were last assigned by it. */
  protected assignedAt: number;
  protected readonly windowFunction: InternalWindowFunction<OUT, K, W>;
  protected timers!: InternalTimerService<K, W>;
  protected triggerContext!: WindowTriggerContext<IN, K, W>;
  protected functionContext!: WindowFunctionContext<K, W>;
  private readonly lateDataOutputTag: OutputTag<IN> | undefined;
  private readonly random: () => number;
  /** See `addToWindow`. */
  private readonly oneTimerPerWindow: boolean;
  private numLateRecordsDropped!: Counter;
  private assignerContext!: WindowAssignerContext;

  /** @throws ConfigError `CONFIG_VALUE_INVALID`, `INVALID_GRAPH` */
  constructor(options: WindowOperatorOptions<IN, OUT, K, W>) {
    super(udfOptions(options));
    this.assigner = cloneFunction(options.assigner);
    this.trigger = cloneFunction<Trigger<IN, W>>(options.trigger ?? this.assigner.defaultTrigger);
    this.allowedLatenessMs = durationMs(options.allowedLateness ?? 0, 'the allowed lateness');
    this.lateDataOutputTag = options.lateDataOutputTag;
    const windowFunction = createInternalWindowFunction(options.windowFunction, this.fn);
    if (options.evictor === undefined) {
      this.contents = createWindowContents(options.windowFunction, this.name);
      this.windowFunction = windowFunction;
    } else {
      const contents = createEvictingWindowContents(options.windowFunction);
      const evictor = cloneFunction<Evictor<IN, W>>(options.evictor);
      const functions = {
        options: options.windowFunction,
        windowFunction,
        operatorName: this.name,
      };
      this.contents = contents;
      this.windowFunction = new EvictingWindowFunction(evictor, contents, functions);
    }
    this.assignedAt = Number.NaN;
    this.random = options.random ?? Math.random;
    this.oneTimerPerWindow =
      this.assigner.isEventTime &&
      Object.getPrototypeOf(this.trigger) === EventTimeTrigger.prototype &&
      this.allowedLatenessMs === 0;
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.numLateRecordsDropped = context.metricGroup.counter('numLateRecordsDropped');
    this.assignerContext = {
      currentProcessingTime: () => {
        this.assignedAt = context.processingTimeService.currentProcessingTime();
        return this.assignedAt;
      },
      random: this.random,
    };
  }

  override async open(): Promise<void> {
    await super.open();
    this.refuseSlices();
    const { windowType } = this.assigner;
    const places: WindowPlaces<K, W> = {
      backend: this.keyedStateBackend as KeyedStateBackend<K>,
      windowType,
      metricGroup: this.context.metricGroup,
      hasWindowState: this.hasWindowState,
      operatorName: this.name,
    };
    this.timers = this.createTimerService('window-timers', windowType, this);
    this.triggerContext = new WindowTriggerContext(this.trigger, this.timers, places);
    this.functionContext = new WindowFunctionContext(this.timers, this, places);
    if (this.windowFunction instanceof EvictingWindowFunction) {
      this.windowFunction.evictorContext = this.triggerContext;
    }
    this.bindContents(places);
    if (this.context.restored?.state.hasKeyedState === true) {
      // Else declared at the first record: a state of the trigger that does not fit is told now.
      for (const descriptor of this.trigger.stateDescriptors ?? []) {
        places.backend.getOrCreateKeyedState(windowType, descriptor);
      }
    }
    this.timers.start();
  }

  protected get hasWindowState(): boolean {
    return true;
  }

  protected bindContents({ backend, windowType }: WindowPlaces<K, W>): void {
    this.contents.bind(backend, windowType);
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    try {
      this.setKeyContextElement(value);
      const windows = this.assigner.assignWindows(value, timestamp, this.assignerContext);
      if (!this.addToWindows(value, timestamp, windows) && this.isElementLate(timestamp)) {
        this.dropLate(value, timestamp);
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }

  onEventTime(timer: HeapTimer<K, W>): void {
    try {
      const window = timer.namespace;
      if (this.enter(window)) {
        this.apply(this.triggerContext.onEventTime(timer.timestamp));
        if (this.assigner.isEventTime && timer.timestamp === this.cleanupTime(window)) {
          this.clearAllState(window);
        }
      }
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }

  onProcessingTime(timer: HeapTimer<K, W>): void {
    try {
      const window = timer.namespace;
      if (this.enter(window)) {
        this.apply(this.triggerContext.onProcessingTime(timer.timestamp));
        if (!this.assigner.isEventTime && timer.timestamp === this.cleanupTime(window)) {
          this.clearAllState(window);
        }
      }
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }

  /** True when some window took the record. */
  protected addToWindows(value: IN, timestamp: number, windows: readonly W[]): boolean {
    let isTaken = false;
    for (let i = 0; i < windows.length; i++) {
      const window = windows[i] as W;
      if (!this.isWindowLate(window)) {
        isTaken = true;
        this.addToWindow(value, timestamp, window);
      }
    }
    return isTaken;
  }

  /**
   * With an EventTimeTrigger and no allowed lateness a window that is not late has not fired, and
   * trigger and cleanup share one timer that exists as long as the contents do. So the trigger need
   * not be asked, and only the first record of a key and window registers that timer.
   */
  private addToWindow(value: IN, timestamp: number, window: W): void {
    this.enter(window);
    this.contents.add(value, timestamp);
    if (this.oneTimerPerWindow) {
      const { addedFirst } = this.contents;
      if (addedFirst === true) {
        this.timers.registerAbsentEventTimeTimer(window, window.maxTimestamp());
      } else if (addedFirst === 'unknown') {
        this.timers.registerEventTimeTimer(window, window.maxTimestamp());
      }
      return;
    }
    this.apply(this.triggerContext.onElement(value, timestamp));
    this.registerCleanupTimer(window);
  }

  /** All that follows is about this window of the current key; false when it is gone already. */
  protected enter(window: W): boolean {
    if (this.triggerContext.window !== window) {
      this.triggerContext.window = window;
    }
    this.contents.setWindow(window);
    return true;
  }

  protected apply(result: TriggerResult): void {
    if (result === 'continue') {
      return;
    }
    if (result !== 'fire' && result !== 'purge' && result !== 'fire-and-purge') {
      throw this.triggerResultInvalid(result);
    }
    if (result !== 'purge') {
      this.fire(this.contents.get());
    }
    if (result !== 'fire') {
      this.contents.clear();
    }
  }

  private triggerResultInvalid(result: unknown): ConfigError {
    if (isThenable(result)) {
      return functionIsAsync(result, { operatorName: this.name, call: 'the trigger' });
    }
    return new ConfigError(
      'TRIGGER_RESULT_INVALID',
      `${describeTrigger(this.trigger)} of operator '${this.name}' gave ${describeRecord(result)}; give 'continue', 'fire', 'purge' or 'fire-and-purge'`,
    );
  }

  protected fire(contents: unknown): void {
    if (contents === undefined || contents === null) {
      return;
    }
    const window = this.triggerContext.window;
    this.functionContext.window = window;
    this.collector.timestamp = window.maxTimestamp();
    const key = (this.keyedStateBackend as KeyedStateBackend<K>).currentKey;
    const call = { key, contents, out: this.collector };
    const result = this.windowFunction.process(call, this.functionContext);
    if (result !== undefined) {
      refuseAsync(result, this.name, 'the window function');
    }
  }

  protected clearAllState(window: W): void {
    this.contents.clear();
    if (!this.oneTimerPerWindow) {
      this.triggerContext.clear(); // Else the trigger's only timer is the one that fires now.
    }
    this.clearWindowFunction(window);
  }

  protected clearWindowFunction(window: W): void {
    this.functionContext.window = window;
    refuseAsync(this.windowFunction.clear(this.functionContext), this.name, 'clear');
  }

  protected registerCleanupTimer(window: W): void {
    const time = this.cleanupTime(window);
    if (time === MAX_TIMESTAMP) {
      return; // A window that lasts for ever is never cleaned up.
    }
    if (this.assigner.isEventTime) {
      this.timers.registerEventTimeTimer(window, time);
    } else {
      this.timers.registerProcessingTimeTimer(window, time);
    }
  }

  protected deleteCleanupTimer(window: W): void {
    const time = this.cleanupTime(window);
    if (time === MAX_TIMESTAMP) {
      return;
    }
    if (this.assigner.isEventTime) {
      this.timers.deleteEventTimeTimer(window, time);
    } else {
      this.timers.deleteProcessingTimeTimer(window, time);
    }
  }

  /** Beyond the largest whole number is the end of time; in Flink, beyond the largest long. */
  protected cleanupTime(window: W): number {
    if (!this.assigner.isEventTime) {
      return window.maxTimestamp();
    }
    const time = window.maxTimestamp() + this.allowedLatenessMs;
    return time <= Number.MAX_SAFE_INTEGER ? time : MAX_TIMESTAMP;
  }

  protected isWindowLate(window: W): boolean {
    return this.assigner.isEventTime && this.cleanupTime(window) <= this.timers.currentWatermark;
  }

  private isElementLate(timestamp: number): boolean {
    return (
      this.assigner.isEventTime &&
      timestamp + this.allowedLatenessMs <= this.timers.currentWatermark
    );
  }

  /** Slices that this operator would not read are not lost in silence. */
  protected refuseSlices(): void {
    const backend = this.operatorStateBackend;
    if (backend?.registeredStateNames.has(SLICE_PROGRESS.name) !== true) {
      return;
    }
    for (const _left of backend.getUnionListState(SLICE_PROGRESS).get()) {
      throw slicesDoNotFit(this.name, 'of sliding windows');
    }
  }

  private dropLate(value: IN, timestamp: number): void {
    if (this.lateDataOutputTag === undefined) {
      this.numLateRecordsDropped.inc();
    } else {
      this.emitSideOutput(this.lateDataOutputTag, value, timestamp);
    }
  }
}

function udfOptions<IN, OUT, K, W extends Window>(
  options: WindowOperatorOptions<IN, OUT, K, W>,
): UdfStreamOperatorOptions<unknown, IN, K> {
  const { name, keySelector, keyType, keyedAt } = options;
  return { name, keySelector, keyType, keyedAt, fn: options.windowFunction.processFunction };
}
