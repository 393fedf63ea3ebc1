/**
 * Older values of rows, for snapshots that started before they were overwritten.
 *
 * They stand in columns, by dense records: objects would live as long as a snapshot is written, and a
 * garbage collector that has to move them stops the job for it.
 *
 * Invariants:
 * - Of a row the newest record is known, and of each record the one that was kept before it.
 * - A record belongs to one row, or is free.
 * - When all is let go no memory is left.
 *
 * Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.
import { type Column, FreeRows, Int32Column } from '@millrace/state/columns';

const CHUNK_BITS = 10; // 4 KiB, where a row has a record
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;
const NONE = 0;
/** No version is as old: what is read is the latest value. */
const NEVER_OVERWRITTEN = 0;
const NO_FREE = -1;

export class KeptValues {
  private readonly createValues: () => Column;
  /** By row: one more than its newest record. */
  private newest: (Int32Array | undefined)[];
  /** By record, from here on: the version that overwrote it. */
  private untils: Int32Column;
  /** One more than the record that was kept of the row before. */
  private previous: Int32Column;
  private values: Column | undefined;
  private count: number;
  private free: FreeRows;

  /** @param createValues - an empty column for values of the state */
  constructor(createValues: () => Column) {
    this.createValues = createValues;
    this.newest = [];
    this.untils = new Int32Column();
    this.previous = new Int32Column();
    this.values = undefined;
    this.count = 0;
    this.free = new FreeRows();
  }

  /** The version that overwrote what was kept last of the row: snapshots of an earlier one read it; 0 where there is none. */
  untilOf(row: number): number {
    const newest = this.newestOf(row);
    return newest === NONE ? NEVER_OVERWRITTEN : this.untils.get(newest - 1);
  }

  /** What a snapshot of a version below `untilOf` reads. */
  valueAt(row: number, version: number): unknown {
    let record = this.newestOf(row) - 1;
    let older = this.previous.get(record) - 1;
    while (older >= 0 && this.untils.get(older) > version) {
      record = older;
      older = this.previous.get(record) - 1;
    }
    return (this.values as Column).get(record);
  }

  /** @param value - `undefined` where the row had none */
  add(row: number, until: number, value: unknown): void {
    const record = this.take();
    this.untils.set(record, until);
    this.previous.set(record, this.newestOf(row));
    if (value !== undefined) {
      (this.values as Column).set(record, value);
    }
    this.setNewest(row, record + 1);
  }

  /** All that is kept of a row. */
  remove(row: number): void {
    let record = this.newestOf(row) - 1;
    if (record < 0) {
      return;
    }
    this.setNewest(row, NONE);
    while (record >= 0) {
      (this.values as Column).remove(record);
      this.free.add(record);
      record = this.previous.get(record) - 1;
    }
  }

  clear(): void {
    if (this.values !== undefined) {
      this.newest = [];
      this.untils = new Int32Column();
      this.previous = new Int32Column();
      this.values = undefined;
      this.count = 0;
      this.free = new FreeRows();
    }
  }

  private take(): number {
    const free = this.free.take();
    if (free !== NO_FREE) {
      return free;
    }
    this.values ??= this.createValues();
    const record = this.count++;
    this.untils.reserve(this.count);
    this.previous.reserve(this.count);
    this.values.reserve(this.count);
    return record;
  }

  private newestOf(row: number): number {
    const at = row >>> CHUNK_BITS;
    const chunk = at < this.newest.length ? this.newest[at] : undefined;
    return chunk === undefined ? NONE : (chunk[row & IN_CHUNK] as number);
  }

  private setNewest(row: number, record: number): void {
    const { newest } = this;
    const at = row >>> CHUNK_BITS;
    while (newest.length <= at) {
      newest.push(undefined);
    }
    let chunk = newest[at];
    if (chunk === undefined) {
      chunk = new Int32Array(CHUNK_ROWS);
      newest[at] = chunk;
    }
    chunk[row & IN_CHUNK] = record;
  }
}
