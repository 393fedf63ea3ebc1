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
import type { Cell } from './cell.ts';
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
      const cell = this.walk.next();
      if (cell === undefined) {
        return;
      }
      this.clean(cell, isObsolete);
    }
  }

  /** Drops what is obsolete of a cell, or all of it. */
  protected abstract clean(cell: Cell, isObsolete: IsObsolete): void;
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

  protected clean(cell: Cell, isObsolete: IsObsolete): void {
    if (isObsolete(cell.value)) {
      this.table.removeCell(cell);
    }
  }

  /** The value for a caller who may change it in place. */
  protected read(): V | undefined {
    const cell = this.table.find();
    if (cell === undefined) {
      return undefined;
    }
    if (this.changeable && cell.version <= cell.group.pinned) {
      this.own(cell);
    }
    return cell.value as V;
  }

  /** `undefined` and `null` clear. */
  protected write(value: V | undefined | null): void {
    if (value === undefined || value === null) {
      this.table.removeCurrent();
      return;
    }
    const cell = this.table.find();
    if (cell === undefined) {
      this.table.insert(value);
      return;
    }
    this.replace(cell, value);
  }

  protected replace(cell: Cell, value: V): void {
    if (cell.version <= cell.group.pinned) {
      this.table.keep(cell, cell.value);
    }
    cell.value = value;
  }

  /** The value of a cell, made ours alone: a running snapshot keeps the old object. */
  protected owned(cell: Cell): V {
    if (this.changeable && cell.version <= cell.group.pinned) {
      this.own(cell);
    }
    return cell.value as V;
  }

  /** Removes the value of the current key and namespace and gives it, to change at will. */
  protected take(): V | undefined {
    const cell = this.table.find();
    if (cell === undefined) {
      return undefined;
    }
    const value = this.owned(cell);
    this.table.removeCurrent();
    return value;
  }

  private own(cell: Cell): void {
    this.table.keep(cell, cell.value);
    cell.value = this.serializer.copy(cell.value as V);
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
      const cell = this.table.find();
      this.write(cell === undefined ? merged : this.merge(this.owned(cell), merged));
    }
  }
}
