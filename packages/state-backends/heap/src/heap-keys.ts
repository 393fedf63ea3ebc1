/**
 * The keys that have state outside windows, by dense rows, and the current key.
 *
 * Invariants:
 * - A key has a row exactly while it has a value in a state without namespaces.
 * - Identity and hash of a key are computed at most once per `setCurrentKey`, its key group at most
 *   once, and not at all for a key that has a row.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import type { KeyGroupRange, TypeSerializer } from '@millrace/core';
import {
  CurrentKey,
  hashOfIdentity,
  type KeyedOperator,
  KeysAhead,
  type TimerKeys,
} from '@millrace/state';
import { type Epochs, IdentityIndex, Int32Column, KeyRows } from '@millrace/state/columns';

const NO_ROW = -1;
const NOT_LOOKED_UP = -2;
const NOT_COMPUTED = -1;

export class HeapKeys<K> extends CurrentKey<K> implements TimerKeys<K> {
  readonly epochs: Epochs;
  readonly rows: KeyRows<K>;
  readonly ahead: KeysAhead<K>;
  private readonly index: IdentityIndex;
  /** In how many states each row has a value. */
  private readonly uses: Int32Column;
  private key: K | undefined;
  private isHashed: boolean;
  /** Where the key is not its own. */
  private otherIdentity: unknown;
  private isOwnIdentity: boolean;
  private hashOfKey: number;
  private row: number;
  private keyGroup: number;

  constructor(
    serializer: TypeSerializer<K>,
    of: KeyedOperator & {
      readonly keyGroupRange: KeyGroupRange;
      readonly numberOfKeyGroups: number;
      readonly epochs: Epochs;
    },
  ) {
    super(serializer, of.keyGroupRange, of.numberOfKeyGroups, of);
    this.epochs = of.epochs;
    this.rows = new KeyRows(serializer, of.epochs);
    this.index = new IdentityIndex(this.rows as KeyRows<unknown>);
    this.ahead = new KeysAhead(this.index, serializer);
    this.uses = new Int32Column();
    this.key = undefined;
    this.isHashed = false;
    this.otherIdentity = undefined;
    this.isOwnIdentity = false;
    this.hashOfKey = 0;
    this.row = NOT_LOOKED_UP;
    this.keyGroup = NOT_COMPUTED;
  }

  setCurrentKey(key: K): void {
    const { ahead } = this;
    this.key = key;
    this.keyGroup = NOT_COMPUTED;
    this.row = NOT_LOOKED_UP;
    this.isHashed = ahead.takes(key);
    if (this.isHashed) {
      this.isOwnIdentity = true;
      this.hashOfKey = ahead.hash;
      if (ahead.isRowKnown) {
        this.row = ahead.row;
      }
    }
  }

  unsetCurrentKey(): void {
    this.setCurrentKey(undefined as K);
  }

  /** @throws ConfigError `NO_CURRENT_KEY`, here and below */
  get currentKey(): K {
    if (!this.isHashed) {
      this.hash();
    }
    return this.key as K;
  }

  /** For messages. */
  get keyIfAny(): K | undefined {
    return this.key;
  }

  currentIdentity(): unknown {
    if (!this.isHashed) {
      this.hash();
    }
    return this.isOwnIdentity ? this.key : this.otherIdentity;
  }

  currentHash(): number {
    if (!this.isHashed) {
      this.hash();
    }
    return this.hashOfKey;
  }

  /** -1 for a key without a value outside windows. */
  currentRow(): number {
    return this.row === NOT_LOOKED_UP ? this.lookUp() : this.row;
  }

  /** Among those of the backend. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
  currentGroupIndex(): number {
    const row = this.currentRow();
    if (row !== NO_ROW) {
      return this.rows.groupOf(row);
    }
    if (this.keyGroup === NOT_COMPUTED) {
      this.keyGroup = this.computedKeyGroup(this.key as K);
    }
    return this.groupIndex(this.keyGroup);
  }

  /** Key group of any key, by what is known of the current one when it is that. */
  keyGroupOf(key: K): number {
    if (key !== this.key || !this.isHashed) {
      return this.computedKeyGroup(key);
    }
    const row = this.currentRow();
    if (row !== NO_ROW) {
      return this.rows.groupOf(row) + this.keyGroupRange.startKeyGroup;
    }
    if (this.keyGroup === NOT_COMPUTED) {
      this.keyGroup = this.computedKeyGroup(key);
    }
    return this.keyGroup;
  }

  identity(key: K): unknown {
    return this.isHashed && key === this.key ? this.currentIdentity() : this.identityOf(key);
  }

  identityHash(key: K, identity: unknown): number {
    return this.isHashed && key === this.key ? this.hashOfKey : hashOfIdentity(identity);
  }

  /** -1 for a key without a value outside windows. */
  rowOf(key: K): number {
    const identity = this.identity(key);
    return this.index.find(identity, hashOfIdentity(identity));
  }

  /** A state without namespaces gets a value for the current key. @returns the row of the key */
  use(): number {
    const row = this.currentRow();
    if (row !== NO_ROW) {
      this.uses.set(row, this.uses.get(row) + 1);
      return row;
    }
    const groupIndex = this.currentGroupIndex();
    this.row = this.add(this.key as K, this.currentIdentity(), this.hashOfKey, groupIndex);
    return this.row;
  }

  /** For restoring: as `use`, for a key whose group is known. */
  useKey(key: K, keyGroup: number): number {
    const identity = this.identityOf(key);
    const hash = hashOfIdentity(identity);
    const row = this.index.find(identity, hash);
    if (row !== NO_ROW) {
      this.uses.set(row, this.uses.get(row) + 1);
      return row;
    }
    return this.add(key, identity, hash, this.groupIndex(keyGroup));
  }

  /** The value of `use` goes. */
  unuse(row: number): void {
    const uses = this.uses.get(row) - 1;
    this.uses.set(row, uses);
    if (uses === 0) {
      this.index.remove(row, this.rows.hashOf(row));
      this.rows.remove(row);
      if (this.row === row) {
        this.row = NO_ROW;
      }
    }
  }

  /** @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key whose object is another key now */
  checkUnchanged(rows: KeyRows<K>, row: number): void {
    if (rows.isObject(row) && !rows.identities.is(row, this.identityOf(rows.keyOf(row)))) {
      throw this.keyChanged();
    }
  }

  clear(): void {
    this.index.clear();
    this.unsetCurrentKey();
  }

  private add(key: K, identity: unknown, hash: number, groupIndex: number): number {
    const row = this.rows.add(key, identity, hash, groupIndex);
    this.uses.reserve(row + 1);
    this.uses.set(row, 1);
    this.index.add(row, hash);
    return row;
  }

  private hash(): void {
    const { key } = this;
    if (key === undefined || key === null) {
      throw this.noCurrentKey();
    }
    this.otherIdentity = this.identityOf(key);
    this.isOwnIdentity = false;
    this.hashOfKey = hashOfIdentity(this.otherIdentity);
    this.isHashed = true;
  }

  private lookUp(): number {
    if (!this.isHashed) {
      this.hash();
    }
    this.row = this.index.find(this.currentIdentity(), this.hashOfKey);
    return this.row;
  }
}
