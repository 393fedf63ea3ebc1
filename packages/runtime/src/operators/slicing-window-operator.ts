/**
 * Sliding windows that share their records in slices, where one accumulator for each window would
 * take each record as often as windows overlap.
 *
 * Invariants:
 * - What it gives is what `WindowOperator` gives, in the same order, for functions whose result does
 *   not hang on the order of the records.
 * - From each slice with a record a timer leads to the earliest window that holds it and has still to
 *   fire: that of this window, or of one before it which holds an earlier slice of the key. When a
 *   window fires and later slices have records, the next window that holds one gets its timer. With an
 *   allowed lateness the same leads to the earliest window that has still to be cleaned up.
 * - A slice is dropped with the last window that holds it.
 * - `window-contents` keeps what slices cannot: windows of a snapshot of Flink, windows that were
 *   cleaned up before a restore (see `SliceProgress`), and all when slices are switched off.
 *
 * Design: docs/decisions/0005-sliding-windows-by-slices.md, docs/decisions/0019-slices-in-one-pass.md
 */
// Hot path.

import {
  type SlidingEventTimeWindows,
  type SlidingProcessingTimeWindows,
  TimeWindow,
  windowStartWithOffset,
} from '@millrace/core';
import type { CheckpointStreamFactory, HeapTimer, OperatorStateBackend } from '@millrace/state';
import type { Output } from './output.ts';
import { SLICE_PROGRESS, SliceProgress, slicesDoNotFit } from './slice-progress.ts';
import {
  type SliceableAggregate,
  type SliceableOptions,
  type SlicedWindowFunction,
  slicedWindowFunction,
} from './sliceable-aggregate.ts';
import type { OperatorSnapshotFutures, StreamOperatorContext } from './stream-operator.ts';
import type { WindowPlaces } from './window-contexts.ts';
import { createWindowContents } from './window-function.ts';
import { WindowOperator, type WindowOperatorOptions } from './window-operator.ts';
import { WindowSlices } from './window-slices.ts';

export interface SlicingWindowOperatorOptions<IN, OUT, K>
  extends WindowOperatorOptions<IN, OUT, K, TimeWindow> {
  readonly assigner: SlidingEventTimeWindows | SlidingProcessingTimeWindows;
  readonly windowFunction: SliceableOptions<IN, OUT, K, TimeWindow>;
}

export class SlicingWindowOperator<IN, OUT, K> extends WindowOperator<IN, OUT, K, TimeWindow> {
  private readonly size: number;
  private readonly slide: number;
  private readonly offset: number;
  private readonly sliceLength: number;
  private readonly isEventTime: boolean;
  private readonly function: SlicedWindowFunction<IN, OUT, K, TimeWindow>;
  private readonly sliceable: SliceableAggregate<IN, unknown>;
  private readonly slices: WindowSlices<IN, unknown>;
  private readonly progress: SliceProgress<K>;
  /** False when they are switched off: then those of a snapshot run out. */
  private addsToSlices: boolean;
  private usesSlices: boolean;
  private mayHaveContents: boolean;
  /** Of the last processing-time timer. */
  private firedUpTo: number;
  private following: TimeWindow;
  /** Of the last record: most records fall into the same slice. */
  private sliceStart: number;
  /** Where the latest slice begins that a record was added to. */
  private newestSlice: number;
  /** Of all windows that got one. */
  private latestTimer: number;
  /** Up to this time the next window of a key may have its timer already. */
  private timersUpTo: number;

  constructor(options: SlicingWindowOperatorOptions<IN, OUT, K>) {
    const sliced = slicedWindowFunction(options.windowFunction, options.name);
    super({ ...options, windowFunction: sliced.options });
    const { size, slide, offset, isEventTime } = options.assigner;
    this.size = size;
    this.slide = slide;
    this.offset = offset;
    this.sliceLength = greatestCommonDivisor(size, slide);
    this.isEventTime = isEventTime;
    this.function = sliced;
    this.sliceable = sliced.sliceable;
    this.slices = new WindowSlices(this.sliceable, this.sliceLength);
    this.progress = new SliceProgress({ size, slide, offset });
    this.addsToSlices = options.slidingWindowSlices !== false && this.sliceable.canMerge;
    this.usesSlices = this.addsToSlices;
    this.mayHaveContents = true;
    this.firedUpTo = Number.NEGATIVE_INFINITY;
    this.following = new TimeWindow(Number.NaN, Number.NaN);
    this.sliceStart = Number.NaN;
    this.newestSlice = Number.NEGATIVE_INFINITY;
    this.latestTimer = Number.NEGATIVE_INFINITY;
    this.timersUpTo = Number.NEGATIVE_INFINITY;
  }

