/**
 * The values of one state in a column: their rows are found by the current key and namespace, and
 * listed by key group.
 *
 * Invariants:
 * - A row with a value is in the list of its key group, others are in none.
 * - While a snapshot still has to write a row, the first change of it keeps the old value: of no row
 *   anything is kept but then, and without a snapshot a write is one store.
 *
 * Flink: StateTable. Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import type { StateMeta, StateTtlCleanup } from '@millrace/state';
import {
  type Epochs,
  Int32Column,
  NumberColumn,
  ObjectColumn,
  RowGroup,
  type Values,
} from '@millrace/state/columns';
import { ContentsCheck } from './contents-check.ts';
import type { HeapKeys } from './heap-keys.ts';
import { KeptValues } from './kept-values.ts';
import { valuesOf } from './state-values.ts';

/** No running snapshot needs an old value. */
const NEVER = -1;

export abstract class StateTable<K, N> {
  meta: StateMeta<N>;
  values: Values;
  /** Running snapshots and views that have not let go of the table. */
  pins: number;
  readonly keys: HeapKeys<K>;
  readonly epochs: Epochs;
  /** By key group, from the first of the range on. */
  readonly groups: (RowGroup | undefined)[];
  /** Those of `groups` that were needed so far. */
  readonly usedGroups: RowGroup[];
  /** Of state with a time to live: what readers and full snapshots leave out. */
  ttl: StateTtlCleanup | undefined;
  readonly check: ContentsCheck;
  /** Of each row in the list of its key group. */
  private readonly places: Int32Column;
  private readonly kept: KeptValues;
  private reserved: number;

  constructor(meta: StateMeta<N>, keys: HeapKeys<K>) {
    this.meta = meta;
    this.check = new ContentsCheck(this as StateTable<unknown, unknown>, keys as HeapKeys<unknown>);
    this.values = valuesOf(meta.kind, meta.stateSerializer, this.check);
    this.pins = 0;
    this.keys = keys;
    this.epochs = keys.epochs;
    this.groups = new Array(keys.keyGroupRange.numberOfKeyGroups).fill(undefined);
    this.usedGroups = [];
    this.ttl = undefined;
    this.places = new Int32Column();
    this.kept = new KeptValues(() =>
      this.values instanceof NumberColumn ? new NumberColumn() : new ObjectColumn(),
    );
    this.reserved = 0;
  }

  abstract setNamespace(namespace: N): void;
  /** The row of the current key and namespace; -1 where there is no value. */
  abstract find(): number;
  /**
   * A value for the current key and namespace, which have none.
   *
   * @throws ConfigError `KEY_NOT_DETERMINISTIC`, and what `Values.admit` throws; then nothing has changed
   */
  abstract insert(value: unknown): void;
  /**
   * Removes the value of a row of any key and namespace.
   *
   * @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key that was changed
   */
  abstract removeRow(row: number): void;
  /** Removes the values of the current key in every namespace. */
  abstract removeKey(): void;
  /** For restoring. */
  abstract restore(entry: { key: K; namespace: N; keyGroup: number; value: unknown }): void;
  abstract keysOf(namespace: N): K[];
  /** In every namespace. */
  abstract rowsOf(key: K): number[];
  /** Of a row with a value, or that a snapshot listed. */
  abstract keyOf(row: number): K;
  abstract namespaceOf(row: number): N;
  protected abstract warmKey(row: number): number;
  /** Of a row with a value. */
  protected abstract groupIndexOf(row: number): number;

  /** Removes the value of the current key and namespace, if any. */
  removeCurrent(): void {
    const row = this.find();
    if (row >= 0) {
      this.drop(row);
    }
  }

  /** Of all values. */
  keysAndNamespaces(): (readonly [key: K, namespace: N])[] {
    return Array.from(this.allRows(), (row) => [this.keyOf(row), this.namespaceOf(row)] as const);
  }

