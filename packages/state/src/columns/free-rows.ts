/**
 * Rows that nobody uses.
 *
 * Invariants:
 * - Adding and taking one costs the same however many there are.
 * - Of 32 rows that follow one another, those that are free are taken one after the other, the lowest first. So keys
 *   that come one after the other, as in a window, are neighbours in columns even where the keys before them went in
 *   any order: records that follow each other mostly find theirs in the same lines of the caches.
 */
// Hot path.
import { Int32Column } from './int32-column.ts';

const WORD_BITS = 5;
const IN_WORD = 31;
const NONE = -1;

export class FreeRows {
  /** A bit for each row, in words of 32: set while the row is free. */
  private readonly bits: Int32Column;
  /** Words below have memory. */
  private reserved: number;
  /** The words that have a free row; the last one is taken from. */
  private readonly words: Int32Column;
  private count: number;

  constructor() {
    this.bits = new Int32Column();
    this.reserved = 0;
    this.words = new Int32Column();
    this.count = 0;
  }

  /** @param row - that is not free */
  add(row: number): void {
    const word = row >>> WORD_BITS;
    if (word >= this.reserved) {
      this.reserved = word + 1;
      this.bits.reserve(this.reserved);
      this.words.reserve(this.reserved);
    }
    const before = this.bits.get(word);
    this.bits.set(word, before | (1 << (row & IN_WORD)));
    if (before === 0) {
      this.words.set(this.count++, word);
    }
  }

  /** @returns -1 where there is none */
  take(): number {
    if (this.count === 0) {
      return NONE;
    }
    const word = this.words.get(this.count - 1);
    const free = this.bits.get(word);
    const lowest = free & -free;
    const left = free ^ lowest;
    this.bits.set(word, left);
    if (left === 0) {
      this.count--;
    }
    return (word << WORD_BITS) + (IN_WORD - Math.clz32(lowest));
  }
}
