/**
 * A column of numbers in which any other value may stand too: four bytes each where they are whole and small, else
 * eight.
 *
 * Invariants:
 * - What was set is what `get` gives: -0 and NaN as well, and what is no number at all.
 * - A chunk has four bytes a row until something is set that is no whole number of 32 bits, and eight from then on.
 * - What is admitted is given to a check, unless it is surely a number of the declared type.
 * - Presence costs neither a bit nor a load: of four bytes, the least number says that a row is empty. Of eight, NaN has
 *   one form in memory; other forms of it say that a row is empty, or that its value is among `others`.
 */
// Hot path.
import { growChunks } from './chunk-growth.ts';
import { ANY, type Column, type ValueCheck } from './column.ts';
import { isSameIdentity } from './identity-hash.ts';
import { isUserKey } from './user-key-slot.ts';

const CHUNK_BITS = 15; // 128 KiB of whole numbers, 256 KiB of others
const CHUNK_ROWS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ROWS - 1;
const NO_ROW = -1;

/** Of an empty row of whole numbers: as a value it makes its chunk a wide one. */
const NO_INT = -(2 ** 31);

/** Both halves of the NaN of an empty row; as one word, so that `fill` writes it. */
const EMPTY = 0x7ffc0e3d;
/** The same of a row whose value is among `others`. */
const OTHER = 0x7ffc07e4;
/** No other form than this of the NaN that programs give is ever in a column. */
const NAN = 0x7ff80000;

const ONE = new Float64Array([1]);
/** Where in the eight bytes of a number its sign and exponent are. */
const HIGH = new Int32Array(ONE.buffer)[1] === 0 ? 0 : 1;

export class NumberColumn implements Column {
  /** By chunk, while it has four bytes a row. */
  private readonly ints: (Int32Array | undefined)[];
  /** By chunk, when it is wide. */
  private readonly wide: (Float64Array | undefined)[];
  /** The same memory. */
  private readonly halves: (Int32Array | undefined)[];
  /** What is no number, by row: a program that breaks its declared type gets it back. */
  private others: Map<number, unknown> | undefined;
  private rows: number;
  /** Larger numbers, and fractions, are checked; `Infinity` where any number fits. */
  private readonly wholeMax: number;
  private readonly areWhole: boolean;
  private readonly check: ValueCheck;

  /** @param wholeMax - the largest number that surely fits, for a type of whole numbers */
  constructor(wholeMax: number = Number.POSITIVE_INFINITY, check: ValueCheck = ANY) {
    this.ints = [];
    this.wide = [];
    this.halves = [];
    this.others = undefined;
    this.rows = 0;
    this.wholeMax = wholeMax;
    this.areWhole = wholeMax !== Number.POSITIVE_INFINITY;
    this.check = check;
  }

  reserve(count: number): void {
    if (this.rows < count) {
      const resize = (index: number, rows: number) => this.resize(index, rows);
      this.rows = growChunks({ rows: this.rows, count, chunkRows: CHUNK_ROWS, resize });
    }
  }

