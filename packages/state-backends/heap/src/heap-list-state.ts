/**
 * A list per key.
 *
 * Invariants:
 * - The first change of a short list during a snapshot keeps a copy of it. The array of a large one only grows
 *   meanwhile, so that `add` costs the same with and without a snapshot.
 * - What `get` gave is not read any more when the list has changed: it may have changed with it, or not.
 *
 * Flink: HeapListState.
 */
// Hot path.
import type { ListState, TypeSerializer } from '@millrace/core';
import {
  checkedListCopy,
  checkListElement,
  type InternalListState,
  type InternalMergingState,
  type IsObsolete,
} from '@millrace/state';
import { ListContents } from './contents.ts';
import { HeapState } from './heap-state.ts';
import type { ListColumn } from './list-column.ts';
import type { StateTable } from './state-table.ts';

const NOTHING: readonly never[] = Object.freeze([]);

export class HeapListState<K, N, T>
  extends HeapState<K, N>
  implements ListState<T>, InternalMergingState<N>, InternalListState
{
  addedFirst: boolean;
  private readonly elementSerializer: TypeSerializer<T>;
  private readonly changeable: boolean;

  constructor(table: StateTable<K, N>, elementSerializer: TypeSerializer<T>) {
    super(table);
    this.addedFirst = false;
    this.elementSerializer = elementSerializer;
    this.changeable = !elementSerializer.isImmutableType;
  }

  get(): Iterable<T> {
    const row = this.table.find();
    return row < 0 ? NOTHING : this.owned(row);
  }

  add(value: T): void {
    const { table } = this;
    checkListElement(table.meta.name, value);
    const row = table.find();
    this.addedFirst = row < 0;
    if (row < 0) {
      table.insert(new ListContents([value], table.epochs.current));
      return;
    }
    this.column.admitOne(value);
    this.keep(row);
    this.column.append(row, value);
  }

  update(values: readonly T[]): void {
    const elements = checkedListCopy(this.table.meta.name, values);
    if (elements.length === 0) {
      this.clear();
      return;
    }
    const contents = new ListContents(elements, this.table.epochs.current);
    const row = this.table.find();
    if (row < 0) {
      this.table.insert(contents);
      return;
    }
    this.column.admitAll(elements);
    this.keep(row);
    this.column.set(row, contents);
  }

  addAll(values: readonly T[]): void {
    const elements = checkedListCopy(this.table.meta.name, values);
    if (elements.length === 0) {
      return;
    }
    const row = this.table.find();
    if (row < 0) {
      this.table.insert(new ListContents(elements, this.table.epochs.current));
      return;
    }
    this.column.admitAll(elements);
    this.keep(row);
    this.column.appendAll(row, elements);
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    const merged: T[] = [];
    for (const source of sources) {
      this.setCurrentNamespace(source);
      const row = this.table.find();
      if (row >= 0) {
        for (const element of this.owned(row)) {
          merged.push(element);
        }
        this.table.removeCurrent();
      }
    }
    this.setCurrentNamespace(target);
    this.addAll(merged);
  }

  protected clean(row: number, isObsolete: IsObsolete): void {
    const { column } = this;
    const elements = column.elementsOf(row);
    if (!elements.some(isObsolete)) {
      return;
    }
    const kept = elements.filter((element) => !isObsolete(element));
    if (kept.length === 0) {
      this.table.removeRow(row);
      return;
    }
    this.keep(row);
    // Its elements may be shared with a running snapshot still, so they are no more ours than before.
    column.set(row, new ListContents(kept, column.privateSince(row)));
  }

  private get column(): ListColumn {
    return this.table.values as ListColumn;
  }

  /** Before a list changes: a running snapshot keeps what it saw. */
  private keep(row: number): void {
    if (this.table.isPinned(row)) {
      this.table.keepAs(row, this.column.prefixOf(row));
    }
  }

  /** The elements for a caller who may change them in place. */
  private owned(row: number): T[] {
    const { column, table } = this;
    if (this.changeable && column.privateSince(row) <= table.pinnedAt(row)) {
      this.keep(row);
      const copies = column.elementsOf(row).map((each) => this.elementSerializer.copy(each as T));
      column.set(row, new ListContents(copies, table.epochs.current));
    }
    return column.elementsOf(row) as T[];
  }
}