  get size(): number {
    let size = 0;
    for (const group of this.usedGroups) {
      size += group.length;
    }
    return size;
  }

  groupOf(row: number): RowGroup {
    return this.groups[this.groupIndexOf(row)] as RowGroup;
  }

  /** Before the value of a row is replaced by another one or removed. */
  keep(row: number): void {
    if (this.isPinned(row)) {
      this.keepAs(row, this.values.get(row));
    }
  }

  /** The same, where snapshots are to read something else in its place. */
  keepAs(row: number, value: unknown): void {
    const { kept } = this;
    const group = this.groupOf(row);
    const until = kept.untilOf(row);
    if (until <= group.pinned) {
      if (until <= group.oldestPinned) {
        kept.remove(row); // No running snapshot is old enough for it.
      }
      kept.add(row, this.epochs.current, value);
    }
  }

  /** True when a running snapshot still has to write what the row holds now. */
  isPinned(row: number): boolean {
    return this.pins !== 0 && this.kept.untilOf(row) <= this.groupOf(row).pinned;
  }

  /** The newest version that a running snapshot still has to write of the row's group, or -1. */
  pinnedAt(row: number): number {
    return this.pins === 0 ? NEVER : this.groupOf(row).pinned;
  }

  /** The value as a snapshot of `version` sees it; `undefined` if it came later. */
  valueAt(row: number, version: number): unknown {
    return this.kept.untilOf(row) <= version
      ? this.values.get(row)
      : this.kept.valueAt(row, version);
  }

  /**
   * Reads a little of rows that are written next: they lie far apart, and in a loop as short as this
   * the processor waits for many of them at once.
   *
   * @returns nothing of use, but the reads must lead somewhere
   */
  warm(rows: Int32Array, from: number, to: number): number {
    let warmed = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i] as number;
      warmed += this.warmKey(row) + (this.values.has(row) ? 1 : 0);
    }
    return warmed;
  }

  /** What is kept of a row that is written goes, unless another snapshot needs it. */
  letGo(row: number, group: RowGroup): void {
    if (group.isPinnedOnce()) {
      this.kept.remove(row);
    }
  }

  /** A snapshot or view is over, which has let go of all groups. */
  unpin(): void {
    if (--this.pins === 0) {
      this.kept.clear();
    }
  }

  /** Key group by key group; a copy. */
  allRows(): Int32Array {
    const rows = new Int32Array(this.size);
    let count = 0;
    for (const group of this.groups) {
      if (group !== undefined) {
        rows.set(group.rows.subarray(0, group.length), count);
        count += group.length;
      }
    }
    return rows;
  }

  /** The value of a row goes, and the row with it. */
  protected abstract drop(row: number): void;

  protected reserve(count: number): void {
    if (count > this.reserved) {
      this.reserved = count;
      this.values.reserve(count);
      this.places.reserve(count);
    }
  }

  /** Another column of values, for another type. */
  replaceValues(values: Values): void {
    values.reserve(this.reserved);
    this.values = values;
  }

  protected setFirst(row: number, groupIndex: number, value: unknown): void {
    const group = this.groups[groupIndex] ?? this.addGroup(groupIndex);
    if (this.pins !== 0) {
      this.keepAs(row, undefined);
    }
    this.places.set(row, group.add(row));
    this.values.set(row, value);
  }

  /** Before anything is made for a value that a program gave: it may be refused. */
  protected admitFirst(groupIndex: number, value: unknown): void {
    this.values.admit(value);
    if (this.groups[groupIndex] === undefined) {
      this.check.checkAll(value);
    }
  }

  private addGroup(groupIndex: number): RowGroup {
    const group = new RowGroup();
    this.groups[groupIndex] = group;
    this.usedGroups.push(group);
    return group;
  }

  protected unset(row: number): void {
    this.keep(row);
    const place = this.places.get(row);
    const moved = this.groupOf(row).removeAt(place);
    this.places.set(moved, place);
    this.values.remove(row);
  }
}
