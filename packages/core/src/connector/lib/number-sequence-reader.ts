/**
 * Reads runs of numbers, each turned into a record, at the pace that a rate limiter allows.
 *
 * Invariants:
 * - A snapshot holds, for each unfinished split, the number after the last one emitted.
 * - A number is given to `convert` once per emission, in rising order within a split.
 *
 * Flink: IteratorSourceReader, GeneratingIteratorSourceReader, RateLimitedSourceReader.
 */
// Hot path.

import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../source.ts';
import type { NumberSequenceSplit } from './number-sequence-split.ts';
import type { RateLimiter } from './rate-limiter.ts';

const ALREADY_AVAILABLE: Promise<void> = Promise.resolve();

export interface NumberSequenceReaderOptions<T> {
  readonly convert: (index: number) => T;
  /** `undefined` for as fast as records are taken. */
  readonly rateLimiter: RateLimiter | undefined;
  readonly onStart?: () => void;
  readonly onClose?: () => void | Promise<void>;
}

export class NumberSequenceReader<T> implements SourceReader<T, NumberSequenceSplit> {
  private readonly context: SourceReaderContext;
  private readonly options: NumberSequenceReaderOptions<T>;
  private readonly convert: (index: number) => T;
  private readonly rateLimiter: RateLimiter | undefined;
  private readonly waiting: NumberSequenceSplit[] = [];
  private current: NumberSequenceSplit | undefined = undefined;
  private next = 0;
  private noMoreSplits = false;
  private available: Promise<void> = ALREADY_AVAILABLE;
  private wake: (() => void) | undefined = undefined;

  constructor(context: SourceReaderContext, options: NumberSequenceReaderOptions<T>) {
    this.context = context;
    this.options = options;
    this.convert = options.convert;
    this.rateLimiter = options.rateLimiter;
  }

  start(): void {
    this.options.onStart?.();
    if (this.waiting.length === 0) {
      this.context.sendSplitRequest();
    }
  }

  pollNext(output: ReaderOutput<T>, maxRecords: number): InputStatus {
    let room = maxRecords;
    while (room > 0) {
      const current = this.current ?? this.moveToNextSplit();
      if (current === undefined) {
        return this.noMoreSplits ? 'end-of-input' : this.waitForSplit();
      }
      const allowed = this.allowance(Math.min(room, current.to - this.next + 1));
      if (allowed === 0) {
        return 'nothing-available';
      }
      this.emit(output, allowed);
      room -= allowed;
      if (this.next > current.to) {
        this.finishSplit();
      }
    }
    return 'more-available';
  }

  isAvailable(): Promise<void> {
    return this.available;
  }

  addSplits(splits: readonly NumberSequenceSplit[]): void {
    this.waiting.push(...splits);
    this.makeAvailable();
  }

  notifyNoMoreSplits(): void {
    this.noMoreSplits = true;
    this.makeAvailable();
  }

  snapshotState(_checkpointId: number): NumberSequenceSplit[] {
    const { current } = this;
    return current === undefined
      ? [...this.waiting]
      : [{ splitId: current.splitId, from: this.next, to: current.to }, ...this.waiting];
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.rateLimiter?.notifyCheckpointComplete(checkpointId);
  }

  close(): void | Promise<void> {
    this.rateLimiter?.close();
    return this.options.onClose?.();
  }

  private emit(output: ReaderOutput<T>, count: number): void {
    const end = this.next + count;
    while (this.next < end) {
      const record = this.convert(this.next);
      this.next++;
      output.collect(record);
    }
  }

  private allowance(wanted: number): number {
    if (this.rateLimiter === undefined) {
      return wanted;
    }
    const allowed = this.rateLimiter.acquire(wanted);
    if (allowed === 0) {
      this.available = this.rateLimiter.whenAvailable();
    }
    return allowed;
  }

  private moveToNextSplit(): NumberSequenceSplit | undefined {
    const split = this.waiting.shift();
    if (split !== undefined) {
      this.current = split;
      this.next = split.from;
      if (split.from > split.to) {
        this.finishSplit();
        return this.moveToNextSplit();
      }
    }
    return split;
  }

  private finishSplit(): void {
    this.current = undefined;
    if (this.waiting.length === 0 && !this.noMoreSplits) {
      this.context.sendSplitRequest();
    }
  }

  private waitForSplit(): InputStatus {
    if (this.wake === undefined) {
      this.available = new Promise((resolve) => {
        this.wake = resolve;
      });
    }
    return 'nothing-available';
  }

  private makeAvailable(): void {
    this.wake?.();
    this.wake = undefined;
  }
}
