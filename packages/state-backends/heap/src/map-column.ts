/**
 * The maps of one state by row: user keys and values of small ones stand in columns, entry after entry.
 *
 * Invariants:
 * - A map of `smallMax` entries or fewer is a run of entries, in the order in which they came; one that got more
 *   is a `MapContents`, and stays one. What `get` gives of a small one nothing changes any more.
 * - Where user keys are numbers, the entries of a small map are in the order of these.
 * - The mark of a row is the number of the set of its user keys, where that is known.
 * - The cursor that goes through the entries of a row knows when they move or go.
 *
 * Most maps of a key are small, and a `Map` for each of them costs ten times the memory and several loads more for
 * each access.
 *
 * Design: docs/decisions/0015-lists-and-maps-in-columns.md, 0019-slices-in-one-pass.md,
 * 0021-user-keys-in-common.md
 */
// Hot path.
import {
  type Column,
  holdsNumbers,
  Int32Column,
  NumberColumn,
  userKeyOf,
  type ValueCheck,
  type Values,
} from '@millrace/state/columns';
import { MapContents, type MapValue, SMALL_MAP_MAX, SmallMap } from './contents.ts';
import { RunColumn } from './run-column.ts';
import { NO_SET, UserKeySets } from './user-key-sets.ts';

/** In place of a place. */
const NOWHERE = -1;

/** One that goes from place to place. */
export interface EntryCursor {
  readonly row: number;
  /** Entries are about to move or to go, or another cursor comes: it remembers what it has not visited yet. */
  detach(): void;
}

/** Where user keys are numbers in their order, looking through more of them costs little. */
export const SMALL_NUMBER_MAP_MAX = 64;

/** Of the entries of a small map with such user keys. */
export function smallMapMax(keySerializer: unknown): number {
  return holdsNumbers(keySerializer) ? SMALL_NUMBER_MAP_MAX : SMALL_MAP_MAX;
}

export class MapColumn extends RunColumn<MapContents> implements Values {
  private readonly userKeys: Column;
  private readonly userValues: Column;
  private readonly areTextKeys: boolean;
  private readonly checkKey: ValueCheck;
  /** Places of an entry: 2 where values stand beside their user keys in the same column. */
  readonly step: number;
  /** Of entries; a map with more is large. */
  readonly smallMax: number;
  /** How many maps of each row are gone. */
  private readonly gone: Int32Column;
  private readonly sets: UserKeySets;
  private cursor: EntryCursor | undefined;
  /** Since rows were read ahead: those that come read theirs too, most likely. */
  private areValuesUsed: boolean;

  /** @param keys - with the check of those that are no texts, if they are to be */
  constructor(
    userKeys: Column,
    userValues: Column,
    isChangeable: boolean,
    keys: { readonly areTexts: boolean; readonly check: ValueCheck },
  ) {
    super(isChangeable);
    this.userKeys = userKeys;
    this.userValues = userValues;
    this.areTextKeys = keys.areTexts;
    this.checkKey = keys.check;
    this.step = userKeys === userValues ? 2 : 1;
    this.smallMax = userKeys instanceof NumberColumn ? SMALL_NUMBER_MAP_MAX : SMALL_MAP_MAX;
    this.gone = new Int32Column();
    this.sets = new UserKeySets();
    this.cursor = undefined;
    this.areValuesUsed = false;
  }

  override reserve(count: number): void {
    super.reserve(count);
    this.gone.reserve(count);
  }

  get(row: number): MapValue | undefined {
    if (!this.has(row)) {
      return undefined;
    }
    return this.isLarge(row)
      ? this.largeOf(row)
      : new SmallMap(this.itemsOf(row), this.privateSince(row));
  }

  /** @param value - a `MapValue`; what is large came from here, or was read */
  admit(value: unknown): void {
    if (value instanceof SmallMap) {
      const { items } = value;
      for (let i = 0; i < items.length; i += 2) {
        this.admitEntry(items[i], items[i + 1]);
      }
    }
  }

  admitEntry(slot: unknown, value: unknown): void {
    if (this.areTextKeys === true && typeof slot !== 'string') {
      this.checkKey(slot);
    }
    this.userKeys.admit(slot);
    this.admitValue(value);
  }

  /** Beside a user key that is there. */
  admitValue(value: unknown): void {
    this.userValues.admit(value);
  }

  /** @param value - a `MapValue` of at least one entry */
  set(row: number, value: unknown): void {
    this.detachCursor(row);
    const before = this.markOf(row);
    if (value instanceof MapContents) {
      this.setLarge(row, value);
      this.sets.leave(before);
      return;
    }
    const { items, privateSince } = value as SmallMap;
    this.setPrivateSince(row, privateSince);
    const start = this.resize(row, items.length / 2);
    let areInOrder = true;
    for (let i = 0; i < items.length; i += 2) {
      const index = this.insert(start, i / 2, items[i], items[i + 1]);
      areInOrder = areInOrder && index === i / 2;
    }
    this.setMark(row, this.sets.enterSetOf(areInOrder ? items : this.itemsOf(row)));
    this.sets.leave(before);
  }

  override remove(row: number): void {
    this.detachCursor(row);
    this.gone.set(row, this.gone.get(row) + 1);
    this.sets.leave(this.markOf(row));
    super.remove(row);
  }

