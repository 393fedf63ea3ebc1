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

export interface Column {
  /** Rows below `count` may be used from now on. */
  reserve(count: number): void;
  get(row: number): unknown;
  has(row: number): boolean;
  /** True when the row holds what equals `value` as keys of a `Map` are equal: NaN is itself. */
  is(row: number, value: unknown): boolean;
  /** @param value - not `undefined` */
  set(row: number, value: unknown): void;
  remove(row: number): void;
}

const CHUNK_BITS = 13; // 64 KiB of references: no large object for the garbage collector
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;

/** Of any values. */
export class ObjectColumn implements Column {
  private readonly chunks: unknown[][];
  private rows: number;

  constructor() {
    this.chunks = [];
    this.rows = 0;
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

  set(row: number, value: unknown): void {
    (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK] = value;
  }

  remove(row: number): void {
    (this.chunks[row >>> CHUNK_BITS] as unknown[])[row & IN_CHUNK] = undefined;
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
