/** For tests: packed rows over a database in memory, under a cache of values that decides all by itself. */
import { WriteBatch } from '../database/write-batch.ts';
import { MemoryStateDatabase } from './memory-state-database-fixture.ts';
import { PackedRows } from './packed-rows.ts';
import { PendingWrites } from './pending-writes.ts';
import { NO_ROW } from './row-index.ts';

const COLUMN_FAMILY = 3;

/** Keys and values are texts of one byte a character. */
export class PackedRowsFixture {
  readonly database: MemoryStateDatabase = new MemoryStateDatabase();
  readonly writes: PendingWrites;
  readonly rows: PackedRows;
  private readonly barrierBatch: WriteBatch = new WriteBatch();
  private readonly output: Uint8Array = new Uint8Array(1 << 16);

  constructor(capacityBytes: number, batchBytes: number = 1 << 16) {
    const { database } = this;
    this.writes = new PendingWrites({ database, batchBytes });
    this.rows = new PackedRows(this.writes);
    this.rows.setCapacity(capacityBytes);
  }

  /** @returns false where it could not be kept */
  put(key: string, value: string, isStored = true): boolean {
    return this.rows.put(COLUMN_FAMILY, this.output, this.write(key), this.end(value), isStored);
  }

  /** As a list is added to: what is there, a comma, `more`. */
  append(key: string, more: string, bytesMax = 1000): boolean {
    return this.rows.append(
      COLUMN_FAMILY,
      this.output,
      this.write(key),
      this.end(`,${more}`),
      bytesMax,
    );
  }

  delete(
    key: string,
    { isStored = true, isKept = true }: { isStored?: boolean; isKept?: boolean } = {},
  ): boolean {
    return this.rows.delete(COLUMN_FAMILY, this.output, this.write(key), isStored, isKept);
  }

  /** As the state reads: what is packed, else the database, whose row is packed then. */
  read(key: string): string | undefined {
    const keyEnd = this.write(key);
    const place = this.rows.find(COLUMN_FAMILY, this.output, keyEnd);
    if (place !== NO_ROW) {
      this.rows.use(place);
      return this.rows.isAbsent(place) ? undefined : this.valueAt(place);
    }
    this.writes.apply();
    const { database } = this;
    const bytes = database.get(COLUMN_FAMILY, this.output, 0, keyEnd);
    const value = bytes < 0 ? undefined : text(database.result, 0, bytes);
    if (bytes < 0) {
      this.rows.insertAbsent(COLUMN_FAMILY, this.output, keyEnd, 8);
    } else {
      this.rows.insertRead(COLUMN_FAMILY, this.output, keyEnd, database.result, 0, bytes);
    }
    return value;
  }

  isPacked(key: string): boolean {
    return this.rows.find(COLUMN_FAMILY, this.output, this.write(key)) !== NO_ROW;
  }

  /** As a decoded value that is written by itself. */
  writeDecoded(key: string, value: string): void {
    const keyEnd = this.write(key);
    const end = this.end(value);
    this.writes.batch.put(COLUMN_FAMILY, this.output, 0, keyEnd, end);
    this.rows.written(COLUMN_FAMILY, this.output, keyEnd, end);
  }

  deleteDecoded(key: string): void {
    const keyEnd = this.write(key);
    this.writes.batch.delete(COLUMN_FAMILY, this.output, 0, keyEnd);
    this.rows.forget(COLUMN_FAMILY, this.output, keyEnd);
  }

  /** @returns false where it is newer than the fixed version */
  writeNow(key: string): boolean {
    const place = this.rows.find(COLUMN_FAMILY, this.output, this.write(key));
    return place === NO_ROW || this.rows.versions.writeNow(place);
  }

  writeAllNow(prefix: string): boolean {
    return this.rows.versions.writeAllNow(COLUMN_FAMILY, this.output, this.write(prefix));
  }

  /** A slice of one row. @returns true when nothing is left of the version */
  step(): boolean {
    this.writes.apply();
    const isDone = this.rows.versions.writeVersion(this.barrierBatch, () => true);
    this.database.write(this.barrierBatch);
    return isDone;
  }

  writeAll(): void {
    this.writes.apply();
    this.rows.versions.writeAll(this.barrierBatch);
    this.database.write(this.barrierBatch);
  }

  /** What the database holds, with all that waits. */
  stored(keys: readonly string[]): Record<string, string> {
    this.writes.apply();
    const found: Record<string, string> = {};
    for (const key of keys) {
      const bytes = this.database.get(COLUMN_FAMILY, this.output, 0, this.write(key));
      if (bytes >= 0) {
        found[key] = text(this.database.result, 0, bytes);
      }
    }
    return found;
  }

  private valueAt(place: number): string {
    const { buffer, position } = this.rows.input(place);
    return text(buffer, position, position + this.rows.valueBytes(place));
  }

  private keyEnd = 0;

  private write(key: string): number {
    this.keyEnd = Buffer.from(this.output.buffer).write(key, 'latin1');
    return this.keyEnd;
  }

  /** After the key. */
  private end(value: string): number {
    return this.keyEnd + Buffer.from(this.output.buffer, this.keyEnd).write(value, 'latin1');
  }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
