/**
 * Gives out runs of places of a column that follow one another, for the elements of a list or the entries of
 * a map.
 *
 * Invariants:
 * - A run lies within a page of `PAGE_PLACES`, which starts at a multiple of them: so within one chunk of a column.
 * - A page has runs of one size. When all of them were given back another size may get it, so lists that grow leave
 *   no room behind that nobody can use.
 * - What is given back is used before new pages are.
 *
 * Design: docs/decisions/0015-lists-and-maps-in-columns.md
 */
// Hot path.
import { Int32Column } from '@millrace/state/columns';

/** At most half as much again as is asked for. */
const SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128] as const;

/** Of the longest run. */
export const RUN_MAX = 128;

const PAGE_BITS = 9;
export const PAGE_PLACES: number = 1 << PAGE_BITS;
const IN_PAGE = PAGE_PLACES - 1;

/** A page has a bit for each run, in words of 32: set while the run is free. */
const WORD_BITS = 5;
const IN_WORD = 31;
const PAGE_WORDS = PAGE_PLACES >>> WORD_BITS;

const NO_PAGE = -1;

/** By length: the least of `SIZES` that has room, by its place there. */
const SIZE_OF_LENGTH = Uint8Array.from({ length: RUN_MAX + 1 }, (_, length) =>
  SIZES.findIndex((size) => size >= length),
);

/** By place in `SIZES`. */
const PLACES_OF_SIZE = Int32Array.from(SIZES);
const RUNS_OF_SIZE = Int32Array.from(SIZES, (size) => Math.floor(PAGE_PLACES / size));

/** True where a list or map of one length has a run for the other. */
export function isSameSize(length: number, other: number): boolean {
  return SIZE_OF_LENGTH[length] === SIZE_OF_LENGTH[other];
}

export class RunPages {
  /** By page: how many of its runs are free. */
  private readonly free: Int32Column;
  private readonly bits: Int32Column;
  /** By page: its neighbours among those of the same size that have free runs. */
  private readonly next: Int32Column;
  private readonly previous: Int32Column;
  /** By size: the first page that has free runs. */
  private readonly first: Int32Array;
  private readonly emptyPages: number[];
  private pages: number;

  constructor() {
    this.free = new Int32Column();
    this.bits = new Int32Column();
    this.next = new Int32Column();
    this.previous = new Int32Column();
    this.first = new Int32Array(SIZES.length).fill(NO_PAGE);
    this.emptyPages = [];
    this.pages = 0;
  }

  /** Of all pages so far: what a column must have room for. */
  get places(): number {
    return this.pages << PAGE_BITS;
  }

  /** @param length - 1 to `RUN_MAX` @returns its first place */
  take(length: number): number {
    const size = SIZE_OF_LENGTH[length] as number;
    const known = this.first[size] as number;
    const page = known === NO_PAGE ? this.addPage(size) : known;
    const { bits } = this;
    let word = page * PAGE_WORDS;
    while (bits.get(word) === 0) {
      word++;
    }
    const free = bits.get(word);
    const lowest = free & -free;
    bits.set(word, free ^ lowest);
    const run = ((word - page * PAGE_WORDS) << WORD_BITS) + (31 - Math.clz32(lowest));
    const left = this.free.get(page) - 1;
    this.free.set(page, left);
    if (left === 0) {
      this.unlink(page, size);
    }
    return (page << PAGE_BITS) + run * (PLACES_OF_SIZE[size] as number);
  }

  /** @param length - any that has a run of the size that it was taken with */
  giveBack(start: number, length: number): void {
    const size = SIZE_OF_LENGTH[length] as number;
    const page = start >>> PAGE_BITS;
    const run = ((start & IN_PAGE) / (PLACES_OF_SIZE[size] as number)) | 0;
    const word = page * PAGE_WORDS + (run >>> WORD_BITS);
    this.bits.set(word, this.bits.get(word) | (1 << (run & IN_WORD)));
    const free = this.free.get(page) + 1;
    this.free.set(page, free);
    if (free === 1) {
      this.link(page, size);
    }
    if (free === RUNS_OF_SIZE[size]) {
      this.unlink(page, size);
      this.emptyPages.push(page);
    }
  }

  private addPage(size: number): number {
    const page = this.emptyPages.pop() ?? this.newPage();
    const runs = RUNS_OF_SIZE[size] as number;
    for (let word = 0; word < PAGE_WORDS; word++) {
      const left = runs - (word << WORD_BITS);
      const bits = left >= 32 ? -1 : left > 0 ? (1 << left) - 1 : 0;
      this.bits.set(page * PAGE_WORDS + word, bits);
    }
    this.free.set(page, runs);
    this.link(page, size);
    return page;
  }

  private newPage(): number {
    const page = this.pages++;
    this.free.reserve(this.pages);
    this.bits.reserve(this.pages * PAGE_WORDS);
    this.next.reserve(this.pages);
    this.previous.reserve(this.pages);
    return page;
  }

  private link(page: number, size: number): void {
    const second = this.first[size] as number;
    this.next.set(page, second);
    this.previous.set(page, NO_PAGE);
    if (second !== NO_PAGE) {
      this.previous.set(second, page);
    }
    this.first[size] = page;
  }

  private unlink(page: number, size: number): void {
    const next = this.next.get(page);
    const previous = this.previous.get(page);
    if (next !== NO_PAGE) {
      this.previous.set(next, previous);
    }
    if (previous === NO_PAGE) {
      this.first[size] = next;
    } else {
      this.next.set(previous, next);
    }
  }
}
