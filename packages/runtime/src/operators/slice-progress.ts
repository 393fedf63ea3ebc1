/**
 * How far windows in slices had come when a snapshot was taken.
 *
 * A window that was cleaned up gave its records to no later one before there were slices. After a
 * restore the watermark begins anew, so a late record may come to such a window, whose slices may
 * still be there for later ones. It must not see them: it is told apart by the watermark of its key
 * group in the snapshot.
 *
 * Invariant: nothing is written once no slice is left, so that other windows may take the state up.
 *
 * Design: docs/decisions/0005-sliding-windows-by-slices.md
 */
// Hot path.

import {
  ConfigError,
  keyGroupForKeyHash,
  ListStateDescriptor,
  MIN_TIMESTAMP,
  Types,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';

/** The windows that slices were made for. */
export interface SliceGeometry {
  readonly size: number;
  readonly slide: number;
  readonly offset: number;
}

/** First and last key group; size, slide and offset; watermark; when the last window is cleaned up. */
type Entry = [number, number, number, number, number, number, number];

export const SLICE_PROGRESS: ListStateDescriptor<Entry> = new ListStateDescriptor(
  'window-slices-progress',
  Types.TUPLE<Entry>(
    Types.INT,
    Types.INT,
    Types.LONG,
    Types.LONG,
    Types.LONG,
    Types.LONG,
    Types.LONG,
  ),
);

export class SliceProgress<K> {
  /** True until the watermark is where it was in the snapshot. */
  isReplaying: boolean;
  /** When the last window of a slice is cleaned up; no slice that there was begins later. */
  lastCleanup: number;
  private readonly geometry: SliceGeometry;
  private backend!: KeyedStateBackend<K>;
  /** By key group, from the first of this subtask on. */
  private watermarks: number[];
  private newestWatermark: number;

  constructor(geometry: SliceGeometry) {
    this.isReplaying = false;
    this.lastCleanup = MIN_TIMESTAMP;
    this.geometry = geometry;
    this.watermarks = [];
    this.newestWatermark = MIN_TIMESTAMP;
  }

  /** @throws ConfigError `STATE_INCOMPATIBLE` for slices of other windows */
  restore(backend: KeyedStateBackend<K>, entries: Iterable<Entry>, operatorName: string): void {
    const { startKeyGroup, numberOfKeyGroups } = backend.keyGroupRange;
    this.backend = backend;
    this.watermarks = new Array<number>(numberOfKeyGroups).fill(MIN_TIMESTAMP);
    for (const [first, last, size, slide, offset, watermark, lastCleanup] of entries) {
      this.checkGeometry({ size, slide, offset }, operatorName);
      this.lastCleanup = Math.max(this.lastCleanup, lastCleanup);
      for (let i = 0; i < numberOfKeyGroups; i++) {
        const keyGroup = startKeyGroup + i;
        if (keyGroup >= first && keyGroup <= last) {
          this.watermarks[i] = Math.max(this.watermarks[i] as number, watermark);
          this.newestWatermark = Math.max(this.newestWatermark, watermark);
        }
      }
    }
    this.isReplaying = this.newestWatermark > NO_WATERMARK;
  }

  /** Whether the watermark of the current key's group had passed the time in the snapshot. */
  hadPassed(time: number): boolean {
    const { backend } = this;
    const hash = backend.keySerializer.hashCode(backend.currentKey);
    const keyGroup = keyGroupForKeyHash(hash, backend.numberOfKeyGroups);
    const at = keyGroup - backend.keyGroupRange.startKeyGroup;
    return time <= (this.watermarks[at] as number);
  }

  /** After all timers up to the watermark have fired. */
  onWatermark(watermark: number): void {
    if (watermark >= this.newestWatermark) {
      this.isReplaying = false;
    }
  }

  /** A slice was made that lives no longer than this. */
  keepUntil(cleanupTime: number): void {
    if (cleanupTime > this.lastCleanup) {
      this.lastCleanup = Math.min(cleanupTime, Number.MAX_SAFE_INTEGER); // A long has no infinity.
    }
  }

  /**
   * What a snapshot says; nothing when no slice is left.
   *
   * @param firedUpTo - every timer up to it has fired
   * @param watermark - `MIN_TIMESTAMP` with processing-time windows
   */
  snapshot(firedUpTo: number, watermark: number): Entry[] {
    if (this.lastCleanup <= firedUpTo) {
      return [];
    }
    const { size, slide, offset } = this.geometry;
    const { startKeyGroup } = this.backend.keyGroupRange;
    const entries: Entry[] = [];
    for (const [i, restored] of this.watermarks.entries()) {
      const reached = Math.max(NO_WATERMARK, watermark, restored);
      const keyGroup = startKeyGroup + i;
      const before = entries[entries.length - 1];
      if (before?.[5] === reached) {
        before[1] = keyGroup;
      } else {
        entries.push([keyGroup, keyGroup, size, slide, offset, reached, this.lastCleanup]);
      }
    }
    return entries;
  }

  private checkGeometry({ size, slide, offset }: SliceGeometry, operatorName: string): void {
    const now = this.geometry;
    if (size !== now.size || slide !== now.slide || offset !== now.offset) {
      throw slicesDoNotFit(
        operatorName,
        `of sliding windows of ${size} ms, slide ${slide} ms and offset ${offset} ms`,
      );
    }
  }
}

/** A long has no infinity. */
const NO_WATERMARK = Number.MIN_SAFE_INTEGER;

export function slicesDoNotFit(operatorName: string, whose: string): ConfigError {
  return new ConfigError(
    'STATE_INCOMPATIBLE',
    `the snapshot holds slices ${whose} of operator '${operatorName}', which its windows do not use now; go on with the windows, trigger and function of before and pipeline.sliding-window-slices: false, and change them once those windows have run out`,
  );
}
