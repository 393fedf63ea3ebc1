/**
 * What a list or map state holds for one key: an array that a snapshot reads up to a length that it
 * remembers, so that neither starting nor writing a snapshot copies it.
 *
 * Invariant: while a snapshot of version v >= `privateSince` runs, the first elements of its array
 * stay as they are: what would change them copies the array first.
 */
// Hot path.
import type { PreviousValue, Versioned } from './cell.ts';

export class ListContents {
  elements: unknown[];
  /** The version in which `elements` and what it holds came to be ours alone. */
  privateSince: number;

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
    const { length } = this.entries;
    entry.index = length;
    if (length === 0) {
      this.entries = [entry]; // the first push would make room for 17, and most maps are small
    } else {
      this.entries.push(entry);
    }
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
