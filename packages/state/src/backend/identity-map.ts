/**
 * Values by the identity of their key: a hash table of numbers beside an array of identities and values.
 *
 * Invariants:
 * - `get` gives the value whose identity is the same, as a `Map` would.
 * - A look-up reads at most `PROBES_MAX` slots, whatever the hashes are.
 * - Iteration goes by ids, never by hashes: the order is the same in each run.
 *
 * A `Map` hashes a string in a call of its own and then loads each key of a chain; here one integer
 * holds an id and as many bits of the hash as are left, so that a look-up in a large table misses the
 * caches three times: that integer, identity and value, and the text of a string.
 *
 * Flink: CopyOnWriteStateMap's primary table. Design: docs/decisions/0012-keys-by-hash-and-id.md
 */
// Hot path.
import { hashOfIdentity, isSameIdentity } from '../columns/identity-hash.ts';

/** Up to so many identities are compared one by one. */
const LISTED_MAX = 8;
const SLOTS_MIN = 32;
/** At most half of the slots are taken: runs of taken ones stay short. */
const SLOTS_PER_VALUE_MIN = 2;
/** From so many slots for each value on the table shrinks. */
const SLOTS_PER_VALUE_MAX = 16;

/** Hashes of random keys need as many in the largest tables at most. What needs more goes into a `Map`. */
const PROBES_MAX = 64;

const NO_SLOTS = new Int32Array(0);

/** What a free slot holds; in `pairs` there is nothing. */
const NO_ID = 0;

/** In the place of an identity that went. */
const NOTHING = Symbol('nothing');

export class IdentityMap<V> {
  /**
   * Id in the bits of `mask`, in the others those of the hash; 0 is a free slot. Ids stay within half
   * of the mask. Empty while the values are few.
   */
  private slots: Int32Array;
  private mask: number;
  /** By id, where there are slots. */
  private hashes: Int32Array;
  /** Pairs by id, from 1 on: identity and value. */
  private pairs: unknown[];
  private freeIds: number[];
  /** Ids of what found no free slot near enough. */
  private beyond: Map<unknown, number> | undefined;
  size: number;
  /** How often an id came to be another's, or nobody's. */
  changes: number;
  private readonly hashOf: (identity: unknown) => number;

  constructor(hashOf: (identity: unknown) => number = hashOfIdentity) {
    this.hashOf = hashOf;
    this.slots = NO_SLOTS;
    this.mask = -1;
    this.hashes = NO_SLOTS;
    this.pairs = [NOTHING, undefined];
    this.freeIds = [];
    this.beyond = undefined;
    this.size = 0;
    this.changes = 0;
  }

  /** @param hash - `hashOfIdentity(identity)`, here and below */
  get(identity: unknown, hash: number): V | undefined {
    return this.pairs[2 * this.idOf(identity, hash) + 1] as V | undefined;
  }

  /** The id of an identity, as long as `changes` stays; -1 where there is none. */
  find(identity: unknown, hash: number): number {
    const id = this.idOf(identity, hash);
    return id === NO_ID ? -1 : id;
  }

  /** @param id - that `find` gave */
  valueAt(id: number): V {
    return this.pairs[2 * id + 1] as V;
  }

  /** See `KeyIndex`. */
  warm(hashes: Int32Array, ids: Int32Array, count: number): number {
    const { slots, mask, pairs } = this;
    let read = 0;
    if (mask < 0) {
      return read;
    }
    for (let i = 0; i < count; i++) {
      ids[i] = (slots[(hashes[i] as number) & mask] as number) & mask;
    }
    for (let i = 0; i < count; i++) {
      read += pairs[2 * (ids[i] as number)] === NOTHING ? 0 : 1;
    }
    for (let i = 0; i < count; i++) {
      const identity = pairs[2 * (ids[i] as number)];
      read += typeof identity === 'string' ? identity.length : 0;
    }
    return read;
  }

  private idOf(identity: unknown, hash: number): number {
    const { slots, mask, pairs } = this;
    if (mask < 0) {
      return this.listedPlaceOf(identity) / 2;
    }
    const rest = hash & ~mask;
    let at = hash & mask;
    const end = (at + PROBES_MAX) & mask;
    let slot = slots[at] as number;
    while (slot !== 0) {
      if ((slot & ~mask) === rest) {
        const id = slot & mask;
        if (isSameIdentity(pairs[2 * id], identity)) {
          return id;
        }
      }
      at = (at + 1) & mask;
      if (at === end) {
        break;
      }
      slot = slots[at] as number;
    }
    return this.beyond === undefined ? NO_ID : this.idBeyond(identity);
  }

  /** There must be none of this identity. */
  add(identity: unknown, hash: number, value: V): void {
    this.size++;
    this.changes++;
    if (this.mask >= 0 && this.size * SLOTS_PER_VALUE_MIN > this.mask + 1) {
      this.resize((this.mask + 1) * 2);
    }
    const id = this.putPair(identity, value);
    if (this.mask >= 0) {
      this.hashes[id] = hash;
      this.place(id);
    } else if (this.size > LISTED_MAX) {
      this.listIntoTable();
    }
  }