  /** The same as long as the row has the same map. */
  lifeOf(row: number): number {
    return this.gone.get(row);
  }

  /** Of entries, 0 of none; negative of a large map. */
  sizeOf(row: number): number {
    return this.lengthOf(row);
  }

  /** Of an entry of a small map, below its size. */
  placeAt(row: number, index: number): number {
    return (this.startOf(row) + index) * this.step;
  }

  /** Of the user key with this identity in a small map; else -1. */
  placeOf(row: number, identity: unknown): number {
    const { step } = this;
    const first = this.startOf(row) * step;
    const set = this.markOf(row);
    if (set !== NO_SET) {
      const index = this.sets.indexOf(set, identity);
      return index < 0 ? NOWHERE : first + index * step;
    }
    return this.userKeys.rowOfUserKey(identity, first, this.lengthOf(row), step);
  }

  /** All of a small map, in their order, where that is known without a look at its places. */
  userKeysOf(row: number): readonly unknown[] | undefined {
    const set = this.markOf(row);
    return set === NO_SET ? undefined : this.sets.userKeysOf(set);
  }

  slotAt(place: number): unknown {
    return this.userKeys.get(place);
  }

  userKeyAt(place: number): unknown {
    return userKeyOf(this.userKeys.get(place));
  }

  valueAt(place: number): unknown {
    this.areValuesUsed = true;
    return this.userValues.get(place + this.step - 1);
  }

  setValueAt(place: number, value: unknown): void {
    this.areValuesUsed = true;
    this.userValues.set(place + this.step - 1, value);
  }

  /** To a small map, which has room for it: there is none of this user key. */
  add(row: number, slot: unknown, value: unknown): void {
    this.detachCursor(row);
    const size = this.lengthOf(row);
    const set = this.markOf(row);
    const index = this.insert(this.resize(row, size + 1), size, slot, value);
    this.setMark(
      row,
      index === size ? this.sets.enterLonger(set, slot) : this.sets.enterWith(set, index, slot),
    );
    this.sets.leave(set);
  }

  /** From a small map of more entries. */
  removeAt(row: number, place: number): void {
    this.detachCursor(row);
    const size = this.lengthOf(row);
    const set = this.markOf(row);
    const entry = place / this.step;
    const index = entry - this.startOf(row);
    this.copyPlaces(entry + 1, entry, size - index - 1);
    this.resize(row, size - 1);
    if (set !== NO_SET) {
      // Times of which the oldest goes are soon others: finding their sets would cost more than it gains.
      const isQueue = index === 0 && this.userKeys instanceof NumberColumn;
      this.setMark(row, isQueue ? NO_SET : this.sets.enterWithout(set, index));
      this.sets.leave(set);
    }
  }

  attach(cursor: EntryCursor): void {
    this.cursor?.detach();
    this.cursor = cursor;
  }

  /** What is attached, or was. */
  leave(cursor: EntryCursor): void {
    if (this.cursor === cursor) {
      this.cursor = undefined;
    }
  }

  /** And the first value of each small map, where values are used. */
  override warm(rows: Int32Array, count: number): number {
    const read = super.warm(rows, count);
    if (!this.areValuesUsed) {
      return read;
    }
    this.areValuesUsed = false;
    const { step } = this;
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      rows[i] = row >= 0 && this.lengthOf(row) > 0 ? this.startOf(row) * step + step - 1 : NOWHERE;
    }
    return read + this.userValues.warm(rows, count);
  }

  protected override reservePlaces(count: number): void {
    this.userKeys.reserve(count * this.step);
    this.userValues.reserve(count * this.step);
  }

  protected override copyPlaces(from: number, to: number, count: number): void {
    const { step } = this;
    this.userKeys.copy(from * step, to * step, count * step);
    if (step === 1) {
      this.userValues.copy(from, to, count);
    }
  }

  protected override releasePlaces(from: number, count: number): void {
    const { step } = this;
    this.userKeys.release(from * step, count * step);
    if (step === 1) {
      this.userValues.release(from, count);
    }
  }

  /** Among `size` entries from `start` on; there is room for one more. @returns behind how many of them */
  private insert(start: number, size: number, slot: unknown, value: unknown): number {
    const { step } = this;
    this.put((start + size) * step, slot, value);
    const index = this.userKeys.placeOfUserKey(slot, start * step, size, step);
    if (index < size) {
      for (let entry = start + size; entry > start + index; entry--) {
        this.copyPlaces(entry - 1, entry, 1);
      }
      this.put((start + index) * step, slot, value);
    }
    return index;
  }

  private put(place: number, slot: unknown, value: unknown): void {
    this.userKeys.set(place, slot);
    this.setValueAt(place, value);
  }

  private itemsOf(row: number): unknown[] {
    const size = this.lengthOf(row);
    const first = this.placeAt(row, 0);
    if (this.step === 2) {
      return this.userKeys.slice(first, 2 * size);
    }
    const items = new Array<unknown>(2 * size);
    for (let i = 0; i < size; i++) {
      items[2 * i] = this.userKeys.get(first + i);
      items[2 * i + 1] = this.userValues.get(first + i);
    }
    return items;
  }

  private detachCursor(row: number): void {
    if (this.cursor?.row === row) {
      this.cursor.detach();
    }
  }
}
