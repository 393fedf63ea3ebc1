/**
 * A column of numbers, eight bytes each, in which any other value may stand too.
 *
 * Invariants:
 * - What was set is what `get` gives: -0 and NaN as well, and what is no number at all.
 * - NaN has one form in memory; other forms of it say that a row is empty, or that its value is among
 *   `others`. So presence costs no bit of its own and no load.
 */
// Hot path.
import { growChunks } from './chunk-growth.ts';
import type { Column } from './column.ts';
import { isSameIdentity } from './identity-hash.ts';

const CHUNK_BITS = 15; // 256 KiB of numbers
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;

/** Both halves of the NaN of an empty row; as one word, so that `fill` writes it. */
const EMPTY = 0x7ffc0e3d;
/** The same of a row whose value is among `others`. */
const OTHER = 0x7ffc07e4;

const ONE = new Float64Array([1]);
/** Where in the eight bytes of a number its sign and exponent are. */
const HIGH = new Int32Array(ONE.buffer)[1] === 0 ? 0 : 1;

export class NumberColumn implements Column {
  private readonly chunks: Float64Array[];
  /** The same memory. */
  private readonly halves: Int32Array[];
  /** What is no number, by row: a program that breaks its declared type gets it back. */
  private others: Map<number, unknown> | undefined;
  private rows: number;

  constructor() {
    this.chunks = [];
    this.halves = [];
    this.others = undefined;
    this.rows = 0;
  }

  reserve(count: number): void {
    if (this.rows < count) {
      const resize = (index: number, rows: number) => this.resize(index, rows);
      this.rows = growChunks({ rows: this.rows, count, chunkRows: CHUNK_ROWS, resize });
    }
  }

  get(row: number): unknown {
    const value = (this.chunks[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return value === value ? value : this.special(row);
  }

  has(row: number): boolean {
    const value = (this.chunks[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return value === value || this.formOf(row) !== EMPTY;
  }

  is(row: number, value: unknown): boolean {
    const found = (this.chunks[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return found === found ? found === value : isSameIdentity(this.special(row), value);
  }

  set(row: number, value: unknown): void {
    if (this.others !== undefined) {
      this.others.delete(row);
    }
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    if (typeof value === 'number' && value === value) {
      (this.chunks[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] = value;
    } else {
      this.setSpecial(row, value);
    }
  }

  remove(row: number): void {
    this.setForm(row, EMPTY);
    if (this.others !== undefined) {
      this.others.delete(row);
    }
  }

  private resize(index: number, rows: number): void {
    const chunk = new Float64Array(rows);
    const halves = new Int32Array(chunk.buffer).fill(EMPTY);
    halves.set(this.halves[index] ?? []);
    this.chunks[index] = chunk;
    this.halves[index] = halves;
  }

  private special(row: number): unknown {
    switch (this.formOf(row)) {
      case EMPTY:
        return undefined;
      case OTHER:
        return this.others?.get(row);
      default:
        return Number.NaN;
    }
  }

  private setSpecial(row: number, value: unknown): void {
    if (typeof value === 'number') {
      this.setForm(row, NAN);
      return;
    }
    this.others ??= new Map();
    this.others.set(row, value);
    this.setForm(row, OTHER);
  }

  private formOf(row: number): number {
    const halves = this.halves[row >>> CHUNK_BITS] as Int32Array;
    return halves[2 * (row & IN_CHUNK) + HIGH] as number;
  }

  private setForm(row: number, form: number): void {
    const halves = this.halves[row >>> CHUNK_BITS] as Int32Array;
    const at = 2 * (row & IN_CHUNK);
    halves[at] = form;
    halves[at + 1] = form;
  }
}

/** No other form than this of the NaN that programs give is ever in a column. */
const NAN = 0x7ff80000;