  /** @returns what was there; `undefined`, and nothing changes, if there was none of this identity */
  delete(identity: unknown, hash: number): V | undefined {
    const id = this.mask < 0 ? this.listedPlaceOf(identity) / 2 : this.clearSlot(identity, hash);
    if (id === NO_ID) {
      return undefined;
    }
    const value = this.pairs[2 * id + 1] as V;
    this.size--;
    this.changes++;
    if (2 * id + 2 === this.pairs.length) {
      this.pairs.length = 2 * id;
    } else {
      this.pairs[2 * id] = NOTHING;
      this.pairs[2 * id + 1] = undefined;
      this.freeIds.push(id);
    }
    if (this.size * SLOTS_PER_VALUE_MAX < this.mask + 1 && this.mask + 1 > SLOTS_MIN) {
      this.compact();
      this.resize((this.mask + 1) >> 1);
    }
    return value;
  }

  clear(): void {
    this.slots = NO_SLOTS;
    this.mask = -1;
    this.hashes = NO_SLOTS;
    this.pairs = [NOTHING, undefined];
    this.freeIds = [];
    this.beyond = undefined;
    this.size = 0;
    this.changes++;
  }

  /** A copy, in the order of the ids. */
  values(): V[] {
    const values: V[] = [];
    for (let at = 2; at < this.pairs.length; at += 2) {
      if (this.pairs[at] !== NOTHING) {
        values.push(this.pairs[at + 1] as V);
      }
    }
    return values;
  }

  /** In `pairs`; 0, where there is nothing, if there is none. */
  private listedPlaceOf(identity: unknown): number {
    const { pairs } = this;
    for (let at = 2; at < pairs.length; at += 2) {
      if (isSameIdentity(pairs[at], identity)) {
        return at;
      }
    }
    return 0;
  }

  /** @returns its id */
  private putPair(identity: unknown, value: V): number {
    const free = this.freeIds.pop();
    if (free !== undefined) {
      this.pairs[2 * free] = identity;
      this.pairs[2 * free + 1] = value;
      return free;
    }
    this.pairs.push(identity, value);
    return this.pairs.length / 2 - 1;
  }

  private place(id: number): void {
    const { slots, mask } = this;
    const hash = this.hashes[id] as number;
    let at = hash & mask;
    const end = (at + PROBES_MAX) & mask;
    while (slots[at] !== 0) {
      at = (at + 1) & mask;
      if (at === end) {
        this.beyond ??= new Map();
        this.beyond.set(this.pairs[2 * id], id);
        return;
      }
    }
    slots[at] = (hash & ~mask) | id;
  }

  /** @returns the id that was there, or `NO_ID` */
  private clearSlot(identity: unknown, hash: number): number {
    const { slots, mask, pairs, hashes } = this;
    let gap = hash & mask;
    const end = (gap + PROBES_MAX) & mask;
    let found = (slots[gap] as number) & mask;
    while (found !== NO_ID && !isSameIdentity(pairs[2 * found], identity)) {
      gap = (gap + 1) & mask;
      found = gap === end ? NO_ID : (slots[gap] as number) & mask;
    }
    if (found === NO_ID) {
      const id = this.idBeyond(identity);
      this.beyond?.delete(identity);
      return id;
    }
    // What was pushed on by the one that goes moves back, as a search ends at a free slot.
    for (let at = (gap + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const slot = slots[at] as number;
      const home = (hashes[slot & mask] as number) & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        slots[gap] = slot;
        gap = at;
      }
    }
    slots[gap] = 0;
    return found;
  }

  private idBeyond(identity: unknown): number {
    return this.beyond?.get(identity) ?? NO_ID;
  }

  private listIntoTable(): void {
    const { pairs } = this;
    this.hashes = new Int32Array(SLOTS_MIN);
    for (let at = 2; at < pairs.length; at += 2) {
      this.hashes[at / 2] = pairs[at] === NOTHING ? 0 : this.hashOf(pairs[at]);
    }
    this.resize(SLOTS_MIN);
  }

  /** Gives ids anew, in their order. */
  private compact(): void {
    const { pairs, hashes } = this;
    const compacted: unknown[] = [NOTHING, undefined];
    for (let at = 2; at < pairs.length; at += 2) {
      if (pairs[at] !== NOTHING) {
        hashes[compacted.length / 2] = hashes[at / 2] as number; // never behind where it was
        compacted.push(pairs[at], pairs[at + 1]);
      }
    }
    this.pairs = compacted;
    this.freeIds = [];
  }

  /** All pairs have their hashes. */
  private resize(count: number): void {
    const { pairs, hashes } = this;
    const ids = pairs.length / 2;
    this.slots = new Int32Array(count);
    this.mask = count - 1;
    this.beyond = undefined;
    this.hashes = new Int32Array(count / SLOTS_PER_VALUE_MIN + 1);
    this.hashes.set(hashes.subarray(0, Math.min(ids, hashes.length)));
    for (let id = 1; id < ids; id++) {
      if (pairs[2 * id] !== NOTHING) {
        this.place(id);
      }
    }
  }
}
