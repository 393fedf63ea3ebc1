/**
 * Reads the splits of one subtask, one after the other.
 *
 * Invariants:
 * - The next batch is read while the current one is emitted, and at most one is kept ahead.
 * - A snapshot names the place after the last emitted record, so a restore loses and repeats none.
 * - An error is thrown by `pollNext` after all records before it were emitted.
 *
 * Flink: FileSourceReader with SourceReaderBase.
 */
// Hot path.

import {
  errorCode,
  errorMessage,
  type FileReader,
  type FileSystems,
  type InputStatus,
  type ReaderOutput,
  type SourceOutput,
  type SourceReader,
  type SourceReaderContext,
  TaskError,
} from '@millrace/core';
import type {
  BulkFormat,
  FileRecordReader,
  RecordBatch,
  StreamFormat,
} from '../format/file-format.ts';
import type { FileSourceSplit } from './file-source-split.ts';

export class FileSourceReader<T> implements SourceReader<T, FileSourceSplit> {
  private readonly context: SourceReaderContext;
  private readonly format: StreamFormat<T> | BulkFormat<T>;
  private readonly fileSystems: FileSystems;
  private readonly queue: FileSourceSplit[];
  private noMoreSplits: boolean;
  private active: FileSourceSplit | undefined;
  private file: FileReader | undefined;
  private records: FileRecordReader<T> | undefined;
  private output: SourceOutput<T> | undefined;
  private current: RecordBatch<T> | undefined;
  /** In `current`: the record to emit next. */
  private index: number;
  private ahead: RecordBatch<T> | undefined;
  /**
   * Records after `current` that were emitted before the checkpoint: a batch that is read from a
   * restored offset may be shorter than the one that was emitted.
   */
  private toSkip: number;
  /** Held back by watermark alignment; files are read one after the other, so nothing overtakes. */
  private readonly pausedSplits: Set<string>;
  private exhausted: boolean;
  private failure: TaskError | undefined;
  /** Settles when no file is being read. */
  private fetching: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private available: Promise<void> | undefined;

  constructor(
    context: SourceReaderContext,
    format: StreamFormat<T> | BulkFormat<T>,
    fileSystems: FileSystems,
  ) {
    this.context = context;
    this.format = format;
    this.fileSystems = fileSystems;
    this.queue = [];
    this.noMoreSplits = false;
    this.active = undefined;
    this.file = undefined;
    this.records = undefined;
    this.output = undefined;
    this.current = undefined;
    this.index = 0;
    this.ahead = undefined;
    this.toSkip = 0;
    this.pausedSplits = new Set();
    this.exhausted = false;
    this.failure = undefined;
    this.fetching = undefined;
    this.wakeUp = undefined;
    this.available = undefined;
  }

  start(): void {
    // Restored splits come first.
    if (this.active === undefined && this.queue.length === 0) {
      this.context.sendSplitRequest();
    }
  }

  pollNext(output: ReaderOutput<T>, maxRecords: number): InputStatus {
    let left = maxRecords;
    for (;;) {
      if (this.isPaused) {
        return 'nothing-available';
      }
      const batch = this.current;
      if (batch === undefined || this.index >= batch.length) {
        const status = this.advance(output);
        if (status !== 'more-available') {
          return status;
        }
        continue;
      }
      if (left <= 0) {
        return 'more-available';
      }
      left -= this.emit(batch, left);
    }
  }

  private get isPaused(): boolean {
    return this.active !== undefined && this.pausedSplits.has(this.active.splitId);
  }

  private emit(batch: RecordBatch<T>, limit: number): number {
    const begin = this.index;
    const end = Math.min(batch.length, begin + limit);
    const output = this.output as SourceOutput<T>;
    for (let i = begin; i < end; i++) {
      // Counted first: what follows of the record is part of the same step.
      this.index = i + 1;
      output.collect(batch.record(i));
    }
    return end - begin;
  }

  isAvailable(): Promise<void> {
    if (
      !this.isPaused &&
      (this.ahead !== undefined ||
        this.failure !== undefined ||
        this.exhausted ||
        (this.current !== undefined && this.index < this.current.length) ||
        (this.active === undefined && (this.queue.length > 0 || this.noMoreSplits)))
    ) {
      return Promise.resolve();
    }
    this.available ??= new Promise((resolve) => {
      this.wakeUp = resolve;
    });
    return this.available;
  }

  addSplits(splits: readonly FileSourceSplit[]): void {
    this.queue.push(...splits);
    this.wake();
  }

