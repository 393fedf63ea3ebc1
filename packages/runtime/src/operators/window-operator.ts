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
 * Flink: WindowOperator.
 */
// Hot path.

import {
  type Counter,
  type Duration,
  durationMs,
  EventTimeTrigger,
  MAX_TIMESTAMP,
  type OutputTag,
  type PerSubtask,
  type ProcessWindowFunction,
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
import type { InternalTimerService, Triggerable } from './internal-timer-service.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { Output } from './output.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';
import { TimestampedCollector } from './timestamped-collector.ts';
import type { ContentsState, WindowContents } from './window-contents.ts';
import { WindowFunctionContext, WindowTriggerContext } from './window-contexts.ts';
import {
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
  /** How long after its end a window still takes records. 0 when it is left out. */
  readonly allowedLateness?: Duration | undefined;
  readonly lateDataOutputTag?: OutputTag<IN> | undefined;
  /** In `[0, 1)`, for `random` window stagger. */
  readonly random?: (() => number) | undefined;
}

export class WindowOperator<IN, OUT, K, W extends Window>
  extends AbstractUdfStreamOperator<unknown, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>, Triggerable<K, W>
{
  private readonly assigner: WindowAssigner<IN, W>;
  private readonly trigger: Trigger<IN, W>;
  private readonly allowedLatenessMs: number;
  private readonly lateDataOutputTag: OutputTag<IN> | undefined;
  private readonly contents: WindowContents<IN, unknown, W>;
  private readonly windowFunction: InternalWindowFunction<OUT, K, W>;
  private readonly random: () => number;
  /** See `processInWindow`. */
  private readonly oneTimerPerWindow: boolean;
  private numLateRecordsDropped!: Counter;
  private collector!: TimestampedCollector<OUT>;
  private timers!: InternalTimerService<K, W>;
  private triggerContext!: WindowTriggerContext<IN, K, W>;
  private functionContext!: WindowFunctionContext<K, W>;
  private assignerContext!: WindowAssignerContext;

  /** @throws ConfigError `CONFIG_VALUE_INVALID`, `INVALID_GRAPH` */
  constructor(options: WindowOperatorOptions<IN, OUT, K, W>) {
    super(udfOptions(options));
    this.assigner = cloneFunction(options.assigner);
    this.trigger = cloneFunction<Trigger<IN, W>>(options.trigger ?? this.assigner.defaultTrigger);
    this.allowedLatenessMs = durationMs(options.allowedLateness ?? 0);
    this.lateDataOutputTag = options.lateDataOutputTag;
    this.contents = createWindowContents(options.windowFunction);
    this.windowFunction = createInternalWindowFunction(
      options.windowFunction,
      this.fn as ProcessWindowFunction<unknown, OUT, K, W> | undefined,
    );
    this.random = options.random ?? Math.random;
    this.oneTimerPerWindow =
      this.assigner.isEventTime &&
      Object.getPrototypeOf(this.trigger) === EventTimeTrigger.prototype &&
      this.allowedLatenessMs === 0;
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.collector = new TimestampedCollector(output, this.numRecordsOut);
    this.numLateRecordsDropped = context.metricGroup.counter('numLateRecordsDropped');
    this.assignerContext = {
      currentProcessingTime: () => context.processingTimeService.currentProcessingTime(),
      random: this.random,
    };
  }

  override async open(): Promise<void> {
    await super.open();
    const backend = this.keyedStateBackend as KeyedStateBackend<K>;
    const { windowType } = this.assigner;
    const places = { backend, windowType };
    this.timers = this.createTimerService('window-timers', windowType, this);
    this.triggerContext = new WindowTriggerContext(this.trigger, this.timers, places);
    this.functionContext = new WindowFunctionContext(this.timers, this, places);
    this.contents.bind(
      backend.getOrCreateKeyedState<W, ContentsState<IN, K, W>>(
        windowType,
        this.contents.descriptor,
      ),
    );
    this.timers.start();
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    try {
      this.setKeyContextElement(value);
      const windows = this.assigner.assignWindows(value, timestamp, this.assignerContext);
      let isSkipped = true;
      for (let i = 0; i < windows.length; i++) {
        const window = windows[i] as W;
        if (!this.isWindowLate(window)) {
          isSkipped = false;
          this.processInWindow(value, timestamp, window);
        }
      }
      if (isSkipped && this.isElementLate(timestamp)) {
        this.dropLate(value, timestamp);
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }

  onEventTime(timer: HeapTimer<K, W>): void {
    try {
      this.enter(timer.namespace);
      this.apply(this.triggerContext.onEventTime(timer.timestamp));
      if (this.assigner.isEventTime && timer.timestamp === this.cleanupTime(timer.namespace)) {
        this.clearAllState();
      }
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }

  onProcessingTime(timer: HeapTimer<K, W>): void {
    try {
      this.enter(timer.namespace);
      this.apply(this.triggerContext.onProcessingTime(timer.timestamp));
      if (!this.assigner.isEventTime && timer.timestamp === this.cleanupTime(timer.namespace)) {
        this.clearAllState();
      }
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }

  /**
   * With an EventTimeTrigger and no allowed lateness a window that is not late has not fired, and
   * trigger and cleanup share one timer that exists as long as the contents do. So the trigger need
   * not be asked, and only the first record of a key and window registers that timer.
   */
  private processInWindow(value: IN, timestamp: number, window: W): void {
    this.enter(window);
    this.contents.add(value);
    if (this.oneTimerPerWindow) {
      if (this.contents.addedFirst !== false) {
        this.timers.registerEventTimeTimer(window, window.maxTimestamp());
      }
      return;
    }
    this.apply(this.triggerContext.onElement(value, timestamp));
    this.registerCleanupTimer(window);
  }

  /** All that follows is about this window of the current key. */
  private enter(window: W): void {
    this.triggerContext.window = window;
    this.contents.setWindow(window);
  }

  private apply(result: TriggerResult): void {
    if (result === 'continue') {
      return;
    }
    if (result !== 'purge') {
      this.fire();
    }
    if (result !== 'fire') {
      this.contents.clear();
    }
  }

  private fire(): void {
    const contents = this.contents.get();
    if (contents === undefined || contents === null) {
      return;
    }
    const window = this.triggerContext.window;
    this.functionContext.window = window;
    this.collector.timestamp = window.maxTimestamp();
    const key = (this.keyedStateBackend as KeyedStateBackend<K>).currentKey;
    this.windowFunction.process({ key, contents, out: this.collector }, this.functionContext);
  }

  private clearAllState(): void {
    this.contents.clear();
    if (!this.oneTimerPerWindow) {
      this.triggerContext.clear(); // Else the trigger's only timer is the one that fires now.
    }
    this.functionContext.window = this.triggerContext.window;
    this.windowFunction.clear(this.functionContext);
  }

  private registerCleanupTimer(window: W): void {
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

  private cleanupTime(window: W): number {
    return this.assigner.isEventTime
      ? window.maxTimestamp() + this.allowedLatenessMs
      : window.maxTimestamp();
  }

  private isWindowLate(window: W): boolean {
    return this.assigner.isEventTime && this.cleanupTime(window) <= this.timers.currentWatermark;
  }

  private isElementLate(timestamp: number): boolean {
    return (
      this.assigner.isEventTime &&
      timestamp + this.allowedLatenessMs <= this.timers.currentWatermark
    );
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
  const { name, keySelector, keyType } = options;
  return { name, keySelector, keyType, fn: options.windowFunction.processFunction };
}