  get(row: number): unknown {
    const ints = this.ints[row >>> CHUNK_BITS];
    if (ints !== undefined) {
      const value = ints[row & IN_CHUNK];
      return value === NO_INT ? undefined : value;
    }
    const value = (this.wide[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return value === value ? value : this.special(row);
  }

  has(row: number): boolean {
    const ints = this.ints[row >>> CHUNK_BITS];
    if (ints !== undefined) {
      return ints[row & IN_CHUNK] !== NO_INT;
    }
    const value = (this.wide[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return value === value || this.formOf(row) !== EMPTY;
  }

  is(row: number, value: unknown): boolean {
    const ints = this.ints[row >>> CHUNK_BITS];
    if (ints !== undefined) {
      const found = ints[row & IN_CHUNK];
      return found === NO_INT ? value === undefined : found === value;
    }
    const found = (this.wide[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] as number;
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    return found === found ? found === value : isSameIdentity(this.special(row), value);
  }

  admit(value: unknown): void {
    if (typeof value !== 'number') {
      this.check(value);
    } else if (
      this.areWhole === true &&
      (value | 0) !== value &&
      !(Math.abs(value) <= this.wholeMax && Math.trunc(value) === value)
    ) {
      this.check(value);
    }
  }

  set(row: number, value: unknown): void {
    const ints = this.ints[row >>> CHUNK_BITS];
    if (ints === undefined) {
      this.putWide(row, value);
    } else if (isInt(value)) {
      ints[row & IN_CHUNK] = value;
    } else {
      this.widen(row >>> CHUNK_BITS, ints);
      this.putWide(row, value);
    }
  }

  remove(row: number): void {
    const ints = this.ints[row >>> CHUNK_BITS];
    if (ints !== undefined) {
      ints[row & IN_CHUNK] = NO_INT;
      return;
    }
    this.setForm(row, EMPTY);
    if (this.others !== undefined) {
      this.others.delete(row);
    }
  }

  warm(rows: Int32Array, count: number): number {
    let read = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row >= 0 && this.has(row) ? 1 : 0;
    }
    return read;
  }

  slice(from: number, count: number): unknown[] {
    const start = from & IN_CHUNK;
    const values = new Array<unknown>(count);
    const ints = this.ints[from >>> CHUNK_BITS];
    if (ints !== undefined) {
      for (let i = 0; i < count; i++) {
        values[i] = ints[start + i];
      }
      return values;
    }
    const wide = this.wide[from >>> CHUNK_BITS] as Float64Array;
    for (let i = 0; i < count; i++) {
      const value = wide[start + i] as number;
      // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
      if (value !== value) {
        return this.sliceOfAny(from, count);
      }
      values[i] = value;
    }
    return values;
  }

  copy(from: number, to: number, count: number): void {
    const source = this.ints[from >>> CHUNK_BITS];
    const target = this.ints[to >>> CHUNK_BITS];
    if (source !== undefined && target !== undefined) {
      for (let i = 0; i < count; i++) {
        target[(to & IN_CHUNK) + i] = source[(from & IN_CHUNK) + i] as number;
      }
      return;
    }
    const wideSource = this.halves[from >>> CHUNK_BITS];
    const wideTarget = this.halves[to >>> CHUNK_BITS];
    if (wideSource !== undefined && wideTarget !== undefined && this.others === undefined) {
      // By halves, as the forms of NaN must stay.
      const last = 2 * ((from & IN_CHUNK) + count);
      const by = 2 * ((to & IN_CHUNK) - (from & IN_CHUNK));
      for (let i = 2 * (from & IN_CHUNK); i < last; i++) {
        wideTarget[i + by] = wideSource[i] as number;
      }
      return;
    }
    for (let i = 0; i < count; i++) {
      this.set(to + i, this.get(from + i));
    }
  }

  release(from: number, count: number): void {
    if (this.others !== undefined) {
      for (let i = 0; i < count; i++) {
        this.others.delete(from + i);
      }
    }
  }

  /** From the last one on, as user keys that are times are mostly the latest. */
  rowOfUserKey(identity: unknown, from: number, count: number, step: number): number {
    const start = from & IN_CHUNK;
    const ints = this.ints[from >>> CHUNK_BITS];
    if (typeof identity !== 'number') {
      return ints === undefined ? this.rowOfOther(identity, from, count, step) : NO_ROW;
    }
    if (ints !== undefined) {
      for (let at = start + (count - 1) * step; at >= start; at -= step) {
        const value = ints[at] as number;
        if (value <= identity) {
          return value === identity ? from - start + at : NO_ROW;
        }
      }
      return NO_ROW;
    }
    const wide = this.wide[from >>> CHUNK_BITS] as Float64Array;
    for (let at = start + (count - 1) * step; at >= start; at -= step) {
      const value = wide[at] as number; // NaN of what is no number, which is never less.
      if (value <= identity) {
        return value === identity ? from - start + at : NO_ROW;
      }
    }
    return NO_ROW;
  }

  placeOfUserKey(slot: unknown, from: number, count: number, step: number): number {
    let place = count;
    if (typeof slot === 'number') {
      // What is no number stands behind all numbers.
      while (place > 0 && !this.isLess(from + (place - 1) * step, slot)) {
        place--;
      }
    }
    return place;
  }

  private isLess(row: number, than: number): boolean {
    const value = this.get(row);
    return typeof value === 'number' && value < than;
  }

  private rowOfOther(identity: unknown, from: number, count: number, step: number): number {
    for (let row = from; row < from + count * step; row += step) {
      if (isUserKey(this.get(row), identity)) {
        return row;
      }
    }
    return NO_ROW;
  }

  private sliceOfAny(from: number, count: number): unknown[] {
    return Array.from({ length: count }, (_, i) => this.get(from + i));
  }

  private resize(index: number, rows: number): void {
    const ints = this.ints[index];
    const halves = this.halves[index];
    if (halves !== undefined) {
      this.makeWide(index, rows).set(halves);
    } else {
      const resized = new Int32Array(rows).fill(NO_INT);
      resized.set(ints ?? []);
      this.ints[index] = resized;
      this.wide[index] = undefined;
      this.halves[index] = undefined;
    }
  }

  private widen(index: number, ints: Int32Array): void {
    this.makeWide(index, ints.length);
    this.ints[index] = undefined;
    const first = index << CHUNK_BITS;
    for (let i = 0; i < ints.length; i++) {
      if (ints[i] !== NO_INT) {
        this.putWide(first + i, ints[i]);
      }
    }
  }

  /** An empty chunk. @returns its halves */
  private makeWide(index: number, rows: number): Int32Array {
    const wide = new Float64Array(rows);
    const halves = new Int32Array(wide.buffer).fill(EMPTY);
    this.wide[index] = wide;
    this.halves[index] = halves;
    return halves;
  }

  private putWide(row: number, value: unknown): void {
    if (this.others !== undefined) {
      this.others.delete(row);
    }
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN.
    if (typeof value === 'number' && value === value) {
      (this.wide[row >>> CHUNK_BITS] as Float64Array)[row & IN_CHUNK] = value;
    } else {
      this.setSpecial(row, value);
    }
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

/** True of what has a place in four bytes, where the least of them says that there is nothing. */
function isInt(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    (value | 0) === value &&
    value !== NO_INT &&
    (value !== 0 || !Object.is(value, -0))
  );
}
