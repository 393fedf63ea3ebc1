/**
 * The timers of one service in one key group, dense, so that a snapshot walks them without
 * gathering. What it writes of a timer never changes, so no old values are kept.
 *
 * Invariants:
 * - `entries[e.index] === e` for each entry; of one that was removed the index is -1.
 * - What `pin` returned keeps its first `length` entries until `unpin`: appending leaves them
 *   alone, and the first removal copies the array.
 *
 * Flink: HeapPriorityQueueStateSnapshot. Design: docs/decisions/0003-heap-state-by-versions.md
 */
// Hot path.

export interface Indexed {
  index: number;
}

export class DenseGroup<E extends Indexed> {
  readonly keyGroup: number;
  entries: E[];
  private shared: boolean;
  /** Versions that are read still. */
  private readonly pins: number[];

  constructor(keyGroup: number) {
    this.keyGroup = keyGroup;
    this.entries = [];
    this.shared = false;
    this.pins = [];
  }

  add(entry: E): void {
    entry.index = this.entries.length;
    this.entries.push(entry);
  }

  /** Takes `entry` out by moving the last one into its place. */
  remove(entry: E): void {
    if (this.shared) {
      this.entries = this.entries.slice();
      this.shared = false;
    }
    const last = this.entries.pop() as E;
    if (last !== entry) {
      this.entries[entry.index] = last;
      last.index = entry.index;
    }
    entry.index = -1;
  }

  /** The entries as they are now; read only the first `length` of now. */
  pin(version: number): readonly E[] {
    this.pins.push(version);
    this.shared = true;
    return this.entries;
  }

  unpin(version: number): void {
    const at = this.pins.indexOf(version);
    if (at >= 0) {
      this.pins.splice(at, 1);
      if (this.pins.length === 0) {
        this.shared = false;
      }
    }
  }
}