  /** All timers of a key fire at its end in a batch, where none can give the next window its timer. */
  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.addsToSlices &&= context.batchExecution?.oneKeyAtATime !== true;
  }

  protected override get usesOperatorState(): boolean {
    return this.addsToSlices || super.usesOperatorState;
  }

  protected override refuseSlices(): void {}

  protected override bindContents(places: WindowPlaces<K, TimeWindow>): void {
    const restored = [...(this.progressState()?.get() ?? [])];
    if (restored.length > 0 && !this.sliceable.canMerge) {
      throw slicesDoNotFit(this.name, 'that only an aggregate function with merge can read,');
    }
    this.usesSlices = this.addsToSlices || restored.length > 0;
    if (this.usesSlices) {
      this.progress.restore(places.backend, restored, this.name);
      this.slices.bind(places.backend);
      this.newestSlice = this.progress.lastCleanup;
      this.mayHaveContents = !this.addsToSlices || this.context.restored !== undefined;
      this.contents = createWindowContents(this.function.raw, this.name);
    }
    super.bindContents(places);
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    if (this.usesSlices) {
      const watermark = this.timers.currentWatermark;
      const entries = this.isEventTime
        ? this.progress.snapshot(watermark, watermark)
        : this.progress.snapshot(this.firedUpTo, Number.NEGATIVE_INFINITY);
      this.progressState()?.update(entries);
    }
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  override processWatermark(watermark: number): void {
    super.processWatermark(watermark);
    this.progress.onWatermark(watermark);
  }

  override onEventTime(timer: HeapTimer<K, TimeWindow>): void {
    if (!this.usesSlices) {
      super.onEventTime(timer);
    } else if (this.isEventTime) {
      this.onWindowTimer(timer);
    }
  }

  override onProcessingTime(timer: HeapTimer<K, TimeWindow>): void {
    if (!this.usesSlices) {
      super.onProcessingTime(timer);
    } else if (!this.isEventTime) {
      this.firedUpTo = timer.timestamp;
      this.onWindowTimer(timer);
    }
  }

  /** @param windows - newest first, so that the late ones come last */
  protected override addToWindows(
    value: IN,
    timestamp: number,
    windows: readonly TimeWindow[],
  ): boolean {
    if (!this.usesSlices) {
      return super.addToWindows(value, timestamp, windows);
    }
    let open = windows.length;
    while (open > 0 && this.isWindowLate(windows[open - 1] as TimeWindow)) {
      open--;
    }
    const inSlice = this.numberInSlices(windows, open);
    if (inSlice > 0) {
      const time = this.isEventTime ? timestamp : this.assignedAt;
      this.addToSlice(value, time, { windows, open: inSlice });
    }
    for (let i = inSlice; i < open; i++) {
      this.addToContents(value, timestamp, windows[i] as TimeWindow);
    }
    return open > 0;
  }

  /** How many of the open windows, from the newest on, find the record in its slice. */
  private numberInSlices(windows: readonly TimeWindow[], open: number): number {
    if (!this.addsToSlices) {
      return 0;
    }
    let inSlice = open;
    while (inSlice > 0 && this.isApart(windows[inSlice - 1] as TimeWindow)) {
      inSlice--;
    }
    return inSlice;
  }

  private addToSlice(
    value: IN,
    time: number,
    { windows, open }: { readonly windows: readonly TimeWindow[]; readonly open: number },
  ): void {
    if (!(time >= this.sliceStart && time < this.sliceStart + this.sliceLength)) {
      this.sliceStart = windowStartWithOffset(time, this.offset, this.sliceLength);
    }
    if (this.slices.add(this.sliceStart, value)) {
      this.registerTimers(windows, open);
    }
    if (this.allowedLatenessMs > 0 && this.isEventTime) {
      this.fireLate(windows, open);
    }
  }

  /** The windows of a record within the allowed lateness. */
  private fireLate(windows: readonly TimeWindow[], open: number): void {
    for (let i = 0; i < open; i++) {
      const window = windows[i] as TimeWindow;
      if (window.maxTimestamp() <= this.timers.currentWatermark) {
        this.slices.read(window);
        this.fireWindow(window);
      } else if (this.progress.isReplaying) {
        // It may have fired before the snapshot; the record fires it again.
        this.timers.registerEventTimeTimer(window, window.maxTimestamp());
      }
    }
  }

  /** The slice of `sliceStart` is a new one of the key. */
  private registerTimers(windows: readonly TimeWindow[], open: number): void {
    this.progress.keepUntil(this.cleanupTime(windows[0] as TimeWindow));
    if (this.allowedLatenessMs > 0 && this.isEventTime) {
      this.registerCleanupTimer(windows[open - 1] as TimeWindow);
      for (let i = open - 1; i >= 0; i--) {
        const window = windows[i] as TimeWindow;
        if (window.maxTimestamp() > this.timers.currentWatermark) {
          this.timers.registerEventTimeTimer(window, window.maxTimestamp());
          return;
        }
      }
      return;
    }
    if (this.sliceStart >= this.newestSlice) {
      this.newestSlice = this.sliceStart;
    } else {
      this.timersUpTo = this.latestTimer; // Later slices of the key may have made theirs.
    }
    const oldest = windows[windows.length - 1] as TimeWindow;
    if (!this.slices.hasBefore(this.sliceStart, oldest.start)) {
      const window = windows[open - 1] as TimeWindow;
      this.registerCleanupTimer(window);
      this.latestTimer = Math.max(this.latestTimer, window.maxTimestamp());
    }
  }

  /** A window that has its records alone, as all have without slices. */
  private addToContents(value: IN, timestamp: number, window: TimeWindow): void {
    this.contents.setWindow(window);
    this.contents.add(value, timestamp);
    this.registerCleanupTimer(window);
    if (!this.isEventTime) {
      return;
    }
    if (window.maxTimestamp() <= this.timers.currentWatermark) {
      this.slices.read(window);
      this.fireWindow(window);
    } else {
      this.timers.registerEventTimeTimer(window, window.maxTimestamp());
      this.timersUpTo = Math.max(this.timersUpTo, window.maxTimestamp());
    }
  }

  private onWindowTimer(timer: HeapTimer<K, TimeWindow>): void {
    const window = timer.namespace;
    try {
      this.slices.read(window);
      if (timer.timestamp === window.maxTimestamp()) {
        this.fireWindow(window);
        this.registerNext(window);
      }
      if (timer.timestamp === this.cleanupTime(window)) {
        this.cleanUp(window);
      }
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }

  /** @param window - whose slices were read */
  private fireWindow(window: TimeWindow): void {
    this.triggerContext.window = window;
    const combined = this.combine(window);
    if (combined !== undefined) {
      this.fire(this.sliceable.result(combined));
    }
  }

  private combine(window: TimeWindow): unknown {
    const { slices } = this;
    let own: unknown;
    if (this.mayHaveContents) {
      this.contents.setWindow(window);
      own = this.contents.get();
      if (this.isApart(window)) {
        return own;
      }
      own = own === undefined ? undefined : slices.copy(own);
    }
    return slices.combine(own);
  }

  private cleanUp(window: TimeWindow): void {
    const { slices } = this;
    if (this.mayHaveContents) {
      this.contents.setWindow(window);
      this.contents.clear();
    }
    const from = window.start + this.slide;
    slices.drop(from);
    const hasOwnTimer = this.cleanupTime(window) > window.maxTimestamp();
    if (hasOwnTimer && !this.isApart(window) && slices.firstFrom(from) < window.end) {
      this.registerCleanupTimer(this.next(from));
    }
    this.clearWindowFunction(window);
  }

  /** Cleaned up before the snapshot, so that it has no part in the slices that are left. */
  private isApart(window: TimeWindow): boolean {
    return this.progress.isReplaying && this.progress.hadPassed(this.cleanupTime(window));
  }

  /** The window that slices go on to, unless it fired for them before the snapshot. */
  private registerNext(fired: TimeWindow): void {
    const first = this.slices.firstFrom(fired.start + this.slide);
    if (first === Number.POSITIVE_INFINITY || this.isApart(fired)) {
      return;
    }
    const isSharing = first < fired.end;
    const window = this.next(
      isSharing
        ? fired.start + this.slide
        : windowStartWithOffset(first - this.size, this.offset, this.slide) + this.slide,
    );
    const time = window.maxTimestamp();
    if (!this.isEventTime) {
      this.timers.registerProcessingTimeTimer(window, time);
    } else if (isSharing && time > this.timersUpTo && this.allowedLatenessMs === 0) {
      this.timers.registerAbsentEventTimeTimer(window, time);
    } else if (!(this.progress.isReplaying && this.progress.hadPassed(time))) {
      this.timers.registerEventTimeTimer(window, time);
    }
    this.latestTimer = Math.max(this.latestTimer, time);
  }

  /** One object for all keys, one after another: they fire the same window. */
  private next(start: number): TimeWindow {
    if (this.following.start !== start) {
      this.following = new TimeWindow(start, start + this.size);
    }
    return this.following;
  }

  private progressState() {
    const backend: OperatorStateBackend | undefined = this.operatorStateBackend;
    return backend?.getUnionListState(SLICE_PROGRESS);
  }
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
