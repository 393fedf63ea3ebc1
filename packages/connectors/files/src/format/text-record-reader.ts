/**
 * Cuts a stream of bytes into batches of whole records and decodes each batch at once.
 *
 * Invariants:
 * - A record belongs to the range in which its first byte lies, so ranges that touch read every
 *   record once.
 * - A malformed record fails the split after the good records before it were handed out; the error
 *   names file, line and an excerpt.
 *
 * Flink: TextLineInputFormat and StreamFormatAdapter.
 */
import { errorMessage, TaskError } from '@millrace/core';
import { type ByteStream, isGzip, openByteStream } from './byte-stream.ts';
import type { FileReadRequest, FileRecordReader, RecordBatch } from './file-format.ts';

/** A longer record is taken for a missing line end or quote. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const EXCERPT_LENGTH = 80;

export interface RecordDecoder<T> {
  /** Bytes up to the end of the last whole record, 0 when there is none. */
  wholeRecordBytes(bytes: Buffer): number;
  /** Appends the records of `bytes`. @throws MalformedRecord */
  decode(bytes: Buffer, into: T[]): void;
}

/** What a decoder knows of a faulty record; the reader adds file and line. */
export class MalformedRecord extends Error {
  /** Line ends before it in the decoded bytes. */
  readonly lineIndex: number;
  readonly excerpt: string;

  constructor(lineIndex: number, excerpt: string, reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.lineIndex = lineIndex;
    this.excerpt = excerpt;
  }
}

class ArrayBatch<T> implements RecordBatch<T> {
  readonly offset: number;
  readonly length: number;
  private readonly records: T[];

  constructor(offset: number, records: T[]) {
    this.offset = offset;
    this.length = records.length;
    this.records = records;
  }

  record(index: number): T {
    return this.records[index] as T;
  }
}

export class TextRecordReader<T> implements FileRecordReader<T> {
  private readonly request: FileReadRequest;
  private readonly decoder: RecordDecoder<T>;
  private readonly stream: ByteStream;
  private readonly end: number;
  private rest: Buffer;
  /** File offset of the first byte of `rest`. */
  private restOffset: number;
  /** At a range's start: the record that began before it is still to be dropped. */
  private dropsFirst: boolean;
  private streamEnded: boolean;
  private finished: boolean;
  private failure: TaskError | undefined;

  /** @param firstRecordOffset - where records begin, after a header */
  constructor(request: FileReadRequest, decoder: RecordDecoder<T>, firstRecordOffset: number) {
    this.request = request;
    this.decoder = decoder;
    this.dropsFirst = request.resumeOffset === undefined && request.start > 0;
    // The byte before the range tells whether a record begins at the range's first byte.
    const from = request.resumeOffset ?? (this.dropsFirst ? request.start - 1 : 0);
    this.restOffset = Math.max(from, firstRecordOffset);
    this.stream = openByteStream(request.path, request.file, this.restOffset);
    // The size of a packed file says nothing about its text.
    this.end = isGzip(request.path) ? Number.POSITIVE_INFINITY : request.end;
    this.rest = Buffer.alloc(0);
    this.streamEnded = false;
    this.finished = false;
    this.failure = undefined;
  }

  async nextBatch(): Promise<RecordBatch<T> | undefined> {
    for (;;) {
      if (this.failure !== undefined) {
        throw this.failure;
      }
      const length = this.finished ? 0 : this.cut();
      if (length > 0) {
        const batch = await this.decodeBatch(length);
        if (batch !== undefined) {
          return batch;
        }
      } else if (this.finished || this.streamEnded) {
        return undefined;
      } else {
        await this.readMore();
      }
    }
  }

  close(): Promise<void> {
    return this.stream.close();
  }

  /** Bytes of `rest` that are ready to decode; 0 when more must be read, or at the end. */
  private cut(): number {
    if (this.dropsFirst && !this.dropFirst()) {
      return 0;
    }
    if (this.restOffset >= this.end) {
      this.finished = true;
      return 0;
    }
    if (this.restOffset + this.rest.length > this.end) {
      const newline = this.rest.indexOf(NEWLINE, this.end - this.restOffset - 1);
      if (newline >= 0) {
        this.finished = true;
        return newline + 1;
      }
    }
    return this.streamEnded ? this.rest.length : this.decoder.wholeRecordBytes(this.rest);
  }

  private dropFirst(): boolean {
    const newline = this.rest.indexOf(NEWLINE);
    const dropped = newline < 0 ? this.rest.length : newline + 1;
    this.rest = this.rest.subarray(dropped);
    this.restOffset += dropped;
    this.dropsFirst = newline < 0;
    return newline >= 0;
  }

  private async readMore(): Promise<void> {
    const bytes = await this.stream.read();
    if (bytes === undefined) {
      this.streamEnded = true;
      return;
    }
    this.rest = this.rest.length === 0 ? asBuffer(bytes) : Buffer.concat([this.rest, bytes]);
    if (this.restOffset === 0 && this.rest.indexOf('\ufeff') === 0) {
      this.rest = this.rest.subarray(3);
      this.restOffset = 3;
    }
    if (this.rest.length > RECORD_BYTES_MAX && this.decoder.wholeRecordBytes(this.rest) === 0) {
      throw await this.malformed(
        this.restOffset,
        new MalformedRecord(
          0,
          excerptOf(this.rest.toString('latin1', 0, EXCERPT_LENGTH)),
          `the record is longer than ${RECORD_BYTES_MAX} bytes: a line end or a quote is missing`,
        ),
      );
    }
  }

  private async decodeBatch(length: number): Promise<RecordBatch<T> | undefined> {
    const offset = this.restOffset;
    const bytes = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    this.restOffset += length;
    const records: T[] = [];
    try {
      this.decoder.decode(bytes, records);
    } catch (cause) {
      if (!(cause instanceof MalformedRecord)) {
        throw cause;
      }
      this.failure = await this.malformed(offset, cause);
    }
    return records.length === 0 ? undefined : new ArrayBatch(offset, records);
  }

  private async malformed(offset: number, cause: MalformedRecord): Promise<TaskError> {
    const line = (await this.countLines(offset)) + cause.lineIndex + 1;
    return new TaskError(
      'SOURCE_FAILED',
      `${this.request.path}, line ${line}: ${errorMessage(cause)}, in '${cause.excerpt}'; ` +
        'correct the line, or filter it out before reading',
      { cause: cause.cause ?? cause },
    );
  }

  /** Only a failing split asks, so lines are not counted while all is well. */
  private async countLines(offset: number): Promise<number> {
    const stream = openByteStream(this.request.path, this.request.file, 0);
    let lines = 0;
    let position = 0;
    while (position < offset) {
      const bytes = await stream.read();
      if (bytes === undefined) {
        break;
      }
      const before = Math.min(bytes.length, offset - position);
      for (let i = 0; i < before; i++) {
        lines += bytes[i] === NEWLINE ? 1 : 0;
      }
      position += bytes.length;
    }
    await stream.close();
    return lines;
  }
}

/** The first characters of a record, with control characters shown. */
export function excerptOf(text: string): string {
  const shown = text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
  return JSON.stringify(shown).slice(1, -1);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
