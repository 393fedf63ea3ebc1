/**
 * Keys by dense numbers, their rows: identity, key and key group of each.
 *
 * Invariants:
 * - A row is of one key from `add` to `remove`, and for the snapshots and views that began before
 *   `remove` until they are over: only then another key gets it.
 * - Rows that are free again are used before new ones.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import { ConfigError, type TypeSerializer } from '@millrace/core';
import { type Column, ObjectColumn } from './column.ts';
import type { Epochs } from './epochs.ts';
import { FreeRows } from './free-rows.ts';
import { hashOfIdentity } from './identity-hash.ts';
import { Int32Column } from './int32-column.ts';
import { NumberColumn } from './number-column.ts';
import { RetiredRows } from './retired-rows.ts';
import { SparseColumn } from './sparse-column.ts';
import { holdsNumbers } from './value-column.ts';

/** An index has 27 bits for a row, one number of which is a free slot. */
export const ROWS_MAX: number = 2 ** 27 - 1;

const NONE = -1;

/**
 * Retired rows that are looked at when one is taken or removed. More than the one that a removal
 * adds: the queue of those that no snapshot reads any more only gets shorter.
 */
const RELEASED_AT_ONCE = 2;

export class KeyRows<K> {
  readonly identities: Column;
  /** True of types of numbers. */
  readonly areNumbers: boolean;
  /** True while each identity that was ever added is a whole number of 32 bits. */
  areInts: boolean;
  private readonly epochs: Epochs;
  /** Of texts; numbers are hashed again where a hash is needed. */
  private readonly hashes: Int32Column | undefined;
  /** Keys that are not their own identities. */
  private readonly keys: SparseColumn<K>;
  private hasKeys: boolean;
  /** Of the key group, among those of the backend. */
  private readonly groups: Int32Column;
  private readonly free: FreeRows;
  private count: number;
  private readonly retired: RetiredRows;

  constructor(serializer: TypeSerializer<K>, epochs: Epochs) {
    const areNumbers = holdsNumbers(serializer);
    this.epochs = epochs;
    this.areNumbers = areNumbers;
    this.areInts = areNumbers;
    this.identities = areNumbers ? new NumberColumn() : new ObjectColumn();
    this.hashes = areNumbers ? undefined : new Int32Column();
    this.keys = new SparseColumn();
    this.hasKeys = false;
    this.groups = new Int32Column();
    this.free = new FreeRows();
    this.count = 0;
    this.retired = new RetiredRows();
  }

  /** Of rows that wait for snapshots to end: how many there are, and for how many there is memory. */
  get waiting(): { readonly size: number; readonly room: number } {
    return this.retired;
  }

  /** @param groupIndex - of its key group among those of the backend @returns its row */
  add(key: K, identity: unknown, hash: number, groupIndex: number): number {
    const row = this.take();
    this.identities.set(row, identity);
    this.groups.set(row, groupIndex);
    if (this.hashes !== undefined) {
      this.hashes.set(row, hash);
    }
    if (this.areInts === true) {
      this.areInts = typeof identity === 'number' && (identity | 0) === identity;
    }
    if (!Object.is(key, identity)) {
      this.keys.set(row, key);
      this.hasKeys = true;
    }
    return row;
  }

  remove(row: number): void {
    if (this.epochs.oldest === Number.POSITIVE_INFINITY) {
      this.forget(row);
    } else {
      this.retired.add(row, this.epochs.current);
    }
    this.releaseSome();
  }

  keyOf(row: number): K {
    const key = this.hasKeys ? this.keys.get(row) : undefined;
    return key === undefined ? (this.identities.get(row) as K) : key;
  }

  /** True for a key whose object may have been changed. */
  isObject(row: number): boolean {
    return this.hasKeys && this.keys.get(row) !== undefined;
  }

  /** Reads what a look at the key will read. */
  warm(row: number): number {
    const identity = this.identities.get(row);
    return typeof identity === 'string' ? identity.length : 0;
  }

  groupOf(row: number): number {
    return this.groups.get(row);
  }

  hashOf(row: number): number {
    return this.hashes === undefined
      ? hashOfIdentity(this.identities.get(row))
      : this.hashes.get(row);
  }

  private take(): number {
    this.releaseSome();
    const free = this.free.take();
    if (free !== NONE) {
      return free;
    }
    if (this.count === ROWS_MAX) {
      throw new ConfigError(
        'UNSUPPORTED',
        `a subtask holds ${ROWS_MAX} keys of a state on the heap, and no more; raise the parallelism or use RocksDB`,
      );
    }
    const row = this.count++;
    this.identities.reserve(this.count);
    this.groups.reserve(this.count);
    this.hashes?.reserve(this.count);
    return row;
  }

  /** A few at a time, so that the end of a snapshot stops nobody. */
  private releaseSome(): void {
    for (let i = 0; i < RELEASED_AT_ONCE && this.retired.size !== 0; i++) {
      const row = this.retired.take(this.epochs.oldest);
      if (row === NONE) {
        return;
      }
      this.forget(row);
    }
  }

  private forget(row: number): void {
    this.identities.remove(row);
    if (this.hasKeys) {
      this.keys.remove(row);
    }
    this.free.add(row);
  }
}
