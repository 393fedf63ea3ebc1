/**
 * What a list or map state holds for one key, as it is read and written beside the columns. A large one is an
 * array that a snapshot reads up to a length that it remembers, so that neither starting nor writing a snapshot
 * copies it.
 *
 * Invariant: while a snapshot of version v >= `privateSince` runs, the first elements of its array
 * stay as they are: what would change them copies the array first.
 */
// Hot path.
import { identityOfSlot, slotOf, userKeyOf } from '@millrace/state/columns';
import type { PreviousValue, Versioned } from './versions.ts';

export class ListContents {
  readonly elements: unknown[];
  /** The version in which `elements` and what it holds came to be ours alone. */
  readonly privateSince: number;

  constructor(elements: unknown[], privateSince: number) {
    this.elements = elements;
    this.privateSince = privateSince;
  }
}

/** One user key of a map state; its value has versions of its own. */
export class MapEntry implements Versioned {
  readonly userKey: unknown;
  index: number;
  value: unknown;
  version: number;
  previous: PreviousValue | undefined;

  constructor(userKey: unknown, value: unknown, version: number) {
    this.userKey = userKey;
    this.index = -1;
    this.value = value;
    this.version = version;
    this.previous = undefined;
  }
}

/** A map of many entries. */
export class MapContents {
  readonly byIdentity: Map<unknown, MapEntry>;
  entries: MapEntry[];
  privateSince: number;

  constructor(privateSince: number) {
    this.byIdentity = new Map();
    this.entries = [];
    this.privateSince = privateSince;
  }

  add(identity: unknown, entry: MapEntry): void {
    entry.index = this.entries.length;
    this.entries.push(entry);
    this.byIdentity.set(identity, entry);
  }

  /** @param times - `kept`: newest version that a running snapshot must still write, or -1 */
  remove(identity: unknown, entry: MapEntry, times: { kept: number; epoch: number }): void {
    if (this.privateSince <= times.kept) {
      this.entries = this.entries.slice();
      this.privateSince = times.epoch;
    }
    const last = this.entries.pop() as MapEntry;
    if (last !== entry) {
      this.entries[entry.index] = last;
      last.index = entry.index;
    }
    this.byIdentity.delete(identity);
  }
}

/** The first `length` elements of an array: what a list or map held at an earlier version. */
export class ArrayPrefix<E> {
  readonly elements: readonly E[];
  readonly length: number;

  constructor(elements: readonly E[], length: number) {
    this.elements = elements;
    this.length = length;
  }
}

/** With more entries a map is a `MapContents`. */
export const SMALL_MAP_MAX = 16;

/** A map of few entries, read out of its columns or to be written there: nothing changes it. */
export class SmallMap {
  /** Of each entry the slot of its user key, see `slotOf`, and its value. */
  readonly items: readonly unknown[];
  /** The version in which the values came to be ours alone. */
  readonly privateSince: number;

  constructor(items: readonly unknown[], privateSince: number) {
    this.items = items;
    this.privateSince = privateSince;
  }

  get size(): number {
    return this.items.length / 2;
  }
}

/** What a map state holds for a key. */
export type MapValue = SmallMap | MapContents;

/** One of `SMALL_MAP_MAX` entries, which gets another. */
export function enlarged({ items, privateSince }: SmallMap, epoch: number): MapContents {
  const contents = new MapContents(epoch);
  for (let at = 0; at < items.length; at += 2) {
    const slot = items[at];
    // Values that a running snapshot may share stay as old as they are.
    contents.add(identityOfSlot(slot), new MapEntry(userKeyOf(slot), items[at + 1], privateSince));
  }
  return contents;
}

/** Of entries with distinct identities, of which a small map has `smallMax` at most; `undefined` of none. */
export function mapValueOf(
  entries: ReadonlyMap<unknown, MapEntry>,
  privateSince: number,
  smallMax: number,
): MapValue | undefined {
  if (entries.size > smallMax) {
    const contents = new MapContents(privateSince);
    for (const [identity, entry] of entries) {
      contents.add(identity, entry);
    }
    return contents;
  }
  const items: unknown[] = [];
  for (const [identity, entry] of entries) {
    items.push(slotOf(entry.userKey, identity), entry.value);
  }
  return items.length === 0 ? undefined : new SmallMap(items, privateSince);
}

const OLDEST = -1;

/** What a reader of any version at hand finds in it. */
export function entriesOf(contents: MapValue | ArrayPrefix<MapEntry>): ArrayPrefix<MapEntry> {
  if (contents instanceof SmallMap) {
    const { items, size } = contents;
    const entries = new Array<MapEntry>(size);
    for (let i = 0; i < size; i++) {
      entries[i] = new MapEntry(userKeyOf(items[2 * i]), items[2 * i + 1], OLDEST);
    }
    return new ArrayPrefix(entries, size);
  }
  return contents instanceof ArrayPrefix
    ? contents
    : new ArrayPrefix(contents.entries, contents.entries.length);
}