  notifyNoMoreSplits(): void {
    this.noMoreSplits = true;
    this.wake();
  }

  pauseOrResumeSplits(splitsToPause: readonly string[], splitsToResume: readonly string[]): void {
    for (const splitId of splitsToPause) {
      this.pausedSplits.add(splitId);
    }
    for (const splitId of splitsToResume) {
      this.pausedSplits.delete(splitId);
    }
    this.wake();
  }

  snapshotState(_checkpointId: number): FileSourceSplit[] {
    if (this.active === undefined) {
      return [...this.queue];
    }
    const position =
      this.current === undefined
        ? this.active.position
        : { offset: this.current.offset, recordsAfterOffset: this.index + this.toSkip };
    return [{ ...this.active, position }, ...this.queue];
  }

  async close(): Promise<void> {
    this.exhausted = true;
    await this.fetching;
    await this.closeFile();
  }

  /** `more-available` when there is a next record to emit. */
  private advance(output: ReaderOutput<T>): InputStatus {
    for (;;) {
      if (this.active === undefined) {
        const split = this.queue.shift();
        if (split === undefined) {
          return this.noMoreSplits ? 'end-of-input' : 'nothing-available';
        }
        this.begin(split, output);
      }
      if (this.ahead !== undefined) {
        this.current = this.ahead;
        this.ahead = undefined;
        this.index = Math.min(this.toSkip, this.current.length);
        this.toSkip -= this.index;
        this.fetch();
        if (this.index < this.current.length) {
          return 'more-available';
        }
      } else if (this.failure !== undefined) {
        throw this.failure;
      } else if (this.exhausted) {
        this.finish(output);
      } else {
        this.fetch();
        return 'nothing-available';
      }
    }
  }

  private begin(split: FileSourceSplit, output: ReaderOutput<T>): void {
    this.active = split;
    this.output = output.createOutputForSplit(split.splitId);
    this.current = undefined;
    this.index = 0;
    this.toSkip = split.position?.recordsAfterOffset ?? 0;
    this.exhausted = false;
    this.fetch();
  }

  private finish(output: ReaderOutput<T>): void {
    const { splitId } = this.active as FileSourceSplit;
    output.releaseOutputForSplit(splitId);
    this.pausedSplits.delete(splitId);
    this.active = undefined;
    this.output = undefined;
    this.current = undefined;
    this.exhausted = false;
    if (this.queue.length === 0 && !this.noMoreSplits) {
      this.context.sendSplitRequest();
    }
  }

  private fetch(): void {
    if (this.fetching !== undefined || this.exhausted || this.failure !== undefined) {
      return;
    }
    this.fetching = this.fetchBatch(this.active as FileSourceSplit).then(
      () => this.fetched(),
      (error: unknown) => {
        this.failure = sourceError(this.active?.path ?? '', error);
        this.fetched();
      },
    );
  }

  private fetched(): void {
    this.fetching = undefined;
    this.wake();
  }

  private async fetchBatch(split: FileSourceSplit): Promise<void> {
    this.records ??= await this.open(split);
    const batch = await this.records.nextBatch();
    if (batch !== undefined) {
      this.ahead = batch;
      return;
    }
    await this.closeFile();
    this.exhausted = true;
  }

  private async open(split: FileSourceSplit): Promise<FileRecordReader<T>> {
    this.file = await this.fileSystems.getFileSystem(split.path).open(split.path);
    return this.format.open({
      path: split.path,
      file: this.file,
      start: split.offset,
      end: split.offset + split.length,
      resumeOffset: split.position?.offset,
      yieldTurn: () => this.context.clock.yieldTurn(),
    });
  }

  private async closeFile(): Promise<void> {
    const { records, file } = this;
    this.records = undefined;
    this.file = undefined;
    await records?.close();
    await file?.close();
  }

  private wake(): void {
    const { wakeUp } = this;
    this.wakeUp = undefined;
    this.available = undefined;
    wakeUp?.();
  }
}

/** A missing file keeps its code; all else is a failure of the source. */
function sourceError(path: string, error: unknown): TaskError {
  const code = errorCode(error);
  if (error instanceof TaskError && code !== 'IO_EXCEPTION') {
    return error;
  }
  return new TaskError(
    'SOURCE_FAILED',
    `${path} cannot be read: ${errorMessage(error)}; see that the file stays as it was found`,
    { cause: error },
  );
}
