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

const FIRST_ROWS = 32;
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
    while (this.rows < count) {
      const { rows, chunks } = this;
      const chunk = chunks[rows >>> CHUNK_BITS];
      if (chunk === undefined) {
        const length = rows === 0 ? FIRST_ROWS : CHUNK_ROWS;
        chunks.push(new Array(length).fill(undefined));
        this.rows += length;
      } else {
        const grown = new Array(2 * chunk.length).fill(undefined);
        for (let i = 0; i < chunk.length; i++) {
          grown[i] = chunk[i];
        }
        chunks[0] = grown; // others are whole from the start
        this.rows = grown.length;
      }
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
}
