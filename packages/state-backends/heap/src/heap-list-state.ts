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
import type { Cell } from './cell.ts';
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
    const cell = this.table.find();
    return cell === undefined ? NOTHING : (this.owned(cell).elements as T[]);
  }

  add(value: T): void {
    checkListElement(this.table.meta.name, value);
    const cell = this.table.find();
    if (cell === undefined) {
      this.table.insert(new ListContents([value], this.table.epoch.current));
      return;
    }
    this.appending(cell).elements.push(value);
  }

  update(values: readonly T[]): void {
    const elements = checkedListCopy(this.table.meta.name, values);
    if (elements.length === 0) {
      this.clear();
      return;
    }
    const cell = this.table.find();
    if (cell === undefined) {
      this.table.insert(new ListContents(elements, this.table.epoch.current));
      return;
    }
    const contents = this.appending(cell);
    contents.elements = elements;
    contents.privateSince = this.table.epoch.current;
  }

  addAll(values: readonly T[]): void {
    const elements = checkedListCopy(this.table.meta.name, values);
    if (elements.length === 0) {
      return;
    }
    const cell = this.table.find();
    if (cell === undefined) {
      this.table.insert(new ListContents(elements, this.table.epoch.current));
      return;
    }
    const target = this.appending(cell).elements;
    for (const element of elements) {
      target.push(element);
    }
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    const merged: T[] = [];
    for (const source of sources) {
      this.setCurrentNamespace(source);
      const cell = this.table.find();
      if (cell !== undefined) {
        for (const element of this.owned(cell).elements) {
          merged.push(element as T);
        }
        this.table.removeCurrent();
      }
    }
    this.setCurrentNamespace(target);
    this.addAll(merged);
  }

  protected clean(cell: Cell, isObsolete: IsObsolete): void {
    const { elements } = cell.value as ListContents;
    if (!elements.some(isObsolete)) {
      return;
    }
    const kept = elements.filter((element) => !isObsolete(element));
    if (kept.length === 0) {
      this.table.removeCell(cell);
      return;
    }
    // Its elements may be shared with a running snapshot still, so they are no more ours than before.
    const { privateSince } = this.appending(cell);
    cell.value = new ListContents(kept, privateSince);
  }

  /** The contents of a cell that is about to change: a running snapshot keeps its prefix. */
  private appending(cell: Cell): ListContents {
    const contents = cell.value as ListContents;
    if (cell.version <= cell.group.pinned) {
      this.table.keep(cell, new ArrayPrefix(contents.elements, contents.elements.length));
    }
    return contents;
  }

  /** The contents for a caller who may change the elements in place. */
  private owned(cell: Cell): ListContents {
    const contents = cell.value as ListContents;
    if (this.changeable && contents.privateSince <= cell.group.pinned) {
      this.appending(cell);
      const copies = contents.elements.map((element) => this.elementSerializer.copy(element as T));
      cell.value = new ListContents(copies, this.table.epoch.current);
    }
    return cell.value as ListContents;
  }
}
