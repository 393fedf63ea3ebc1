/**
 * Windows that become one as records come, such as sessions.
 *
 * Invariants:
 * - The contents of a window in flight are kept under its state window; trigger state and timers
 *   under the window itself.
 * - Merging never makes a window that is late already; an assigner that does fails the task.
 * - A timer of a window that was merged into another does nothing.
 *
 * Flink: WindowOperator with a MergingWindowAssigner.
 */
// Hot path.

import {
  ConfigError,
  canMerge,
  describeTrigger,
  isMergingWindowAssigner,
  type ListState,
  type MergingWindowAssigner,
  PerSubtask,
  TaskError,
  Types,
  VOID_NAMESPACE,
  type Window,
} from '@millrace/core';
import type { InternalKvState } from '@millrace/state';
import {
  type MergeListener,
  MergingWindowSet,
  mergingWindowSetDescriptor,
  type WindowMerge,
} from './merging-window-set.ts';
import type { WindowPlaces } from './window-contexts.ts';
import { WindowOperator, type WindowOperatorOptions } from './window-operator.ts';

export class MergingWindowOperator<IN, OUT, K, W extends Window>
  extends WindowOperator<IN, OUT, K, W>
  implements MergeListener<W>
{
  private inFlight!: MergingWindowSet<IN, W>;

  /** @throws ConfigError `UNSUPPORTED`, `CONFIG_VALUE_INVALID`, `INVALID_GRAPH` */
  constructor(options: WindowOperatorOptions<IN, OUT, K, W>) {
    checkWindowsCanMerge(options);
    super(options);
    if (!canMerge(this.trigger)) {
      throw triggerCannotMerge(this.trigger);
    }
  }

  protected override get hasWindowState(): boolean {
    return false;
  }

  protected override bindContents(places: WindowPlaces<K, W>): void {
    super.bindContents(places);
    const state = places.backend.getOrCreateKeyedState<
      typeof VOID_NAMESPACE,
      ListState<[W, W]> & InternalKvState<K, typeof VOID_NAMESPACE>
    >(Types.VOID_NAMESPACE, mergingWindowSetDescriptor(places.windowType));
    state.setCurrentNamespace(VOID_NAMESPACE);
    this.inFlight = new MergingWindowSet(this.assigner as MergingWindowAssigner<IN, W>, state);
  }

  protected override addToWindows(value: IN, timestamp: number, windows: readonly W[]): boolean {
    this.inFlight.load();
    let isTaken = false;
    for (let i = 0; i < windows.length; i++) {
      const window = this.inFlight.addWindow(windows[i] as W, this);
      if (this.isWindowLate(window)) {
        this.inFlight.retireWindow(window);
        continue;
      }
      isTaken = true;
      this.focus(window);
      this.contents.add(value, timestamp);
      this.apply(this.triggerContext.onElement(value, timestamp));
      this.registerCleanupTimer(window);
    }
    this.inFlight.persist();
    return isTaken;
  }

  onMerge(merge: WindowMerge<W>): void {
    const { mergeResult, mergedWindows } = merge;
    this.checkNotOver(mergeResult);
    this.triggerContext.window = mergeResult;
    this.triggerContext.onMerge(mergedWindows);
    for (let i = 0; i < mergedWindows.length; i++) {
      const merged = mergedWindows[i] as W;
      this.triggerContext.window = merged;
      this.triggerContext.clear();
      this.deleteCleanupTimer(merged);
    }
    this.contents.merge(merge.stateWindowResult, merge.mergedStateWindows);
  }

  /** A timer of a window that is no longer in flight does nothing. */
  protected override enter(window: W): boolean {
    this.inFlight.load();
    return this.focus(window);
  }

  protected override clearAllState(window: W): void {
    super.clearAllState(window);
    this.inFlight.retireWindow(window);
    this.inFlight.persist();
  }

  private focus(window: W): boolean {
    const stateWindow = this.inFlight.stateWindowOf(window);
    if (stateWindow === undefined) {
      return false;
    }
    this.triggerContext.window = window;
    this.contents.setWindow(stateWindow);
    return true;
  }

  /** @throws TaskError `UNSUPPORTED` */
  private checkNotOver(window: W): void {
    const { isEventTime } = this.assigner;
    const now = isEventTime ? this.timers.currentWatermark : this.timers.currentProcessingTime();
    if (this.cleanupTime(window) <= now) {
      const time = isEventTime ? 'watermark' : 'processing time';
      throw new TaskError(
        'UNSUPPORTED',
        `${this.assigner} merged windows into ${window}, whose end the ${time} ${now} has passed already; an assigner may not give merged windows an earlier end than they had`,
      );
    }
  }
}

/**
 * For programs, when they are built: what factories make is checked later.
 *
 * @throws ConfigError `UNSUPPORTED` for a trigger or aggregate function that cannot merge
 */
export function checkWindowsCanMerge<IN, OUT, K, W extends Window>(
  options: Pick<
    WindowOperatorOptions<IN, OUT, K, W>,
    'assigner' | 'trigger' | 'evictor' | 'windowFunction'
  >,
): void {
  const { assigner, windowFunction } = options;
  if (!isMergingWindowAssigner(assigner)) {
    return;
  }
  const trigger = options.trigger ?? assigner.defaultTrigger;
  if (!(trigger instanceof PerSubtask) && !canMerge(trigger)) {
    throw triggerCannotMerge(trigger);
  }
  if (windowFunction.kind === 'aggregate' && options.evictor === undefined) {
    const fn = windowFunction.aggregateFunction;
    if (!(fn instanceof PerSubtask) && fn.merge === undefined) {
      throw new ConfigError(
        'UNSUPPORTED',
        `${assigner} merges windows, and so their accumulators, but the aggregate function has no merge; write one`,
      );
    }
  }
}

function triggerCannotMerge(trigger: unknown): ConfigError {
  return new ConfigError(
    'UNSUPPORTED',
    `windows that merge cannot have the trigger ${describeTrigger(trigger)}, which cannot be merged; use another, or give it canMerge and onMerge`,
  );
}
