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
import type { MapEntry, MapValue } from './contents.ts';
import { identityOfSlot, SmallMap, userKeyOf } from './small-map.ts';

/** Values for a caller who may change them in place. */
export interface MapOwner {
  /** Of a row that may have another value by now, or none. */
  contents(row: number): MapValue | undefined;
  ownedMap(row: number, contents: SmallMap): SmallMap;
  ownedValue(row: number, entry: MapEntry): unknown;
}

const NO_ITEMS: unknown[] = [];
const NO_ID = -1;

export class MapCursor {
  /** Of the entry at hand. */
  identity: unknown;
  userKey: unknown;
  value: unknown;
  private readonly row: number;
  private readonly id: number;
  private readonly owner: MapOwner;
  /** Of a small map, as it was when they were last looked at. */
  private items: unknown[];
  private at: number;
  /** Of a large one. */
  private readonly entries: Iterator<[identity: unknown, entry: MapEntry]> | undefined;

  /** @param row - -1 of no map */
  constructor(row: number, owner: MapOwner) {
    const contents = row < 0 ? undefined : owner.contents(row);
    this.identity = undefined;
    this.userKey = undefined;
    this.value = undefined;
    this.row = row;
    this.id = contents === undefined ? NO_ID : contents.id;
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

  /** The last entry to go takes the map along; what is put then makes another. */
  private hasGone(): boolean {
    return this.id === NO_ID || this.owner.contents(this.row)?.id !== this.id;
  }

  private nextOfSmall(toChange: boolean): boolean {
    this.at += 2;
    while (this.at < this.items.length) {
      const contents = this.owner.contents(this.row) as MapValue;
      const slot = this.items[this.at];
      if (contents instanceof SmallMap && contents.items === this.items) {
        if (toChange) {
          this.items = this.owner.ownedMap(this.row, contents).items; // entries stay in their places
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
    this.identity = identity;
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      if (at < 0) {
        return false;
      }
      const { items } = toChange ? this.owner.ownedMap(this.row, contents) : contents;
      this.userKey = userKeyOf(items[at]);
      this.value = items[at + 1];
      return true;
    }
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      return false;
    }
    this.userKey = entry.userKey;
    this.value = toChange ? this.owner.ownedValue(this.row, entry) : entry.value;
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
    this.value = toChange ? this.owner.ownedValue(this.row, entry) : entry.value;
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
