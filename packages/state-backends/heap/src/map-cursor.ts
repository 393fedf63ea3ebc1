/**
 * Goes through the entries of one map, in the order in which they came.
 *
 * Invariant: an entry that is removed meanwhile is not visited, one that stays is visited once. When
 * the map goes with its last entry, or is cleared, the cursor is at its end.
 *
 * Flink iterates a live HashMap, which allows `Iterator.remove` only: any other removal ends in a
 * ConcurrentModificationException, and a cleared map is visited to its old end.
 */
// Hot path.
import type { Cell } from './cell.ts';
import type { MapEntry, MapValue } from './contents.ts';
import { identityOfSlot, SmallMap, userKeyOf } from './small-map.ts';

/** Values for a caller who may change them in place. */
export interface MapOwner {
  ownedMap(cell: Cell, contents: SmallMap): SmallMap;
  ownedValue(cell: Cell, entry: MapEntry): unknown;
}

const NO_ITEMS: unknown[] = [];

export class MapCursor {
  /** Of the entry at hand. */
  identity: unknown;
  userKey: unknown;
  value: unknown;
  private readonly cell: Cell | undefined;
  private readonly owner: MapOwner;
  /** Of a small map, as it was when they were last looked at. */
  private items: unknown[];
  private at: number;
  /** Of a large one. */
  private readonly entries: Iterator<[identity: unknown, entry: MapEntry]> | undefined;

  constructor(cell: Cell | undefined, owner: MapOwner) {
    const contents = cell?.value as MapValue | undefined;
    this.identity = undefined;
    this.userKey = undefined;
    this.value = undefined;
    this.cell = cell;
    this.owner = owner;
    this.items = contents instanceof SmallMap ? contents.items : NO_ITEMS;
    this.at = -2;
    this.entries =
      contents === undefined || contents instanceof SmallMap
        ? undefined
        : contents.byIdentity.entries();
  }

  /** False after the last one. */
  next(): boolean {
    if (this.hasGone()) {
      return false;
    }
    return this.entries === undefined ? this.nextOfSmall(true) : this.nextOfLarge(true);
  }

  /** The value is not to be changed. */
  nextAsItIs(): boolean {
    if (this.hasGone()) {
      return false;
    }
    return this.entries === undefined ? this.nextOfSmall(false) : this.nextOfLarge(false);
  }

  /** The last entry to go takes the cell along and is left in it. */
  private hasGone(): boolean {
    return this.cell === undefined || this.cell.index < 0;
  }

  private nextOfSmall(toChange: boolean): boolean {
    this.at += 2;
    while (this.at < this.items.length) {
      const cell = this.cell as Cell;
      const contents = cell.value as MapValue;
      const slot = this.items[this.at];
      if (contents instanceof SmallMap && contents.items === this.items) {
        if (toChange) {
          this.items = this.owner.ownedMap(cell, contents).items; // entries stay in their places
        }
        this.identity = identityOfSlot(slot);
        this.userKey = userKeyOf(slot);
        this.value = this.items[this.at + 1];
        return true;
      }
      if (this.isStillThere(contents, identityOfSlot(slot), toChange)) {
        return true;
      }
      this.at += 2;
    }
    return false;
  }

  /** Entries have moved. */
  private isStillThere(contents: MapValue, identity: unknown, toChange: boolean): boolean {
    const cell = this.cell as Cell;
    this.identity = identity;
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      if (at < 0) {
        return false;
      }
      const { items } = toChange ? this.owner.ownedMap(cell, contents) : contents;
      this.userKey = userKeyOf(items[at]);
      this.value = items[at + 1];
      return true;
    }
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      return false;
    }
    this.userKey = entry.userKey;
    this.value = toChange ? this.owner.ownedValue(cell, entry) : entry.value;
    return true;
  }

  private nextOfLarge(toChange: boolean): boolean {
    const next = (this.entries as Iterator<[identity: unknown, entry: MapEntry]>).next();
    if (next.done === true) {
      return false;
    }
    const [identity, entry] = next.value;
    this.identity = identity;
    this.userKey = entry.userKey;
    this.value = toChange ? this.owner.ownedValue(this.cell as Cell, entry) : entry.value;
    return true;
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What `read` makes of each entry. */
export class MapIterator<T> implements IterableIterator<T> {
  private readonly cursor: MapCursor;
  private readonly read: (cursor: MapCursor) => T;

  constructor(cursor: MapCursor, read: (cursor: MapCursor) => T) {
    this.cursor = cursor;
    this.read = read;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    const { cursor, read } = this;
    return cursor.next() ? { done: false, value: read(cursor) } : DONE;
  }
}
