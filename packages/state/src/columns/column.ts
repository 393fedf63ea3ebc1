/**
 * A value for each of many rows, found by the number of the row.
 *
 * Invariants:
 * - A row that was reserved and not set holds `undefined`, as does one that was removed.
 * - Growing copies no more than one chunk, however many rows there are: no record waits for it.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import { growChunks } from './chunk-growth.ts';
import { isSameIdentity } from './identity-hash.ts';
import { isUserKey } from './user-key-slot.ts';

export interface Values {
  /** Rows below `count` may be used from now on. */
  reserve(count: number): void;
  get(row: number): unknown;
  has(row: number): boolean;
  /**
   * Before a value that a program gave is set: nothing has changed where it is refused.
   *
   * @throws ConfigError for one that is not of the declared type, as far as the column knows that
   */
  admit(value: unknown): void;
  /** @param value - not `undefined`, of which `has` says that it is not there */
  set(row: number, value: unknown): void;
  remove(row: number): void;
  /**
   * Reads what an access to each of these rows will read, in loops as short as can be: there the processor waits
   * for many loads at once.
   *
   * @param rows - of which the first `count` are meant, and -1 is none; may have changed after the call
   * @returns nothing of use, but the reads must lead somewhere
   */
  warm(rows: Int32Array, count: number): number;
}

/** Values that are single ones, or places for what several belong to one. */
export interface Column extends Values {
  /** True when the row holds what equals `value` as keys of a `Map` are equal: NaN is itself. */
  is(row: number, value: unknown): boolean;
  /** The values of `count` rows from `from` on, which are in one page of runs: here and below. */
  slice(from: number, count: number): unknown[];
  /** To rows `to` and on, which may be some of the same if they are before them. */
  copy(from: number, to: number, count: number): void;
  /** Nobody reads them before they are set again. */
  release(from: number, count: number): void;
  /**
   * The row, of `count` from `from` on that are `step` apart, of the user key with this identity; -1 where
   * there is none.
   */
  rowOfUserKey(identity: unknown, from: number, count: number, step: number): number;
  /**
   * Behind how many of `count` user keys, which are as many rows apart, one that is new among them has its place:
   * numbers are in their order, of all others the last one to come is the last.
   */
  placeOfUserKey(slot: unknown, from: number, count: number, step: number): number;
}

/** @throws ConfigError for a value that must not stand in the column, as it is not of the declared type */
export type ValueCheck = (value: unknown) => void;

export const ANY: ValueCheck = () => {};

const CHUNK_BITS = 13; // 64 KiB of references: no large object for the garbage collector
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;
const NO_ROW = -1;

/** Of any values. */
export class ObjectColumn implements Column {
  private readonly chunks: unknown[][];
  private rows: number;
  private readonly areTexts: boolean;
  private readonly check: ValueCheck;

  /** @param texts - what to do with other values; without it the column holds any */
  constructor(texts?: ValueCheck) {
    this.chunks = [];
    this.rows = 0;
    this.areTexts = texts !== undefined;
    this.check = texts ?? ANY;
  }

  reserve(count: number): void {
    if (this.rows < count) {
      const resize = (index: number, rows: number) => this.resize(index, rows);
      this.rows = growChunks({ rows: this.rows, count, chunkRows: CHUNK_ROWS, resize });
    }
  }

  get(row: number): unknown {
    return (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK];
  }

  has(row: number): boolean {
    return (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK] !== undefined;
  }

  is(row: number, value: unknown): boolean {
    return isSameIdentity((this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK], value);
  }

  admit(value: unknown): void {
    if (this.areTexts === true && typeof value !== 'string') {
      this.check(value);
    }
  }

  set(row: number, value: unknown): void {
    (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK] = value;
  }

  remove(row: number): void {
    (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK] = undefined;
  }

  warm(rows: Int32Array, count: number): number {
    let read = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row >= 0 && this.has(row) ? 1 : 0;
    }
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row >= 0 && typeof this.get(row) === 'object' ? 1 : 0; // reads the value itself
    }
    return read;
  }

  slice(from: number, count: number): unknown[] {
    const at = from & IN_CHUNK;
    return (this.chunks[from >>> CHUNK_BITS] as unknown[]).slice(at, at + count);
  }

  copy(from: number, to: number, count: number): void {
    const source = this.chunks[from >>> CHUNK_BITS] as unknown[];
    const target = this.chunks[to >>> CHUNK_BITS] as unknown[];
    for (let i = 0; i < count; i++) {
      target[(to & IN_CHUNK) + i] = source[(from & IN_CHUNK) + i];
    }
  }

  release(from: number, count: number): void {
    const chunk = this.chunks[from >>> CHUNK_BITS] as unknown[];
    for (let i = 0; i < count; i++) {
      chunk[(from & IN_CHUNK) + i] = undefined;
    }
  }

  rowOfUserKey(identity: unknown, from: number, count: number, step: number): number {
    const chunk = this.chunks[from >>> CHUNK_BITS] as unknown[];
    const start = from & IN_CHUNK;
    for (let at = 0; at < count * step; at += step) {
      if (isUserKey(chunk[start + at], identity)) {
        return from + at;
      }
    }
    return NO_ROW;
  }

  placeOfUserKey(_slot: unknown, _from: number, count: number): number {
    return count;
  }

  private resize(index: number, rows: number): void {
    const before = this.chunks[index] ?? [];
    const chunk = new Array(rows).fill(undefined);
    for (let i = 0; i < before.length; i++) {
      chunk[i] = before[i];
    }
    this.chunks[index] = chunk;
  }
}
