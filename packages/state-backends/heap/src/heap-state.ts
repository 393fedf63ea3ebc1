/**
 * What all kinds of heap state share.
 *
 * Flink: AbstractHeapState, AbstractHeapMergingState.
 */
// Hot path.
import type { TypeSerializer } from '@millrace/core';
import type {
  IncrementallyCleanedState,
  InternalAppendingState,
  InternalKvState,
  InternalMergingState,
  IsObsolete,
} from '@millrace/state';
import type { StateTable } from './state-table.ts';
import { TableWalk } from './table-walk.ts';

export abstract class HeapState<K, N> implements InternalKvState<K, N>, IncrementallyCleanedState {
  protected readonly table: StateTable<K, N>;
  private readonly walk: TableWalk;

  constructor(table: StateTable<K, N>) {
    this.table = table;
    this.walk = new TableWalk(table.usedGroups);
  }

  setCurrentNamespace(namespace: N): void {
    this.table.setNamespace(namespace);
  }

  clear(): void {
    this.table.removeCurrent();
  }

  cleanNext(entries: number, isObsolete: IsObsolete): void {
    this.walk.begin();
    for (let i = 0; i < entries; i++) {
      const row = this.walk.next();
      if (row < 0) {
        return;
      }
      this.clean(row, isObsolete);
    }
  }

  /** Drops what is obsolete of the value of a row, or all of it. */
  protected abstract clean(row: number, isObsolete: IsObsolete): void;
}

/** State whose value is one object: a value or an accumulator. */
export abstract class SingleValueState<K, N, V> extends HeapState<K, N> {
  protected readonly serializer: TypeSerializer<V>;
  private readonly changeable: boolean;

  constructor(table: StateTable<K, N>, serializer: TypeSerializer<V>) {
    super(table);
    this.serializer = serializer;
    this.changeable = !serializer.isImmutableType;
  }

  protected clean(row: number, isObsolete: IsObsolete): void {
    if (isObsolete(this.table.values.get(row))) {
      this.table.removeRow(row);
    }
  }

  /** The value for a caller who may change it in place. */
  protected read(): V | undefined {
    const row = this.table.find();
    return row < 0 ? undefined : this.owned(row);
  }

  /** `undefined` and `null` clear. */
  protected write(value: V | undefined | null): void {
    if (value === undefined || value === null) {
      this.table.removeCurrent();
      return;
    }
    const row = this.table.find();
    if (row < 0) {
      this.table.insert(value);
      return;
    }
    this.replace(row, value);
  }

  protected replace(row: number, value: V): void {
    const { table } = this;
    table.values.admit(value);
    if (table.pins !== 0) {
      table.keep(row);
    }
    table.values.set(row, value);
  }

  /** The value of a row, made ours alone: a running snapshot keeps the old object. */
  protected owned(row: number): V {
    const { table } = this;
    const value = table.values.get(row) as V;
    return this.changeable && table.isPinned(row) ? this.own(row, value) : value;
  }

  /** Removes the value of the current key and namespace and gives it, to change at will. */
  protected take(): V | undefined {
    const row = this.table.find();
    if (row < 0) {
      return undefined;
    }
    const value = this.owned(row);
    this.table.removeCurrent();
    return value;
  }

  private own(row: number, value: V): V {
    const copy = this.serializer.copy(value);
    this.table.keep(row);
    this.table.values.set(row, copy);
    return copy;
  }
}

/** Adds merging of namespaces: windows that grow together. */
export abstract class MergingState<K, N, V>
  extends SingleValueState<K, N, V>
  implements InternalMergingState<N>, InternalAppendingState<V>
{
  protected abstract merge(a: V, b: V): V;

  getInternal(): V | undefined {
    return this.read();
  }

  updateInternal(value: V): void {
    this.write(value);
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    let merged: V | undefined;
    for (const source of sources) {
      this.setCurrentNamespace(source);
      const value = this.take();
      if (value !== undefined) {
        merged = merged === undefined ? value : this.merge(merged, value);
      }
    }
    this.setCurrentNamespace(target);
    if (merged !== undefined) {
      const row = this.table.find();
      this.write(row < 0 ? merged : this.merge(this.owned(row), merged));
    }
  }
}
