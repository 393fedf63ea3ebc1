/**
 * How a file becomes records: what a format must be.
 *
 * Invariant: reading again from a batch's `offset` gives the same records in the same order, so
 * (offset, number of records after it) is a position that a restore continues from exactly.
 *
 * Flink: StreamFormat, BulkFormat and CheckpointedPosition of flink-connector-files.
 */
import type { FileReader } from '@millrace/core';

/** Records that are in memory; `record` waits for nothing. */
export interface RecordBatch<T> {
  /** In the format's own unit: bytes of the (unpacked) text, or rows. */
  readonly offset: number;
  readonly length: number;
  record(index: number): T;
}

export interface FileRecordReader<T> {
  /**
   * `undefined` at the end of the split.
   *
   * @throws TaskError `SOURCE_FAILED`, after the records before the faulty place were handed out
   */
  nextBatch(): Promise<RecordBatch<T> | undefined>;
  close(): Promise<void>;
}

export interface FileReadRequest {
  readonly path: string;
  readonly file: FileReader;
  /** Records that begin in `[start, end)` belong to the split. Bytes. */
  readonly start: number;
  readonly end: number;
  /** Where a restored split goes on; `undefined` at its beginning. */
  readonly resumeOffset: number | undefined;
  /** Lets the task work between long steps of decoding. */
  yieldTurn(): Promise<void>;
}

interface FileFormat<T> {
  /** Whether several readers may each read a range of this file. */
  isSplittable(path: string): boolean;
  open(request: FileReadRequest): Promise<FileRecordReader<T>>;
}

/** Records one after the other in a stream of bytes. */
export interface StreamFormat<T> extends FileFormat<T> {
  readonly kind: 'record-stream';
}

/** Records in blocks, as Parquet's row groups. */
export interface BulkFormat<T> extends FileFormat<T> {
  readonly kind: 'bulk';
}
