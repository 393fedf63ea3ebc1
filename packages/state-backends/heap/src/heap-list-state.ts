/**
 * A list per key.
 *
 * Invariant: the array of a list only grows while a snapshot that saw it runs, so that `add` costs
 * the same with and without one.
 *
 * Flink: HeapListState.
 */
// Hot path.
import type { ListState, TypeSerializer } from '@millrace/core';
import {
  checkedListCopy,
  checkListElement,
  type InternalMergingState,
  type IsObsolete,
} from '@millrace/state';
import { ArrayPrefix, ListContents } from './contents.ts';
import { HeapState } from './heap-state.ts';
import type { StateTable } from './state-table.ts';

const NOTHING: readonly never[] = Object.freeze([]);

export class HeapListState<K, N, T>
  extends HeapState<K, N>
  implements ListState<T>, InternalMergingState<N>
{
  private readonly elementSerializer: TypeSerializer<T>;
  private readonly changeable: boolean;

  constructor(table: StateTable<K, N>, elementSerializer: TypeSerializer<T>) {
    super(table);
    this.elementSerializer = elementSerializer;
    this.changeable = !elementSerializer.isImmutableType;
  }

  get(): Iterable<T> {
    const row = this.table.find();
    return row < 0 ? NOTHING : (this.owned(row).elements as T[]);
  }

  add(value: T): void {
    checkListElement(this.table.meta.name, value);
    const row = this.table.find();
    if (row < 0) {
      this.table.insert(new ListContents([value], this.table.epochs.current));
      return;
    }
    this.appending(row).elements.push(value);
  }

  update(values: readonly T[]): void {
    const elements = checkedListCopy(this.table.meta.name, values);
    if (elements.length === 0) {
      this.clear();
      return;
    }
    const row = this.table.find();
    if (row < 0) {
      this.table.insert(new ListContents(elements, this.table.epochs.current));
      return;
    }
    const contents = this.appending(row);
    contents.elements = elements;
    contents.privateSince = this.table.epochs.current;
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
    const target = this.appending(row).elements;
    for (const element of elements) {
      target.push(element);
    }
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    const merged: T[] = [];
    for (const source of sources) {
      this.setCurrentNamespace(source);
      const row = this.table.find();
      if (row >= 0) {
        for (const element of this.owned(row).elements) {
          merged.push(element as T);
        }
        this.table.removeCurrent();
      }
    }
    this.setCurrentNamespace(target);
    this.addAll(merged);
  }

  protected clean(row: number, isObsolete: IsObsolete): void {
    const { elements } = this.contents(row);
    if (!elements.some(isObsolete)) {
      return;
    }
    const kept = elements.filter((element) => !isObsolete(element));
    if (kept.length === 0) {
      this.table.removeRow(row);
      return;
    }
    // Its elements may be shared with a running snapshot still, so they are no more ours than before.
    const { privateSince } = this.appending(row);
    this.table.values.set(row, new ListContents(kept, privateSince));
  }

  private contents(row: number): ListContents {
    return this.table.values.get(row) as ListContents;
  }

  /** Contents that are about to change: a running snapshot keeps its prefix. */
  private appending(row: number): ListContents {
    const contents = this.contents(row);
    if (this.table.isPinned(row)) {
      this.table.keepAs(row, new ArrayPrefix(contents.elements, contents.elements.length));
    }
    return contents;
  }

  /** The contents for a caller who may change the elements in place. */
  private owned(row: number): ListContents {
    const contents = this.contents(row);
    if (!this.changeable || contents.privateSince > this.table.pinnedAt(row)) {
      return contents;
    }
    this.appending(row);
    const copies = contents.elements.map((element) => this.elementSerializer.copy(element as T));
    const own = new ListContents(copies, this.table.epochs.current);
    this.table.values.set(row, own);
    return own;
  }
}
