/**
 * The timers of one service that are due at one time, as rows of `TimerRows`.
 *
 * Invariants:
 * - No two timers have the same key and namespace.
 * - They come out by key group, those of one group in the order in which they were registered. A
 *   snapshot keeps both, so a restored job fires them in the order in which the undisturbed one does.
 */
// Hot path.
import { IdentityIndex } from '../columns/identity-index.ts';
import type { KeyRows } from '../columns/key-rows.ts';
import type { TimerRows } from './timer-rows.ts';

const INDEXED_FROM = 8; // timers of a bucket; below, comparing beats an index per time
const SORTED_ONE_BY_ONE_MAX = 32; // timers of a bucket
const GAPS_MIN = 16; // fewer are left
const NO_ROW = -1;
/** In the place of a timer that was removed. */
const GAP = -1;

export class TimerBucket<K, N> {
  readonly timestamp: number;
  heapIndex: number;
  /** Of how many timers. */
  size: number;
  /** True from the first poll on; what is added then comes last. */
  isOrdered: boolean;
  /** Restored timers say nothing of what the program knows to be there. */
  hasRestored: boolean;
  private readonly timers: TimerRows<K, N>;
  private rows: number[];
  /** What lies before was polled or removed. */
  private first: number;
  /** By key identity; only once a timer is looked for among many. */
  private byKey: IdentityIndex | undefined;
  /** `byKey` has the timers before this place. */
  private indexed: number;

  constructor(timestamp: number, timers: TimerRows<K, N>) {
    this.timestamp = timestamp;
    this.heapIndex = -1;
    this.size = 0;
    this.isOrdered = false;
    this.hasRestored = false;
    this.timers = timers;
    this.rows = [];
    this.first = 0;
    this.byKey = undefined;
    this.indexed = 0;
  }

  /** For how many timers there is memory, about. */
  get room(): number {
    return this.rows.length;
  }

  /** The row of one of them, of which there is one. */
  get head(): number {
    return this.rows[this.first] as number;
  }

  /** The row of the one that comes out first: it is the head from now on. */
  next(): number {
    if (!this.isOrdered && this.size > 1) {
      this.order();
    }
    return this.rows[this.first] as number;
  }

  /** @param hash - of the identity @returns -1 where there is none */
  find(identity: unknown, hash: number, namespace: N): number {
    const { timers } = this;
    if (this.byKey !== undefined || this.size >= INDEXED_FROM) {
      let row = this.index().find(identity, hash);
      while (row !== NO_ROW && !timers.isIn(row, namespace)) {
        row = timers.nextOfKey.get(row);
      }
      return row;
    }
    for (let i = this.first; i < this.rows.length; i++) {
      const row = this.rows[i] as number;
      if (row !== GAP && timers.keys.identities.is(row, identity) && timers.isIn(row, namespace)) {
        return row;
      }
    }
    return NO_ROW;
  }

  add(row: number): void {
    const gaps = this.rows.length - this.size;
    if (gaps > GAPS_MIN && gaps > this.size) {
      this.moveUp();
    }
    this.timers.placesInBucket.set(row, this.rows.length);
    if (this.rows.length === 0) {
      this.rows = [row]; // the first push would make room for 17, and most have one timer
    } else {
      this.rows.push(row);
    }
    this.size++;
  }

  remove(row: number): void {
    const { rows } = this;
    const place = this.timers.placesInBucket.get(row);
    if (this.byKey !== undefined && place < this.indexed) {
      this.unlink(this.byKey, row);
    }
    this.size--;
    rows[place] = GAP;
    while (this.first < rows.length && rows[this.first] === GAP) {
      this.first++;
    }
  }

  /** Puts the timers into the order in which they come out. */
  private order(): void {
    const rows = this.rows.filter((row) => row !== GAP);
    this.isOrdered = true;
    if (rows.length <= SORTED_ONE_BY_ONE_MAX) {
      this.sortOneByOne(rows);
      this.replace(rows);
    } else {
      this.replace(this.timers.sortedByGroup(rows));
    }
  }

  /** Where more were removed than are there, as time and again at the end of time. */
  private moveUp(): void {
    this.replace(this.rows.filter((row) => row !== GAP));
  }

  private replace(rows: number[]): void {
    const { placesInBucket } = this.timers;
    for (let i = 0; i < rows.length; i++) {
      placesInBucket.set(rows[i] as number, i);
    }
    this.rows = rows;
    this.first = 0;
    this.byKey = undefined;
    this.indexed = 0;
  }

  private sortOneByOne(rows: number[]): void {
    const { keys } = this.timers;
    for (let i = 1; i < rows.length; i++) {
      const row = rows[i] as number;
      const group = keys.groupOf(row);
      let at = i;
      while (at > 0 && keys.groupOf(rows[at - 1] as number) > group) {
        rows[at] = rows[at - 1] as number;
        at--;
      }
      rows[at] = row;
    }
  }

  private index(): IdentityIndex {
    const { rows } = this;
    this.byKey ??= new IdentityIndex(this.timers.keys as KeyRows<unknown>);
    for (let i = Math.max(this.indexed, this.first); i < rows.length; i++) {
      const row = rows[i] as number;
      if (row !== GAP) {
        this.link(this.byKey, row);
      }
    }
    this.indexed = rows.length;
    return this.byKey;
  }

  private link(byKey: IdentityIndex, row: number): void {
    const { keys, nextOfKey } = this.timers;
    const hash = keys.hashOf(row);
    const before = byKey.find(keys.identities.get(row), hash);
    if (before === NO_ROW) {
      nextOfKey.set(row, NO_ROW);
      byKey.add(row, hash);
    } else {
      nextOfKey.set(row, nextOfKey.get(before));
      nextOfKey.set(before, row);
    }
  }

  private unlink(byKey: IdentityIndex, row: number): void {
    const { keys, nextOfKey } = this.timers;
    const hash = keys.hashOf(row);
    const next = nextOfKey.get(row);
    let before = byKey.find(keys.identities.get(row), hash);
    if (before === row) {
      byKey.remove(row, hash);
      if (next !== NO_ROW) {
        byKey.add(next, hash);
      }
      return;
    }
    while (nextOfKey.get(before) !== row) {
      before = nextOfKey.get(before);
    }
    nextOfKey.set(before, next);
  }
}
