/**
 * Records of two streams, for the windows of joins: what each holds, and beside it of which stream it is.
 *
 * Invariant: what is read equals what was set and holds the very same value; the tagged record around it is made anew.
 *
 * Windows keep records until they fire. Without the object around each, the garbage collector moves one less as they
 * grow old, and who reads them waits for one less that has left the caches.
 *
 * Design: docs/decisions/0020-records-of-joins.md
 */
// Hot path.
import { TaggedUnion } from '@millrace/core';
import { type Column, Int32Column, ObjectColumn } from '@millrace/state/columns';

const ABSENT = 0; // as in an Int32Column where none was set
const ONE = 1;
const TWO = 2;
const NO_ROW = -1;

export class UnionColumn implements Column {
  private readonly values: ObjectColumn;
  private readonly tags: Int32Column;

  constructor() {
    this.values = new ObjectColumn();
    this.tags = new Int32Column();
  }

  reserve(count: number): void {
    this.values.reserve(count);
    this.tags.reserve(count);
  }

  get(row: number): unknown {
    const tag = this.tags.get(row);
    return tag === ABSENT ? undefined : tagged(tag, this.values.get(row));
  }

  has(row: number): boolean {
    return this.tags.get(row) !== ABSENT;
  }

  /** Records come from the stream's own operator, tagged. */
  admit(): void {}

  /** @param record - of which no more is kept than its serializer writes */
  set(row: number, record: unknown): void {
    const { isOne, value } = record as TaggedUnion<unknown, unknown>;
    this.values.set(row, value);
    this.tags.set(row, isOne ? ONE : TWO);
  }

  remove(row: number): void {
    this.values.remove(row);
    this.tags.set(row, ABSENT);
  }

  warm(rows: Int32Array, count: number): number {
    return this.values.warm(rows, count);
  }

  /** No tagged record equals another one. */
  is(): boolean {
    return false;
  }

  slice(from: number, count: number): unknown[] {
    const records = this.values.slice(from, count);
    for (let i = 0; i < count; i++) {
      records[i] = tagged(this.tags.get(from + i), records[i]);
    }
    return records;
  }

  copy(from: number, to: number, count: number): void {
    this.values.copy(from, to, count);
    for (let i = 0; i < count; i++) {
      this.tags.set(to + i, this.tags.get(from + i));
    }
  }

  release(from: number, count: number): void {
    this.values.release(from, count);
  }

  /** Tagged records are no user keys: here and below. */
  rowOfUserKey(): number {
    return NO_ROW;
  }

  placeOfUserKey(_record: unknown, _from: number, count: number): number {
    return count;
  }
}

function tagged(tag: number, value: unknown): TaggedUnion<unknown, unknown> {
  return tag === ONE ? TaggedUnion.one(value) : TaggedUnion.two(value);
}
