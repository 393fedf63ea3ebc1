/**
 * What lists and maps in columns share: which run of places each row has, and how many of them are taken.
 *
 * Invariants:
 * - A row has a run of the size that its length needs, or none: while it is empty, while it is large, when what it
 *   holds is an object of its own, and while what it holds stands where else the run is told.
 * - Places that are not taken hold nothing that would keep an object in memory.
 * - A row has a mark, which is 0 whenever its length has changed.
 *
 * Design: docs/decisions/0015-lists-and-maps-in-columns.md
 */
// Hot path.
import { Int32Column, SparseColumn } from '@millrace/state/columns';
import { isSameSize, RunPages } from './run-pages.ts';

/** In place of the length of what is large. */
const LARGE = -1;
/** In place of the first place of a run that there is not. */
const NOWHERE = 0;
/** The length has the low bits of its number, the mark the others. */
const LENGTH_BITS = 16;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

export abstract class RunColumn<L> {
  /** Of each row the first place of its run, and its length with its mark, in turn. */
  private readonly heads: Int32Column;
  private readonly pages: RunPages;
  private readonly large: SparseColumn<L>;
  /** By row, the version in which what it holds came to be ours alone; of values that can be changed in place. */
  private readonly since: Int32Column | undefined;

  constructor(isChangeable: boolean) {
    this.heads = new Int32Column();
    this.pages = new RunPages();
    this.large = new SparseColumn();
    this.since = isChangeable ? new Int32Column() : undefined;
  }

  /** Places below `count` may be used from now on. */
  protected abstract reservePlaces(count: number): void;
  protected abstract copyPlaces(from: number, to: number, count: number): void;
  /** Nobody reads them before they are set again. */
  protected abstract releasePlaces(from: number, count: number): void;

  reserve(count: number): void {
    this.heads.reserve(2 * count);
    this.since?.reserve(count);
  }

  has(row: number): boolean {
    return this.lengthOf(row) !== 0;
  }

  remove(row: number): void {
    this.resize(row, 0);
  }

  /** Where the runs are, and how long. */
  warm(rows: Int32Array, count: number): number {
    let read = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      read += row < 0 ? 0 : this.lengthOf(row);
    }
    return read;
  }

  isLarge(row: number): boolean {
    return this.lengthOf(row) === LARGE;
  }

  /** Of a row that is large. */
  largeOf(row: number): L {
    return this.large.get(row) as L;
  }

  privateSince(row: number): number {
    return this.since === undefined ? 0 : this.since.get(row);
  }

  setPrivateSince(row: number, version: number): void {
    this.since?.set(row, version);
  }

  /** Of a row that is neither empty nor large. */
  protected startOf(row: number): number {
    return this.heads.get(2 * row);
  }

  /** Negative of a row that is large. */
  protected lengthOf(row: number): number {
    return (this.heads.get(2 * row + 1) << LENGTH_BITS) >> LENGTH_BITS;
  }

  /** Of 16 bits, for what a kind of rows has to remember of each. */
  protected markOf(row: number): number {
    return this.heads.get(2 * row + 1) >>> LENGTH_BITS;
  }

  /** It stands until the length of the row changes. */
  protected setMark(row: number, mark: number): void {
    this.setLength(row, this.lengthOf(row), mark);
  }

  private setLength(row: number, length: number, mark: number): void {
    this.heads.set(2 * row + 1, (mark << LENGTH_BITS) | (length & LENGTH_MASK));
  }

  /** What the row holds stays, up to `length` places. @returns the first of them, if there are any */
  protected resize(row: number, length: number): number {
    const before = this.lengthOf(row);
    const start = this.startOf(row);
    this.setLength(row, length, 0);
    if (before > 0 && length > 0 && isSameSize(before, length)) {
      if (length < before) {
        this.releasePlaces(start + length, before - length);
      }
      return start;
    }
    const moved = length > 0 ? this.take(length) : NOWHERE;
    this.heads.set(2 * row, moved);
    if (before > 0) {
      this.copyPlaces(start, moved, Math.min(before, length));
      this.releasePlaces(start, before);
      this.pages.giveBack(start, before);
    } else if (before === LARGE) {
      this.large.remove(row);
    }
    return moved;
  }

  /** Two numbers in place of a run and its length, which is negative and not that of what is large. */
  protected setHead(row: number, first: number, length: number): void {
    this.resize(row, 0);
    this.heads.set(2 * row, first);
    this.setLength(row, length, 0);
  }

  protected setLarge(row: number, value: L): void {
    this.resize(row, 0);
    this.setLength(row, LARGE, 0);
    this.large.set(row, value);
  }

  private take(length: number): number {
    const start = this.pages.take(length);
    this.reservePlaces(this.pages.places);
    return start;
  }
}
