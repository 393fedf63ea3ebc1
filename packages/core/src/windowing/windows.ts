/**
 * Windows as values. Flink: TimeWindow, GlobalWindow.
 */
import { MAX_TIMESTAMP } from '../time/timestamps.ts';

export interface Window {
  /** The largest timestamp that belongs to the window. */
  maxTimestamp(): number;
}

/**
 * Says that these windows become one.
 *
 * Flink: MergingWindowAssigner.MergeCallback.
 */
export type MergeCallback<W> = (toBeMerged: readonly W[], mergeResult: W) => void;

/** `[start, end)` in milliseconds. */
export class TimeWindow implements Window {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  maxTimestamp(): number {
    return this.end - 1;
  }

  /** True also for windows that only touch. */
  intersects(other: TimeWindow): boolean {
    return this.start <= other.end && this.end >= other.start;
  }

  /** The smallest window that holds both. */
  cover(other: TimeWindow): TimeWindow {
    return new TimeWindow(Math.min(this.start, other.start), Math.max(this.end, other.end));
  }

  /** Calls back for each group of two or more windows that overlap or touch. */
  static mergeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
    if (windows.length <= 2) {
      mergePair(windows, merge); // Most keys have one session at a time, and a record comes to it.
      return;
    }
    const sorted = [...windows].sort((a, b) => a.start - b.start);
    let group: TimeWindow[] = [];
    let covered: TimeWindow | undefined;
    for (const window of sorted) {
      if (covered?.intersects(window)) {
        covered = covered.cover(window);
        group.push(window);
        continue;
      }
      if (covered !== undefined && group.length > 1) {
        merge(group, covered);
      }
      covered = window;
      group = [window];
    }
    if (covered !== undefined && group.length > 1) {
      merge(group, covered);
    }
  }

  toString(): string {
    return `TimeWindow{start=${this.start}, end=${this.end}}`;
  }
}

function mergePair(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
  const [first, second] = windows;
  if (first !== undefined && second?.intersects(first)) {
    merge(first.start <= second.start ? windows : [second, first], first.cover(second));
  }
}

export class GlobalWindow implements Window {
  static readonly INSTANCE: GlobalWindow = new GlobalWindow();

  maxTimestamp(): number {
    return MAX_TIMESTAMP;
  }

  toString(): string {
    return 'GlobalWindow';
  }
}
