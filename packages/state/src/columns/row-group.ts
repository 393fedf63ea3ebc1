/**
 * The rows of one state in one key group, dense, so that a snapshot walks them without gathering.
 *
 * Invariants:
 * - What `pin` returned keeps its first `length` rows until `unpin`: appending leaves them alone,
 *   and the first removal copies them.
 * - `pinned` is the newest version that a running snapshot still has to write from this group, or
 *   -1. A row that was last kept at or before it must keep its value for that snapshot.
 *
 * Flink: CopyOnWriteStateMap. Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.

const NO_ROWS = new Int32Array(0);

export class RowGroup {
  rows: Int32Array;
  length: number;
  pinned: number;
  oldestPinned: number;
  private shared: boolean;
  private readonly pins: number[];

  constructor() {
    this.rows = NO_ROWS;
    this.length = 0;
    this.pinned = -1;
    this.oldestPinned = -1;
    this.shared = false;
    this.pins = [];
  }

  /** @returns its place */
  add(row: number): number {
    const place = this.length++;
    if (place === this.rows.length) {
      const rows = new Int32Array(Math.max(4, place + (place >> 1)));
      rows.set(this.rows);
      this.rows = rows;
      this.shared = false;
    }
    this.rows[place] = row;
    return place;
  }

  /** The last row comes into the place of the one that goes. @returns that row */
  removeAt(place: number): number {
    if (this.shared) {
      this.rows = this.rows.slice();
      this.shared = false;
    }
    const last = this.rows[--this.length] as number;
    this.rows[place] = last;
    return last;
  }

  /** The rows as they are now; read only the first `length` of now. */
  pin(version: number): Int32Array {
    this.pins.push(version);
    this.shared = true;
    this.refreshPins();
    return this.rows;
  }

  unpin(version: number): void {
    const at = this.pins.indexOf(version);
    if (at >= 0) {
      this.pins.splice(at, 1);
      this.refreshPins();
      if (this.pins.length === 0) {
        this.shared = false;
      }
    }
  }

  /** True when no other running snapshot needs old values of this group. */
  isPinnedOnce(): boolean {
    return this.pins.length === 1;
  }

  private refreshPins(): void {
    this.oldestPinned = this.pins[0] ?? -1;
    this.pinned = this.pins[this.pins.length - 1] ?? -1;
  }
}
