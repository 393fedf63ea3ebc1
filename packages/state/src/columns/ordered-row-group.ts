/**
 * The rows of one key group in the order in which they came, so that a snapshot walks them without
 * gathering, and what it restores has the same order.
 *
 * Invariants:
 * - A row that goes leaves a gap. When the list is full of them, all rows move up in their order.
 * - What `pin` returned stays as it is until `unpin`: appending leaves it alone, and the first removal
 *   copies the list.
 *
 * Flink: HeapPriorityQueueStateSnapshot. Design: docs/decisions/0016-timers-in-columns.md
 */
// Hot path.
import type { Int32Column } from './int32-column.ts';

/** In the place of a row that went. */
const GAP = -1;
/** Fewer stay where they are. */
const GAPS_MIN = 16;
const ROWS_MIN = 4;
const NO_ROWS = new Int32Array(0);

/** The rows of a group as they were. */
export interface PinnedOrder {
  /** Of how many rows. */
  readonly length: number;
  /** Where to look for them: at more places than there are rows. */
  readonly places: number;
  /** @returns -1 where no row was */
  readonly rows: Int32Array;
}

export class OrderedRowGroup {
  /** Of how many rows. */
  length: number;
  private rows: Int32Array;
  /** Behind the place of the last row. */
  private end: number;
  private isShared: boolean;
  /** Versions that are read still. */
  private readonly pins: number[];

  constructor() {
    this.length = 0;
    this.rows = NO_ROWS;
    this.end = 0;
    this.isShared = false;
    this.pins = [];
  }

  /** @param places - of all rows of the queue; has room for this one's */
  add(row: number, places: Int32Column): void {
    if (this.end === this.rows.length) {
      this.makeRoom(places);
    }
    places.set(row, this.end);
    this.rows[this.end++] = row;
    this.length++;
  }

  remove(row: number, places: Int32Column): void {
    if (this.isShared) {
      this.rows = this.rows.slice();
      this.isShared = false;
    }
    this.rows[places.get(row)] = GAP;
    if (--this.length === 0) {
      this.end = 0;
    }
  }

  /** A copy. */
  list(): number[] {
    return Array.from(this.rows.subarray(0, this.end)).filter((row) => row !== GAP);
  }

  pin(version: number): PinnedOrder {
    this.pins.push(version);
    this.isShared = true;
    return { length: this.length, places: this.end, rows: this.rows };
  }

  unpin(version: number): void {
    const at = this.pins.indexOf(version);
    if (at >= 0) {
      this.pins.splice(at, 1);
      if (this.pins.length === 0) {
        this.isShared = false;
      }
    }
  }

  /** Rows move up; where few gaps are between them, into a longer list. */
  private makeRoom(places: Int32Column): void {
    const before = this.rows;
    const isGrowing = this.end - this.length < Math.max(GAPS_MIN, this.length);
    if (isGrowing || this.isShared) {
      this.rows = new Int32Array(Math.max(ROWS_MIN, this.length + (this.length >> 1)));
      this.isShared = false;
    }
    let place = 0;
    for (let i = 0; i < this.end; i++) {
      const row = before[i] as number;
      if (row !== GAP) {
        if (i !== place) {
          places.set(row, place);
        }
        this.rows[place++] = row;
      }
    }
    this.end = place;
  }
}
