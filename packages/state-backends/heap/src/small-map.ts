/**
 * A map of few entries: user keys and values in turn in one array, searched from its start.
 *
 * Invariants:
 * - What a running snapshot may read is never changed: who changes it changes a copy, see `HeapMapState`.
 * - Entries keep the order in which they came. Adding one may, and removing one does, make another
 *   array, by which iterators tell that entries have moved.
 *
 * Most maps of a key are small, and a `Map` for each of them costs ten times the memory and several
 * loads more for each access.
 */
// Hot path.
import { keyIdentityOf, type TypeSerializer } from '@millrace/core';

/** With more entries a map is a `MapContents`. */
export const SMALL_MAP_MAX = 16;

const ENTRY = 2; // elements of the array: the user key and the value

export class SmallMap {
  /** Of each entry the slot of its user key, see `slotOf`, and its value. */
  items: unknown[];
  /** The version in which the values came to be ours alone. */
  readonly privateSince: number;
  /** The same of all copies of one map: another one of the key has another. 0 of those that were restored. */
  readonly id: number;

  constructor(items: unknown[], privateSince: number, id: number) {
    this.items = items;
    this.privateSince = privateSince;
    this.id = id;
  }

  get size(): number {
    return this.items.length / ENTRY;
  }

  /** Place of the entry in `items`, or -1. */
  placeOf(identity: unknown): number {
    const { items } = this;
    for (let at = 0; at < items.length; at += ENTRY) {
      const slot = items[at];
      if (slot === identity || (typeof slot === 'object' && isOf(slot, identity))) {
        return at;
      }
    }
    return -1;
  }

  /** There must be none of this user key. */
  add(slot: unknown, value: unknown): void {
    const { items } = this;
    if (items.length === ENTRY) {
      this.items = [items[0], items[1], slot, value]; // the first push would make room for many
    } else {
      items.push(slot, value);
    }
  }

  removeAt(at: number): void {
    this.items = this.items.filter((_, place) => place !== at && place !== at + 1);
  }
}

/** A user key that is not its own identity. */
class IdentifiedKey {
  readonly identity: unknown;
  readonly userKey: unknown;

  constructor(identity: unknown, userKey: unknown) {
    this.identity = identity;
    this.userKey = userKey;
  }
}

/** Primitive user keys are their own slots. */
export function slotOf(userKey: unknown, identity: unknown): unknown {
  return identity === userKey ? userKey : new IdentifiedKey(identity, userKey);
}

export function userKeyOf(slot: unknown): unknown {
  return typeof slot === 'object' ? (slot as IdentifiedKey).userKey : slot;
}

export function identityOfSlot(slot: unknown): unknown {
  return typeof slot === 'object' ? (slot as IdentifiedKey).identity : slot;
}

const NOT_A_NUMBER = Symbol('NaN');

/** As `keyIdentityOf`, but equal by `===`: that of NaN, too. */
export function userKeyIdentityOf<UK>(serializer: TypeSerializer<UK>): (userKey: UK) => unknown {
  const identityOf = keyIdentityOf(serializer);
  return (userKey) => {
    const identity = identityOf(userKey);
    return Number.isNaN(identity) ? NOT_A_NUMBER : identity;
  };
}

function isOf(slot: unknown, identity: unknown): boolean {
  return (slot as IdentifiedKey).identity === identity;
}
