/**
 * Goes through the entries of one map, in the order in which they came.
 *
 * Invariant: an entry that is removed meanwhile is not visited, one that stays is visited once. When
 * the map goes with its last entry, or is cleared, the cursor is at its end.
 *
 * Through a small map it goes from place to place, until entries move or another cursor comes: from then on it looks
 * each of those that it has not visited up.
 *
 * Flink iterates a live HashMap, which allows `Iterator.remove` only: any other removal ends in a
 * ConcurrentModificationException, and a cleared map is visited to its old end.
 */
// Hot path.
import { identityOfSlot } from '@millrace/state/columns';
import type { MapContents, MapEntry } from './contents.ts';
import type { EntryCursor, MapColumn } from './map-column.ts';

/** Values for a caller who may change them in place. */
export interface MapOwner {
  readonly column: MapColumn;
  /** True of values that can be changed in place. */
  readonly isChangeable: boolean;
  /** Of a row that has a small map. */
  own(row: number): void;
  ownedValue(row: number, entry: MapEntry): unknown;
}

/** After the last entry. */
export const AT_END = -1;
/** The entry is `entry`, of a large map. */
export const IN_LARGE_MAP = -2;

const NOTHING: readonly unknown[] = [];

export class MapCursor implements EntryCursor {
  readonly row: number;
  protected readonly column: MapColumn;
  private readonly owner: MapOwner;
  private readonly toChange: boolean;
  /** Of the next entry, and behind the last one, while entries are in their places. */
  private place: number;
  private end: number;
  /** Of all entries from `first` on, where they are known and entries are in their places. */
  private userKeys: readonly unknown[] | undefined;
  private first: number;
  /** Identities of what it has not visited yet, when it is not attached any more; from `visited` on. */
  private rest: readonly unknown[];
  private visited: number;
  private life: number;
  private readonly large: MapContents | undefined;
  private readonly entries: Iterator<[identity: unknown, entry: MapEntry]> | undefined;
  /** The entry at hand of a large map. */
  private entry: MapEntry | undefined;
  private entryIdentity: unknown;

  /**
   * @param row - -1 of no map
   * @param toChange - whether the visitor may change values in place
   */
  constructor(row: number, owner: MapOwner, toChange: boolean) {
    const { column } = owner;
    const size = row < 0 ? 0 : column.sizeOf(row);
    this.row = row;
    this.column = column;
    this.owner = owner;
    this.toChange = toChange && owner.isChangeable;
    this.place = 0;
    this.end = 0;
    this.userKeys = undefined;
    this.first = 0;
    this.rest = NOTHING;
    this.visited = 0;
    this.life = 0;
    this.entry = undefined;
    this.entryIdentity = undefined;
    if (size < 0) {
      this.large = column.largeOf(row);
      this.entries = this.large.byIdentity.entries();
    } else {
      this.large = undefined;
      this.entries = undefined;
      if (size > 0) {
        this.place = column.placeAt(row, 0);
        this.end = column.placeAt(row, size);
        this.first = this.place;
        this.userKeys = column.userKeysOf(row);
        column.attach(this);
      }
    }
  }

  /** The place of the next entry, to be read at once; `AT_END` or `IN_LARGE_MAP`. */
  nextPlace(): number {
    const { place } = this;
    if (place >= this.end) {
      return this.nextElsewhere();
    }
    this.place = place + this.column.step;
    if (this.toChange) {
      this.owner.own(this.row);
    }
    return place;
  }

  userKeyAt(place: number): unknown {
    if (place < 0) {
      return (this.entry as MapEntry).userKey;
    }
    const { column, userKeys } = this;
    return userKeys === undefined
      ? column.userKeyAt(place)
      : userKeys[(place - this.first) / column.step];
  }

  valueAt(place: number): unknown {
    return place >= 0 ? this.column.valueAt(place) : this.valueOfEntry();
  }

  identityAt(place: number): unknown {
    return place >= 0 ? identityOfSlot(this.column.slotAt(place)) : this.entryIdentity;
  }

  detach(): void {
    const { column } = this;
    const rest: unknown[] = [];
    for (; this.place < this.end; this.place += column.step) {
      rest.push(identityOfSlot(column.slotAt(this.place)));
    }
    this.rest = rest;
    this.life = column.lifeOf(this.row);
    this.end = 0;
    this.userKeys = undefined;
    column.leave(this);
  }

  private nextElsewhere(): number {
    if (this.large !== undefined) {
      return this.nextOfLarge(this.large);
    }
    const { column, row, rest } = this;
    column.leave(this);
    while (this.visited < rest.length && column.lifeOf(row) === this.life) {
      const identity = rest[this.visited++];
      if (column.isLarge(row)) {
        const entry = column.largeOf(row).byIdentity.get(identity);
        if (entry !== undefined) {
          return this.at(identity, entry);
        }
      } else {
        const place = column.placeOf(row, identity);
        if (place >= 0) {
          if (this.toChange) {
            this.owner.own(row);
          }
          return place;
        }
      }
    }
    return AT_END;
  }

  private nextOfLarge(large: MapContents): number {
    const { column, row } = this;
    if (!column.isLarge(row) || column.largeOf(row) !== large) {
      return AT_END;
    }
    const next = (this.entries as Iterator<[identity: unknown, entry: MapEntry]>).next();
    return next.done === true ? AT_END : this.at(next.value[0], next.value[1]);
  }

  private at(identity: unknown, entry: MapEntry): number {
    this.entryIdentity = identity;
    this.entry = entry;
    return IN_LARGE_MAP;
  }

  private valueOfEntry(): unknown {
    const entry = this.entry as MapEntry;
    return this.toChange ? this.owner.ownedValue(this.row, entry) : entry.value;
  }
}
