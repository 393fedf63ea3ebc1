/**
 * Cuts a stream of bytes into batches of whole records and decodes each batch at once.
 *
 * Invariants:
 * - A record belongs to the range in which its first byte lies, so ranges that touch read every
 *   record once.
 * - Each byte is scanned and copied a bounded number of times, however long a record is.
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
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const EXCERPT_LENGTH = 80;

export interface RecordDecoder<T> {
  /**
   * Called once with each piece of the text, in order, the first of which begins with a record.
   *
   * @returns bytes of `piece` up to the end of the last record that ends in it, 0 when none does
   */
  scan(piece: Buffer): number;
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
  /** What was read and not decoded. Joined only when a record is whole. */
  private rest: Buffer[];
  private restBytes: number;
  /** File offset of the first byte of `rest`. */
  private restOffset: number;
  /** Bytes of `rest` up to the end of the last whole record, 0 when there is none. */
  private wholeRecordBytes: number;
  /** At a range's start: the record that began before it is still to be dropped. */
  private dropsFirst: boolean;
  private streamEnded: boolean;
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
    this.rest = [];
    this.restBytes = 0;
    this.wholeRecordBytes = 0;
    this.streamEnded = false;
    this.failure = undefined;
  }

  async nextBatch(): Promise<RecordBatch<T> | undefined> {
    for (;;) {
      if (this.failure !== undefined) {
        throw this.failure;
      }
      // A record that begins at the end of the range belongs to the next one.
      if (this.restOffset >= this.end) {
        return undefined;
      }
      const length = this.streamEnded ? this.restBytes : this.wholeRecordBytes;
      if (length > 0) {
        const batch = await this.decodeBatch(length);
        if (batch !== undefined) {
          return batch;
        }
      } else if (this.streamEnded) {
        return undefined;
      } else {
        await this.readMore();
      }
    }
  }

  close(): Promise<void> {
    return this.stream.close();
  }

  private async readMore(): Promise<void> {
    let bytes = await this.readBytes();
    if (bytes !== undefined && this.dropsFirst) {
      bytes = this.dropFirst(bytes);
    }
    if (bytes === undefined) {
      this.streamEnded = true;
      return;
    }
    const recordsEnd = this.endOfRecords(bytes, this.restOffset + this.restBytes);
    this.wholeRecordBytes = recordsEnd === 0 ? 0 : this.restBytes + recordsEnd;
    this.rest.push(bytes);
    this.restBytes += bytes.length;
    if (this.restBytes > RECORD_BYTES_MAX && recordsEnd === 0) {
      throw await this.malformed(
        this.restOffset,
        new MalformedRecord(
          0,
          excerptOf(Buffer.concat(this.rest, EXCERPT_LENGTH).toString('latin1')),
          `the record is longer than ${RECORD_BYTES_MAX} bytes: a line end or a quote is missing`,
        ),
      );
    }
  }

  /** The next bytes, without a byte order mark. */
  private async readBytes(): Promise<Buffer | undefined> {
    const bytes = await this.stream.read();
    if (bytes === undefined || this.restOffset + this.restBytes > 0) {
      return bytes && asBuffer(bytes);
    }
    let first = asBuffer(bytes);
    // A packed file may give the mark in pieces.
    while (first.length < BYTE_ORDER_MARK.length) {
      const more = await this.stream.read();
      if (more === undefined) {
        return first;
      }
      first = Buffer.concat([first, more]);
    }
    if (first.indexOf(BYTE_ORDER_MARK) !== 0) {
      return first;
    }
    this.restOffset = BYTE_ORDER_MARK.length;
    return first.subarray(BYTE_ORDER_MARK.length);
  }

  private dropFirst(bytes: Buffer): Buffer {
    const newline = bytes.indexOf(NEWLINE);
    const dropped = newline < 0 ? bytes.length : newline + 1;
    this.restOffset += dropped;
    this.dropsFirst = newline < 0;
    return bytes.subarray(dropped);
  }

  /** @param offset - of `bytes` in the file */
  private endOfRecords(bytes: Buffer, offset: number): number {
    if (offset + bytes.length > this.end) {
      const newline = bytes.indexOf(NEWLINE, Math.max(0, this.end - 1 - offset));
      if (newline >= 0) {
        return newline + 1;
      }
    }
    return this.decoder.scan(bytes);
  }

  private async decodeBatch(length: number): Promise<RecordBatch<T> | undefined> {
    const offset = this.restOffset;
    const rest = this.rest.length === 1 ? (this.rest[0] as Buffer) : Buffer.concat(this.rest);
    const bytes = rest.subarray(0, length);
    this.rest = length < rest.length ? [rest.subarray(length)] : [];
    this.restOffset += length;
    this.restBytes -= length;
    this.wholeRecordBytes = 0;
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
