/**
 * The lists of one state by row: the elements of short ones stand in a column, one after the other.
 *
 * Invariants:
 * - A list of more than `RUN_MAX` elements has an array of its own, which only grows while a snapshot that saw it
 *   runs, see `HeapListState`.
 * - What is read of a shorter one is an array that nothing changes any more.
 * - A list of one whole number of 32 bits has no run: the number stands where else the run is told, a miss of the caches
 *   less.
 *
 * Design: docs/decisions/0015-lists-and-maps-in-columns.md
 */
// Hot path.
import { type Column, NumberColumn, type Values } from '@millrace/state/columns';
import { ArrayPrefix, ListContents } from './contents.ts';
import { RunColumn } from './run-column.ts';
import { RUN_MAX } from './run-pages.ts';

/** In place of a place. */
const NOWHERE = -1;
/** In place of the length of a list of one number, which is in place of its first place. */
const SINGLE = -2;

export class ListColumn extends RunColumn<ListContents> implements Values {
  private readonly elements: Column;
  private readonly areNumbers: boolean;

  constructor(elements: Column, isChangeable: boolean) {
    super(isChangeable);
    this.elements = elements;
    this.areNumbers = elements instanceof NumberColumn;
  }

  get(row: number): ListContents | undefined {
    if (!this.has(row)) {
      return undefined;
    }
    return this.isLarge(row)
      ? this.largeOf(row)
      : new ListContents(this.elementsOf(row), this.privateSince(row));
  }

  admit(value: unknown): void {
    this.admitAll((value as ListContents).elements);
  }

  admitAll(elements: readonly unknown[]): void {
    for (let i = 0; i < elements.length; i++) {
      this.elements.admit(elements[i]);
    }
  }

  admitOne(element: unknown): void {
    this.elements.admit(element);
  }

  /** @param value - a `ListContents` of at least one element */
  set(row: number, value: unknown): void {
    const { elements, privateSince } = value as ListContents;
    this.setPrivateSince(row, privateSince);
    if (elements.length > RUN_MAX) {
      this.setLarge(row, value as ListContents);
      return;
    }
    const [first] = elements;
    if (elements.length === 1 && this.areNumbers && isInt32(first)) {
      this.setHead(row, first, SINGLE);
      return;
    }
    this.setRun(row, elements);
  }

  /** Of a list that is there. The array of a large one is the list's own, others are made. */
  elementsOf(row: number): unknown[] {
    const length = this.lengthOf(row);
    if (length > 0) {
      return this.elements.slice(this.startOf(row), length);
    }
    return length === SINGLE ? [this.startOf(row)] : this.largeOf(row).elements;
  }

  /** What snapshots read of a list that is there, however it grows. */
  prefixOf(row: number): ArrayPrefix<unknown> {
    const elements = this.elementsOf(row);
    return new ArrayPrefix(elements, elements.length);
  }

  /** To a list that is there. */
  append(row: number, element: unknown): void {
    const length = this.lengthOf(row);
    if (length > 0 && length < RUN_MAX) {
      this.elements.set(this.resize(row, length + 1) + length, element);
    } else if (length === SINGLE) {
      this.setRun(row, [this.startOf(row), element]);
    } else {
      this.appendAll(row, [element]);
    }
  }

  /** To a list that is there. */
  appendAll(row: number, added: readonly unknown[]): void {
    const length = this.lengthOf(row);
    if (length > 0 && length + added.length <= RUN_MAX) {
      const start = this.resize(row, length + added.length) + length;
      for (let i = 0; i < added.length; i++) {
        this.elements.set(start + i, added[i]);
      }
    } else if (this.isLarge(row)) {
      const { elements } = this.largeOf(row);
      for (const element of added) {
        elements.push(element);
      }
    } else {
      this.set(row, new ListContents(this.elementsOf(row).concat(added), this.privateSince(row)));
    }
  }

  /** And the first elements. */
  override warm(rows: Int32Array, count: number): number {
    const read = super.warm(rows, count);
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      rows[i] = row >= 0 && this.lengthOf(row) > 0 ? this.startOf(row) : NOWHERE;
    }
    return read + this.elements.warm(rows, count);
  }

  protected override reservePlaces(count: number): void {
    this.elements.reserve(count);
  }

  protected override copyPlaces(from: number, to: number, count: number): void {
    this.elements.copy(from, to, count);
  }

  protected override releasePlaces(from: number, count: number): void {
    this.elements.release(from, count);
  }

  private setRun(row: number, elements: readonly unknown[]): void {
    const start = this.resize(row, elements.length);
    for (let i = 0; i < elements.length; i++) {
      this.elements.set(start + i, elements[i]);
    }
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);
}
