/**
 * Timers as rows of a column family: key group, then the bytes of the timer, and no value. Within a
 * key group the order of the rows is that of time, then of the bytes of key and namespace.
 *
 * Bytes: docs/formats/canonical-keyed-state.md. Flink: RocksDBCachingPriorityQueueSet.
 */
// Hot path.
import { DataInputView, DataOutputView, type TypeSerializer } from '@millrace/core';
import { type HeapTimer, keyGroupPrefixBytes, writeKeyGroupPrefix } from '@millrace/state';
import { ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { WriteBatch } from '../database/write-batch.ts';
import { STORED, TimerEntry } from './timer-entry.ts';

export type TimerDatabase = Pick<
  RocksDatabase,
  'result' | 'write' | 'createIterator' | 'next' | 'seek' | 'closeIterator'
>;

export interface TimerRowsOptions<K, N> {
  readonly database: TimerDatabase;
  readonly columnFamily: number;
  readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  readonly numberOfKeyGroups: number;
}

export class TimerRows<K, N> {
  readonly database: TimerDatabase;
  readonly columnFamily: number;
  private readonly serializer: TypeSerializer<HeapTimer<K, N>>;
  private readonly prefixBytes: number;
  private readonly output: DataOutputView;
  /** Over the buffer of `output`. */
  private outputBytes: Buffer;
  private readonly input: DataInputView;
  private rowBytes: Buffer;

  constructor(options: TimerRowsOptions<K, N>) {
    this.database = options.database;
    this.columnFamily = options.columnFamily;
    this.serializer = options.serializer;
    this.prefixBytes = keyGroupPrefixBytes(options.numberOfKeyGroups);
    this.output = new DataOutputView();
    this.outputBytes = bufferOver(this.output.buffer);
    this.input = new DataInputView(new Uint8Array(0));
    this.rowBytes = Buffer.alloc(256);
  }

  rowOf(keyGroup: number, timer: HeapTimer<K, N>): string {
    const output = this.output.reset();
    writeKeyGroupPrefix(output, keyGroup, this.prefixBytes);
    this.serializer.serialize(timer, output);
    if (output.buffer.buffer !== this.outputBytes.buffer) {
      this.outputBytes = bufferOver(output.buffer);
    }
    return this.outputBytes.toString('latin1', 0, output.position);
  }

  put(batch: WriteBatch, row: string): void {
    const end = this.write(row);
    batch.put(this.columnFamily, this.rowBytes, 0, end, end);
  }

  delete(batch: WriteBatch, row: string): void {
    batch.delete(this.columnFamily, this.rowBytes, 0, this.write(row));
  }

  keyGroupOf(row: string): number {
    const first = row.charCodeAt(0);
    return this.prefixBytes === 1 ? first : first * 256 + row.charCodeAt(1);
  }

  /** Before each row of the key group, and after each of the one before. */
  prefixOf(keyGroup: number): string {
    return this.prefixBytes === 1
      ? String.fromCharCode(keyGroup)
      : String.fromCharCode(keyGroup >> 8, keyGroup & 0xff);
  }

  /** Rows from `lower` to before `upper`, as they are in the database. Close it. */
  openCursor(lower: string, upper: string, rowsAtOnce: number): TimerRowCursor<K, N> {
    const bounds = { lower: bytesOf(lower), upper: bytesOf(upper) };
    const iterator = this.database.createIterator(this.columnFamily, bounds);
    return new TimerRowCursor(this, iterator, rowsAtOnce);
  }

  /** The timer whose row lies there in the database's result. */
  read(row: string, start: number, end: number): TimerEntry<K, N> {
    const timer = start + this.prefixBytes;
    this.input.setBuffer(this.database.result.subarray(timer, end));
    return new TimerEntry(row, this.serializer.deserialize(this.input), STORED);
  }

  private write(row: string): number {
    if (this.rowBytes.length < row.length) {
      this.rowBytes = Buffer.alloc(2 * row.length);
    }
    return this.rowBytes.write(row, 0, 'latin1');
  }
}

/** Rows one after the other. Nothing else may use the database between `advance` and `entry`. */
export class TimerRowCursor<K, N> {
  /** `undefined` at the end. */
  row: string | undefined;
  private readonly rows: TimerRows<K, N>;
  private readonly iterator: number;
  private readonly rowsAtOnce: number;
  private chunk: Buffer;
  private chunkEnd: number;
  private rowStart: number;
  private rowEnd: number;
  private nextAt: number;

  constructor(rows: TimerRows<K, N>, iterator: number, rowsAtOnce: number) {
    this.row = undefined;
    this.rows = rows;
    this.iterator = iterator;
    this.rowsAtOnce = rowsAtOnce;
    this.chunk = EMPTY;
    this.chunkEnd = 0;
    this.rowStart = 0;
    this.rowEnd = 0;
    this.nextAt = 0;
  }

  /** To the first row, then to the next one. */
  advance(): void {
    if (this.nextAt >= this.chunkEnd) {
      const { database } = this.rows;
      this.chunkEnd = database.next(this.iterator, this.rowsAtOnce);
      this.nextAt = 0;
      if (this.chunkEnd === 0) {
        this.row = undefined;
        return;
      }
      this.chunk = bufferOver(database.result);
    }
    const keyBytes = uint32At(this.chunk, this.nextAt);
    const valueBytes = uint32At(this.chunk, this.nextAt + 4);
    this.rowStart = this.nextAt + ROW_HEAD_BYTES;
    this.rowEnd = this.rowStart + keyBytes;
    this.nextAt = this.rowEnd + valueBytes;
    this.row = this.chunk.toString('latin1', this.rowStart, this.rowEnd);
  }

  /** The timer of `row`. */
  entry(): TimerEntry<K, N> {
    return this.rows.read(this.row as string, this.rowStart, this.rowEnd);
  }

  /** The next `advance` goes to the first row that is not before `row`. */
  seek(row: string): void {
    const bytes = bytesOf(row);
    this.rows.database.seek(this.iterator, bytes, 0, bytes.length);
    this.nextAt = this.chunkEnd;
  }

  close(): void {
    this.rows.database.closeIterator(this.iterator);
  }
}

const EMPTY = Buffer.alloc(0);

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(row: string): Uint8Array {
  return Buffer.from(row, 'latin1');
}
