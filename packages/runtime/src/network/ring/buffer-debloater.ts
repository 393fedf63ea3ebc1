/**
 * How large the buffers to one receiver should be, so that it takes about as long as is wanted for
 * what is in flight to it.
 *
 * Pure: what was measured in, a size out. `buffer-debloating.ts` measures and announces.
 *
 * Flink: BufferDebloater, BufferSizeEMA.
 */
export interface BufferDebloaterOptions {
  /** How long the receiver should take for what is in flight. */
  readonly targetMs: number;
  /** Periods over which the size is smoothed. */
  readonly samples: number;
  /** Smaller changes are not announced, but to the smallest and the largest size. */
  readonly thresholdPercentages: number;
  readonly minBufferBytes: number;
  readonly maxBufferBytes: number;
}

export class BufferDebloater {
  /** That was announced last; the largest in the beginning. */
  bufferBytes: number;
  /** With the size that was computed last. */
  estimatedTimeToConsumeMs = 0;
  private readonly options: BufferDebloaterOptions;
  private readonly average: BufferSizeEMA;

  constructor(options: BufferDebloaterOptions) {
    this.options = options;
    this.bufferBytes = options.maxBufferBytes;
    this.average = new BufferSizeEMA(options);
  }

  /**
   * At the end of a period.
   *
   * @param bytesPerSecond - what the receiver took while there was something to take
   * @param buffersInUse - in flight to it now
   * @returns the size to announce; `undefined` when it stays as it is
   */
  recalculate(bytesPerSecond: number, buffersInUse: number): number | undefined {
    const { targetMs } = this.options;
    const buffers = Math.max(1, buffersInUse);
    const wantedBytes = Math.floor((bytesPerSecond * targetMs) / 1000);
    const size = this.average.next(wantedBytes / buffers);
    this.estimatedTimeToConsumeMs = (size * buffers * 1000) / Math.max(1, bytesPerSecond);
    if (this.isToBeSkipped(size)) {
      return undefined;
    }
    this.bufferBytes = size;
    return size;
  }

  private isToBeSkipped(size: number): boolean {
    const { thresholdPercentages, minBufferBytes, maxBufferBytes } = this.options;
    if (size === this.bufferBytes) {
      return true;
    }
    if (size <= minBufferBytes || size >= maxBufferBytes) {
      return false;
    }
    const threshold = Math.trunc((this.bufferBytes * thresholdPercentages) / 100);
    return Math.abs(size - this.bufferBytes) < threshold;
  }
}

/** Exponential moving average of sizes, whole bytes; it begins at the largest. */
class BufferSizeEMA {
  private last: number;
  private readonly alpha: number;
  private readonly options: BufferDebloaterOptions;

  constructor(options: BufferDebloaterOptions) {
    this.options = options;
    this.last = options.maxBufferBytes;
    this.alpha = 2 / (options.samples + 1);
  }

  next(wantedBytes: number): number {
    const { minBufferBytes, maxBufferBytes } = this.options;
    // So that it grows as fast as it shrinks: what is wanted has no upper limit of its own.
    const wanted = Math.min(wantedBytes, 2 * this.last);
    const next = Math.trunc(this.last + this.alpha * (wanted - this.last));
    this.last = Math.max(minBufferBytes, Math.min(next, maxBufferBytes));
    return this.last;
  }
}
