/**
 * The keys that have cached state outside windows, and the current key: of a backend that keeps objects.
 *
 * Invariants:
 * - A key is in the table exactly while it has a cell of a state without namespaces.
 * - Hash and key group of a key are computed at most once per `setCurrentKey`, and the key group not at
 *   all for a key that is in the table.
 */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import { hashOfIdentity } from '../columns/identity-hash.ts';
import { CurrentKey } from './current-key.ts';
import type { KeyedOperator } from './declared-type.ts';
import { IdentityMap } from './identity-map.ts';
import { KeysAhead } from './keys-ahead.ts';

/** Entries that wait to be reused: as many as a backend removes at a time, and some. */
const REUSABLE_MAX = 2048;

/** A key and its cell in each state without namespaces. `C`: what a backend keeps of a value. */
export class KeyEntry<K, C> {
  /** What each look-up reads comes first, as an object may lie across two cache lines. */
  identity: unknown;
  /** The cell of slot 0 lies here and not in `others`: one load less for the only state. */
  first: C | undefined;
  key: K;
  hash: number;
  keyGroup: number;
  others: (C | undefined)[] | undefined;
  cellCount: number;

  constructor(key: K, identity: unknown, hash: number) {
    this.identity = identity;
    this.first = undefined;
    this.key = key;
    this.hash = hash;
    this.keyGroup = -1;
    this.others = undefined;
    this.cellCount = 0;
  }

  /** Makes an entry without cells the entry of another key. */
  reset(key: K, identity: unknown, hash: number): this {
    this.key = key;
    this.identity = identity;
    this.hash = hash;
    this.keyGroup = -1;
    return this;
  }

  cell(slot: number): C | undefined {
    if (slot === 0) {
      return this.first;
    }
    const others = this.others;
    return others !== undefined && slot <= others.length ? others[slot - 1] : undefined;
  }

  setCell(slot: number, cell: C | undefined): void {
    if (slot === 0) {
      this.first = cell;
      return;
    }
    if (this.others === undefined || this.others.length < slot) {
      const grown = new Array<C | undefined>(slot).fill(undefined);
      for (let i = 0; this.others !== undefined && i < this.others.length; i++) {
        grown[i] = this.others[i];
      }
      this.others = grown;
    }
    this.others[slot - 1] = cell;
  }
}

export class KeyTable<K, C> extends CurrentKey<K> {
  readonly ahead: KeysAhead<K>;
  private readonly entries: IdentityMap<KeyEntry<K, C>>;
  private key: K | undefined;
  /** Of `key`, where it was looked up ahead. */
  private isHashed: boolean;
  private hash: number;
  private entry: KeyEntry<K, C> | undefined;
  /** Made for a key that was not in the table; reused unless the key came into it since. */
  private spare: KeyEntry<K, C> | undefined;
  /** Of keys that left the table. */
  private readonly reusable: KeyEntry<K, C>[];

  constructor(
    serializer: TypeSerializer<K>,
    keyGroupRange: KeyGroupRange,
    numberOfKeyGroups: number,
    operator: KeyedOperator,
  ) {
    super(serializer, keyGroupRange, numberOfKeyGroups, operator);
    this.entries = new IdentityMap();
    this.ahead = new KeysAhead(this.entries, serializer);
    this.key = undefined;
    this.isHashed = false;
    this.hash = 0;
    this.entry = undefined;
    this.spare = undefined;
    this.reusable = [];
  }

  setCurrentKey(key: K): void {
    const { ahead } = this;
    this.key = key;
    this.entry = undefined;
    this.isHashed = ahead.takes(key);
    if (this.isHashed) {
      this.hash = ahead.hash;
      if (ahead.isRowKnown && ahead.row >= 0) {
        this.entry = this.entries.valueAt(ahead.row);
      }
    }
  }

  unsetCurrentKey(): void {
    this.setCurrentKey(undefined as K);
  }

  /** The current key; `undefined` when there is none. */
  get keyAtHand(): K | undefined {
    return this.key;
  }

  get currentKey(): K {
    return this.current().key;
  }

  /** The entry of the current key, in the table or not. @throws ConfigError `NO_CURRENT_KEY` */
  current(): KeyEntry<K, C> {
    return this.entry ?? this.resolve();
  }

  currentKeyGroup(): number {
    const entry = this.current();
    if (entry.keyGroup < 0) {
      entry.keyGroup = this.keyGroupOf(entry.key);
    }
    return entry.keyGroup;
  }

  /** Key group of any key, by the current entry when it is that key. */
  keyGroupOf(key: K): number {
    if (this.entry !== undefined && this.entry.key === key && this.entry.keyGroup >= 0) {
      return this.entry.keyGroup;
    }
    return this.computedKeyGroup(key);
  }

  identity(key: K): unknown {
    const entry = this.entry;
    return entry !== undefined && entry.key === key ? entry.identity : this.identityOf(key);
  }

  addCell(entry: KeyEntry<K, C>, slot: number, cell: C): void {
    entry.setCell(slot, cell);
    if (entry.cellCount++ === 0) {
      this.entries.add(entry.identity, entry.hash, entry);
    }
  }

  removeCell(entry: KeyEntry<K, C>, slot: number): void {
    entry.setCell(slot, undefined);
    if (--entry.cellCount === 0) {
      this.entries.delete(entry.identity, entry.hash);
    }
  }

  /** After `removeCell`, where nobody holds the entry: without cells, it becomes another key's. */
  reuse(entry: KeyEntry<K, C>): void {
    const isKnown = entry === this.entry || entry === this.spare;
    if (entry.cellCount === 0 && !isKnown && this.reusable.length < REUSABLE_MAX) {
      // What the key takes is not kept.
      this.reusable.push(entry.reset(undefined as K, undefined, 0));
    }
  }

  /** For restoring: the entry of a key whose group is known. */
  entryOf(key: K, keyGroup: number): KeyEntry<K, C> {
    const identity = this.identityOf(key);
    const hash = hashOfIdentity(identity);
    let entry = this.entries.get(identity, hash);
    if (entry === undefined) {
      entry = new KeyEntry(key, identity, hash);
      entry.keyGroup = keyGroup;
    }
    return entry;
  }

  clear(): void {
    this.entries.clear();
    this.unsetCurrentKey();
  }

  /** @param id - of a key, as `ahead` gives them to the tables that it warms */
  protected entryAt(id: number): KeyEntry<K, C> {
    return this.entries.valueAt(id);
  }

  private resolve(): KeyEntry<K, C> {
    const key = this.key;
    if (key === undefined || key === null) {
      throw this.noCurrentKey();
    }
    const identity = this.isHashed ? key : this.identityOf(key);
    const hash = this.isHashed ? this.hash : hashOfIdentity(identity);
    const entry = this.entries.get(identity, hash) ?? this.entryOutside(key, identity, hash);
    this.entry = entry;
    return entry;
  }

  /** A key whose state is all in windows is never in the table: no new object for each record. */
  private entryOutside(key: K, identity: unknown, hash: number): KeyEntry<K, C> {
    if (this.spare !== undefined && this.spare.cellCount === 0) {
      return this.spare.reset(key, identity, hash);
    }
    const reusable = this.reusable.pop();
    this.spare =
      reusable === undefined
        ? new KeyEntry(key, identity, hash)
        : reusable.reset(key, identity, hash);
    return this.spare;
  }
}
