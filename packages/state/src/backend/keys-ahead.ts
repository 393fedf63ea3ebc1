/**
 * Looks keys up that become the current one soon: a look-up waits for memory several times, and in
 * loops as short as those here the processor waits for many keys at once.
 *
 * Invariants:
 * - It changes nothing. What it found is used for the very key that it was found for, and a row only
 *   as long as no key was added or removed since.
 * - Only keys that are their own identities are looked up: others cost more to identify than to find.
 *
 * Design: docs/decisions/0018-keys-ahead.md
 */
// Hot path.
import {
  IntSerializer,
  LongSerializer,
  StringSerializer,
  type TypeSerializer,
} from '@millrace/core';
import { hashOfHashCode, hashOfIdentity } from '../columns/identity-hash.ts';
import type { KeyLookAhead } from './keyed-state-backend.ts';

/** As many as a task processes at a time. */
const KEYS_MAX = 256;
/** Fewer do not outweigh the call. */
const KEYS_MIN = 8;
/** What fewer keys lead to stays in the cache of a core, or nearly so. */
const ROWS_MIN = 32_768;

/** Of keys that are their own identities. */
const OWN_IDENTITIES = [StringSerializer, LongSerializer, IntSerializer] as const;

/** Where the rows of keys are found. */
export interface KeyIndex {
  readonly size: number;
  /** How often a row was added or removed. */
  readonly changes: number;
  /** @param hash - `hashOfIdentity(identity)` @returns -1 where there is none */
  find(identity: unknown, hash: number): number;
  /**
   * Reads what finding these hashes will read.
   *
   * @param rows - for its own use
   * @returns nothing of use, but the reads must lead somewhere
   */
  warm(hashes: Int32Array, rows: Int32Array, count: number): number;
}

/** A state outside windows, whose values are read with their keys. */
export interface WarmedTable {
  /**
   * Reads where the values are.
   *
   * @param keyRows - rows of keys, -1 among them, of which the first `count` are meant
   * @param rows - for its own use
   * @returns nothing of use, but the reads must lead somewhere
   */
  warmValues(keyRows: Int32Array, rows: Int32Array, count: number): number;
}

export class KeysAhead<K> implements KeyLookAhead<K> {
  /** Of the key that was taken last. */
  hash: number;
  /** The same; -1 for a key without a value outside windows. */
  row: number;
  private readonly index: KeyIndex;
  private readonly isUsed: boolean;
  private readonly tables: WarmedTable[];
  private keys: readonly K[];
  private readonly hashes: Int32Array;
  private readonly rows: Int32Array;
  private readonly rowsOfValues: Int32Array;
  private count: number;
  /** Of the index, when rows were looked up. */
  private changes: number;
  private next: number;
  /** Where the reads of `warm` lead. */
  private warmed: number;

  constructor(index: KeyIndex, serializer: TypeSerializer<K>) {
    this.hash = 0;
    this.row = -1;
    this.index = index;
    this.isUsed = OWN_IDENTITIES.some((type) => (serializer as unknown) instanceof type);
    this.tables = [];
    this.keys = [];
    this.hashes = new Int32Array(KEYS_MAX);
    this.rows = new Int32Array(KEYS_MAX);
    this.rowsOfValues = new Int32Array(KEYS_MAX);
    this.count = 0;
    this.changes = 0;
    this.next = 0;
    this.warmed = 0;
  }

  register(table: WarmedTable): void {
    this.tables.push(table);
  }

  isWorthwhile(records: number): boolean {
    return this.isUsed && records >= KEYS_MIN && this.index.size >= ROWS_MIN;
  }

  readAhead(keys: readonly K[], hashCodes?: Int32Array): void {
    this.hashAll(keys, hashCodes);
    this.findAll();
    for (let i = 0; i < this.tables.length; i++) {
      const table = this.tables[i] as WarmedTable;
      this.warmed = (this.warmed + table.warmValues(this.rows, this.rowsOfValues, this.count)) | 0;
    }
  }

  /** True when `key` is the next one: `hash` is its own then. */
  takes(key: K): boolean {
    const at = this.next;
    if (at >= this.count || this.keys[at] !== key) {
      return false;
    }
    this.next = at + 1;
    this.hash = this.hashes[at] as number;
    this.row = this.rows[at] as number;
    return true;
  }

  /** Whether `row` is that of now. */
  get isRowKnown(): boolean {
    return this.changes === this.index.changes;
  }

  private hashAll(keys: readonly K[], hashCodes: Int32Array | undefined): void {
    const countMax = this.isUsed ? Math.min(keys.length, KEYS_MAX) : 0;
    let count = 0;
    for (; count < countMax; count++) {
      const key: unknown = keys[count];
      if (typeof key !== 'string' && typeof key !== 'number') {
        break; // What is wrong with it is told at its record.
      }
      this.hashes[count] =
        hashCodes === undefined ? hashOfIdentity(key) : hashOfHashCode(hashCodes[count] as number);
    }
    this.keys = keys;
    this.count = count;
    this.next = 0;
  }

  private findAll(): void {
    const { index, hashes, rows, count } = this;
    this.warmed = (this.warmed + index.warm(hashes, rows, count)) | 0;
    for (let i = 0; i < count; i++) {
      rows[i] = index.find(this.keys[i], hashes[i] as number);
    }
    this.changes = index.changes;
  }
}
