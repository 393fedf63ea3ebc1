/** What every read of a large snapshot takes: how far it is, and a way to stop it. */

export interface LongReadOptions {
  /** Stops the read: it throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called once a batch, with the bytes of the files that were read and all that will be. */
  readonly onProgress?: (readBytes: number, totalBytes: number) => void;
}

export class LongRead {
  private readonly options: LongReadOptions;
  private readonly totalBytes: number;
  /** Of parts that are done. */
  private doneBytes = 0;
  private partBytes = 0;
  private partTotalBytes = 0;

  constructor(options: LongReadOptions, totalBytes: number) {
    this.options = options;
    this.totalBytes = totalBytes;
  }

  /** The next file, or part of one; the one before it is done. */
  beginPart(totalBytes: number): void {
    this.doneBytes += this.partTotalBytes;
    this.partBytes = 0;
    this.partTotalBytes = totalBytes;
    this.report();
  }

  /** @param bytes - that were read since; more than the part has count as the part */
  advance(bytes: number): void {
    this.partBytes = Math.min(this.partTotalBytes, this.partBytes + bytes);
    this.report();
  }

  end(): void {
    this.beginPart(0);
  }

  private report(): void {
    this.options.signal?.throwIfAborted();
    this.options.onProgress?.(this.doneBytes + this.partBytes, this.totalBytes);
  }
}
