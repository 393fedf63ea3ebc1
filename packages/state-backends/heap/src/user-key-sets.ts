/**
 * The user keys that small maps of one state have in common, told once for all maps that have the same ones in the
 * same order: who looks one up, or iterates, need not wait for those that each map has of its own.
 *
 * Invariants:
 * - The user keys of a set never change. Its number is given to another set only when no map has it any more.
 * - User keys of a set are their own identities: objects are not shared between maps, nor the two zeros told apart.
 * - There are at most `SETS_MAX` sets, and where few maps have the same user keys, few are made: a map that has none
 *   of them is looked through as it stands.
 *
 * Design: docs/decisions/0021-user-keys-in-common.md
 */
// Hot path.

/** Of a map whose set is not known. */
export const NO_SET = 0;
/** Of a map without entries. */
const EMPTY = 1;

const SETS_MAX = 1024;

/** What making a set costs, in entries that are added: a set that only one map has takes time, and saves none. */
const COST = 16;
/** As many sets as a first map of 16 entries needs. */
const CREDIT_MAX = 16 * COST;

class UserKeySet {
  readonly id: number;
  /** Without the last user key; `undefined` of the empty one. */
  readonly shorter: UserKeySet | undefined;
  readonly userKeys: readonly unknown[];
  /** By the user key that they have more. */
  readonly longer: Map<unknown, UserKeySet>;
  /** How many maps have it. */
  maps: number;

  constructor(id: number, shorter: UserKeySet | undefined, userKeys: readonly unknown[]) {
    this.id = id;
    this.shorter = shorter;
    this.userKeys = userKeys;
    this.longer = new Map();
    this.maps = 0;
  }
}

export class UserKeySets {
  /** By number. */
  private readonly sets: (UserKeySet | undefined)[];
  private readonly free: number[];
  private credit: number;
  /** Until the credit is used up; then not before it is whole again, as a map may need many sets. */
  private makes: boolean;

  constructor() {
    this.sets = [undefined, new UserKeySet(EMPTY, undefined, [])];
    this.free = [];
    this.credit = CREDIT_MAX;
    this.makes = true;
  }

  /** Of sets that maps have, or that lead to one. */
  get size(): number {
    return this.sets.length - this.free.length - 2;
  }

  /** In the order in which they came to each map. */
  userKeysOf(id: number): readonly unknown[] {
    return (this.sets[id] as UserKeySet).userKeys;
  }

  /** Which of the set's user keys has this identity; -1 where none has. */
  indexOf(id: number, identity: unknown): number {
    const { userKeys } = this.sets[id] as UserKeySet;
    let index = userKeys.length - 1;
    while (index >= 0 && userKeys[index] !== identity) {
      index--;
    }
    return index;
  }

  /**
   * The set of a map that gets an entry more.
   *
   * @param id - of its set before, or `NO_SET`; it need not have been left
   * @param slot - of the user key, which the set has not
   * @returns entered, or `NO_SET`
   */
  enterLonger(id: number, slot: unknown): number {
    return this.enter(this.longer(id, slot));
  }

  /** The set of a map with these entries. @param items - slots and values in turn @returns as `enterLonger` */
  enterSetOf(items: readonly unknown[]): number {
    let id = EMPTY;
    for (let i = 0; i < items.length && id !== NO_SET; i += 2) {
      id = this.longerOrNone(id, items[i]);
    }
    return this.enter(id);
  }

  /** As `enterLonger`, where the entry has its place before others. @param index - of its user key */
  enterWith(id: number, index: number, slot: unknown): number {
    if (id === NO_SET) {
      return NO_SET;
    }
    const userKeys = this.userKeysOf(id);
    let longer = EMPTY;
    for (let i = 0; i < userKeys.length && longer !== NO_SET; i++) {
      longer = i === index ? this.longerOrNone(longer, slot) : longer;
      longer = longer === NO_SET ? NO_SET : this.longerOrNone(longer, userKeys[i]);
    }
    return this.enter(longer);
  }

  /** The set of a map of more entries that loses one. @param index - of its user key @returns as `enterLonger` */
  enterWithout(id: number, index: number): number {
    const userKeys = this.userKeysOf(id);
    let without = EMPTY;
    for (let i = 0; i < userKeys.length && without !== NO_SET; i++) {
      without = i === index ? without : this.longerOrNone(without, userKeys[i]);
    }
    return this.enter(without);
  }

  /** A map has it no more. */
  leave(id: number): void {
    if (id !== NO_SET) {
      const set = this.sets[id] as UserKeySet;
      set.maps--;
      this.dropUnused(set);
    }
  }

  private enter(id: number): number {
    if (id !== NO_SET) {
      (this.sets[id] as UserKeySet).maps++;
    }
    return id;
  }

  /** On the way to a set of more user keys: where there is none, those on the way are not needed either. */
  private longerOrNone(id: number, slot: unknown): number {
    const longer = this.longer(id, slot);
    if (longer === NO_SET) {
      this.dropUnused(this.sets[id] as UserKeySet);
    }
    return longer;
  }

  private longer(id: number, slot: unknown): number {
    if (id === NO_SET || typeof slot === 'object' || Object.is(slot, -0)) {
      return NO_SET;
    }
    const set = this.sets[id] as UserKeySet;
    const known = set.longer.get(slot);
    if (known === undefined && this.makes && this.size < SETS_MAX) {
      return this.make(set, slot);
    }
    this.earn();
    return known === undefined ? NO_SET : known.id;
  }

  private earn(): void {
    if (this.credit < CREDIT_MAX) {
      this.credit++;
    } else {
      this.makes = true;
    }
  }

  private make(shorter: UserKeySet, slot: unknown): number {
    this.credit -= COST;
    this.makes = this.credit >= COST;
    const id = this.free.pop() ?? this.sets.length;
    const set = new UserKeySet(id, shorter, [...shorter.userKeys, slot]);
    this.sets[id] = set;
    shorter.longer.set(slot, set);
    return id;
  }

  /** And those that only led to it. */
  private dropUnused(unused: UserKeySet): void {
    let set = unused;
    while (set.maps === 0 && set.longer.size === 0 && set.shorter !== undefined) {
      set.shorter.longer.delete(set.userKeys[set.userKeys.length - 1]);
      this.sets[set.id] = undefined;
      this.free.push(set.id);
      set = set.shorter;
    }
  }
}
