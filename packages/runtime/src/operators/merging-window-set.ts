/**
 * The windows in flight of one key whose windows may merge, each with the window under which its
 * contents are kept: one of those that it was made of, so that growing moves nothing.
 *
 * Invariants:
 * - No two windows in flight have one state window.
 * - Between `load` and `persist` the set is that of the current key, and the state may be behind.
 *
 * Flink: MergingWindowSet. A window equal to one in flight joins it; in Flink it may lose that one's
 * contents.
 */
// Hot path.

import {
  ConfigError,
  invariant,
  keyIdentityOf,
  type ListState,
  ListStateDescriptor,
  type MergingWindowAssigner,
  TimeWindow,
  type TypeInformation,
  Types,
  type Window,
} from '@millrace/core';

/** Called when windows with contents become one. Flink: MergingWindowSet.MergeFunction. */
export interface MergeListener<W> {
  onMerge(merge: WindowMerge<W>): void;
}

export interface WindowMerge<W> {
  readonly mergeResult: W;
  /** Windows that were in flight until now. The result is not among them. */
  readonly mergedWindows: readonly W[];
  /** Keeps the contents of the result; not among the next. */
  readonly stateWindowResult: W;
  readonly mergedStateWindows: readonly W[];
}

interface MergeGroup<W> {
  readonly toBeMerged: readonly W[];
  readonly mergeResult: W;
}

export function mergingWindowSetDescriptor<W>(
  windowType: TypeInformation<W>,
): ListStateDescriptor<[W, W]> {
  return new ListStateDescriptor('merging-window-set', Types.TUPLE<[W, W]>(windowType, windowType));
}

export class MergingWindowSet<IN, W extends Window> {
  private readonly assigner: MergingWindowAssigner<IN, W>;
  private readonly state: ListState<[W, W]>;
  private readonly isSame: (a: W, b: W) => boolean;
  private readonly windows: W[];
  private readonly stateWindows: W[];
  private isChanged: boolean;
  private groups: MergeGroup<W>[];
  private readonly collectGroup: (toBeMerged: readonly W[], mergeResult: W) => void;

  constructor(assigner: MergingWindowAssigner<IN, W>, state: ListState<[W, W]>) {
    this.assigner = assigner;
    this.state = state;
    this.isSame = equality(assigner.windowType);
    this.windows = [];
    this.stateWindows = [];
    this.isChanged = false;
    this.groups = [];
    this.collectGroup = (toBeMerged, mergeResult) => {
      this.groups.push({ toBeMerged, mergeResult });
    };
  }

  /** Takes up the set of the current key. */
  load(): void {
    this.windows.length = 0;
    this.stateWindows.length = 0;
    this.isChanged = false;
    for (const [window, stateWindow] of this.state.get()) {
      this.windows.push(window);
      this.stateWindows.push(stateWindow);
    }
  }

  persist(): void {
    if (this.isChanged) {
      this.isChanged = false;
      this.state.update(this.windows.map((window, i) => [window, this.stateWindows[i] as W]));
    }
  }

  /** `undefined` for a window that is not in flight. */
  stateWindowOf(window: W): W | undefined {
    const at = this.indexOf(window);
    return at < 0 ? undefined : this.stateWindows[at];
  }

  retireWindow(window: W): void {
    const at = this.indexOf(window);
    invariant(at >= 0, 'a window that is retired is in flight');
    this.removeAt(at);
  }

  /** The window in flight that the new one is now, or is now part of. */
  addWindow(newWindow: W, listener: MergeListener<W>): W {
    const known = this.indexOf(newWindow);
    if (known >= 0) {
      return this.windows[known] as W;
    }
    const { groups } = this;
    groups.length = 0;
    this.assigner.mergeWindows([...this.windows, newWindow], this.collectGroup);
    let result: W | undefined;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i] as MergeGroup<W>;
      if (this.mergeGroup(group, newWindow, listener)) {
        result = group.mergeResult;
      }
    }
    if (result === undefined) {
      this.add(newWindow, newWindow);
      return newWindow;
    }
    return result;
  }

  /** True when the new window is in the group. */
  private mergeGroup(group: MergeGroup<W>, newWindow: W, listener: MergeListener<W>): boolean {
    const { mergeResult, toBeMerged } = group;
    const mergedWindows: W[] = [];
    for (let i = 0; i < toBeMerged.length; i++) {
      const window = toBeMerged[i] as W;
      if (!this.isSame(window, newWindow)) {
        mergedWindows.push(window);
      }
    }
    const hasNewWindow = mergedWindows.length < toBeMerged.length;
    const [first] = mergedWindows;
    if (first === undefined) {
      this.add(mergeResult, newWindow); // The assigner only gave the new window other bounds.
      return hasNewWindow;
    }
    if (mergedWindows.length === 1 && this.isSame(first, mergeResult)) {
      return hasNewWindow; // The one window holds the new one already.
    }
    const stateWindowResult = this.takeStateWindow(first);
    const mergedStateWindows: W[] = [];
    for (let i = 1; i < mergedWindows.length; i++) {
      mergedStateWindows.push(this.takeStateWindow(mergedWindows[i] as W));
    }
    this.add(mergeResult, stateWindowResult);
    for (let i = mergedWindows.length - 1; i >= 0; i--) {
      if (this.isSame(mergedWindows[i] as W, mergeResult)) {
        mergedWindows.splice(i, 1); // Its trigger state and timers stay where they are.
      }
    }
    listener.onMerge({ mergeResult, mergedWindows, stateWindowResult, mergedStateWindows });
    return hasNewWindow;
  }

  private takeStateWindow(window: W): W {
    const at = this.indexOf(window);
    if (at < 0) {
      throw new ConfigError(
        'UNSUPPORTED',
        `${this.assigner} merges ${window}, which is not in flight; merge only the windows that mergeWindows was given, each in one group`,
      );
    }
    const stateWindow = this.stateWindows[at] as W;
    this.removeAt(at);
    return stateWindow;
  }

  private add(window: W, stateWindow: W): void {
    this.windows.push(window);
    this.stateWindows.push(stateWindow);
    this.isChanged = true;
  }

  private removeAt(at: number): void {
    this.windows.splice(at, 1);
    this.stateWindows.splice(at, 1);
    this.isChanged = true;
  }

  private indexOf(window: W): number {
    for (let i = 0; i < this.windows.length; i++) {
      if (this.isSame(this.windows[i] as W, window)) {
        return i;
      }
    }
    return -1;
  }
}

/** Equal bytes, as for any namespace; time windows without writing them. */
function equality<W extends Window>(windowType: TypeInformation<W>): (a: W, b: W) => boolean {
  const identityOf = keyIdentityOf(windowType.createSerializer());
  return (a, b) =>
    a instanceof TimeWindow && b instanceof TimeWindow
      ? a.start === b.start && a.end === b.end
      : identityOf(a) === identityOf(b);
}
