/**
 * Holds a source's reader back while it is too far ahead of the others of its group.
 *
 * Invariants:
 * - The reader waits while its watermark is beyond the one that was announced last.
 * - With several splits, those beyond it are paused one by one.
 * - Whatever is held back does not become idle meanwhile: its activity clock stands still.
 *
 * Flink: SourceOperator, its part about watermark alignment. Unlike Flink 1.20, a reader that cannot
 * pause single splits may be aligned while it has only one: it waits as a whole.
 */
import {
  ConfigError,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type PausableRelativeClock,
} from '@millrace/core';
import type { WatermarkStatus } from './output.ts';
import type { WatermarkTarget } from './watermark-emitter.ts';

/** What is held back. */
export interface AlignedSource {
  readonly name: string;
  /** Of the reader as a whole. */
  readonly activityClock: PausableRelativeClock;
  /** Splits that the reader has now. */
  readonly numberOfSplits: number;
  /** @returns false when the reader cannot */
  pauseOrResumeSplits(toPause: readonly string[], toResume: readonly string[]): boolean;
}

export class SourceWatermarkAlignment {
  private readonly source: AlignedSource;
  private readonly allowUnalignedSplits: boolean;
  private maxDesiredWatermark: number;
  private latestWatermark: number;
  private readonly splitWatermarks: Map<string, number>;
  private readonly pausedSplits: Set<string>;
  private waiting: { readonly promise: Promise<void>; readonly end: () => void } | undefined;
  isIdle: boolean;

  constructor(source: AlignedSource, allowUnalignedSplits: boolean) {
    this.source = source;
    this.allowUnalignedSplits = allowUnalignedSplits;
    this.maxDesiredWatermark = MAX_TIMESTAMP;
    this.latestWatermark = MIN_TIMESTAMP;
    this.splitWatermarks = new Map();
    this.pausedSplits = new Set();
    this.waiting = undefined;
    this.isIdle = false;
  }

  /** Resolves when the reader may go on; `undefined` while it may. */
  get whenAllowed(): Promise<void> | undefined {
    return this.waiting?.promise;
  }

  /** For the coordinator: how far the source is; `undefined` before its first watermark. */
  get reportedWatermark(): number | undefined {
    if (this.latestWatermark === MIN_TIMESTAMP) {
      return undefined;
    }
    return this.isIdle ? MAX_TIMESTAMP : this.latestWatermark;
  }

  /** Milliseconds that the source is ahead of what is desired; negative while it is behind. */
  get drift(): number {
    return this.latestWatermark - this.maxDesiredWatermark;
  }

  /** From the coordinator: how far the group allows. */
  announced(maxDesiredWatermark: number): void {
    this.maxDesiredWatermark = maxDesiredWatermark;
    this.check();
    this.checkSplits();
  }

  watermarkEmitted(watermark: number): void {
    this.latestWatermark = watermark;
    this.check();
  }

  splitWatermarkAdvanced(splitId: string, watermark: number): void {
    this.splitWatermarks.set(splitId, watermark);
    if (this.mustPause(splitId, watermark)) {
      this.pauseOrResume([splitId], []);
    }
  }

  splitFinished(splitId: string): void {
    this.splitWatermarks.delete(splitId);
    this.pausedSplits.delete(splitId);
  }

  private check(): void {
    const mustWait = this.latestWatermark > this.maxDesiredWatermark;
    if (mustWait && this.waiting === undefined) {
      let end = (): void => {};
      const promise = new Promise<void>((resolve) => {
        end = resolve;
      });
      this.waiting = { promise, end };
      this.source.activityClock.pause();
    } else if (!mustWait && this.waiting !== undefined) {
      this.waiting.end();
      this.waiting = undefined;
      this.source.activityClock.unPause();
    }
  }

  private checkSplits(): void {
    const toPause: string[] = [];
    const toResume: string[] = [];
    for (const [splitId, watermark] of this.splitWatermarks) {
      if (this.mustPause(splitId, watermark)) {
        toPause.push(splitId);
      } else if (watermark <= this.maxDesiredWatermark && this.pausedSplits.has(splitId)) {
        toResume.push(splitId);
      }
    }
    if (toPause.length > 0 || toResume.length > 0) {
      this.pauseOrResume(toPause, toResume);
    }
  }

  /** A single split needs no pause of its own: its reader waits. */
  private mustPause(splitId: string, watermark: number): boolean {
    return (
      watermark > this.maxDesiredWatermark &&
      this.source.numberOfSplits > 1 &&
      !this.pausedSplits.has(splitId)
    );
  }

  private pauseOrResume(toPause: readonly string[], toResume: readonly string[]): void {
    const isSupported = this.source.pauseOrResumeSplits(toPause, toResume);
    if (!isSupported && !this.allowUnalignedSplits) {
      throw new ConfigError(
        'UNSUPPORTED',
        `the reader of source '${this.source.name}' has ${this.source.numberOfSplits} splits and cannot pause single ones (it has no pauseOrResumeSplits), so the split '${toPause[0]}' would drift further from the others than watermark alignment allows; set pipeline.watermark-alignment.allow-unaligned-source-splits to true to accept that`,
      );
    }
    for (const splitId of toPause) {
      this.pausedSplits.add(splitId);
    }
    for (const splitId of toResume) {
      this.pausedSplits.delete(splitId);
    }
  }
}

/** Lets the alignment hear what goes into the stream. */
export class AlignmentTarget implements WatermarkTarget {
  private readonly target: WatermarkTarget;
  private readonly alignment: SourceWatermarkAlignment;

  constructor(target: WatermarkTarget, alignment: SourceWatermarkAlignment) {
    this.target = target;
    this.alignment = alignment;
  }

  emitWatermark(watermark: number): void {
    this.alignment.watermarkEmitted(watermark);
    this.target.emitWatermark(watermark);
  }

  emitWatermarkStatus(status: WatermarkStatus): void {
    this.alignment.isIdle = status === 'idle';
    this.target.emitWatermarkStatus(status);
  }
}
