/**
 * A list per key. What is added is merged to the row; a list that was read is kept whole.
 *
 * Invariants:
 * - The elements of a list are those of its row, then those from `persisted` on; where `replaces` is
 *   set, the latter alone.
 * - An element is merged once: writing moves `persisted`.
 *
 * Flink: RocksDBListState. Its merge operator joins elements with a comma.
 */
// Hot path.
import type { ListState, TypeSerializer } from '@millrace/core';
import {
  checkedListCopy,
  checkListElement,
  type InternalMergingState,
  LIST_DELIMITER,
  stateNotWritten,
} from '@millrace/state';
import type { WriteBatch } from '../database/write-batch.ts';
import type { CacheEntry } from './cache-entry.ts';
import { CachedState, type StateRows } from './cached-state.ts';
import type { StateStore } from './state-store.ts';
import { ENTRY_OVERHEAD_BYTES } from './value-cache.ts';

const ABSENT = -1; // what `read` gives
/** A list whose row is larger is read anew each time. */
const KEPT_SHARE_MAX = 1 / 16;
const KEPT_BYTES_ALWAYS = 4096;
/** An element and its place in the array. */
const ELEMENT_OVERHEAD_BYTES = 16;
const ELEMENT_BYTES_ASSUMED = 32;

class ListContents {
  /** All, or those that were added since the row was written. */
  elements: unknown[];
  isComplete: boolean;
  /** How many of `elements` are in the row. */
  persisted: number;
  /** What those take there. */
  persistedBytes: number;
  /** The row is to be written anew. */
  replaces: boolean;

  constructor() {
    this.elements = [];
    this.isComplete = false;
    this.persisted = 0;
    this.persistedBytes = 0;
    this.replaces = false;
  }
}

export class RocksDBListState<K, N, T>
  extends CachedState<K, N>
  implements ListState<T>, InternalMergingState<N>
{
  private readonly serializer: TypeSerializer<T>;
  private readonly changeable: boolean;
  private elementBytes: number;

  constructor(
    store: StateStore<K>,
    made: StateRows & { readonly elementSerializer: TypeSerializer<T> },
  ) {
    super(store, made);
    this.serializer = made.elementSerializer;
    this.changeable = !this.serializer.isImmutableType;
    const { length } = this.serializer;
    this.elementBytes = length >= 0 ? length : ELEMENT_BYTES_ASSUMED;
    this.cache.keepDecoded();
  }

  get(): Iterable<T> {
    const entry = this.table.find();
    if (entry === undefined || !(entry.value as ListContents).isComplete) {
      return this.copies(this.load());
    }
    this.used(entry);
    return this.copies((entry.value as ListContents).elements as T[]);
  }

  add(value: T): void {
    checkListElement(this.name, value);
    const added = this.changeable ? this.copied(value) : value;
    const entry = this.appendable();
    this.beforeWrite(entry);
    (entry.value as ListContents).elements.push(added);
    this.grow(entry, 1);
  }

  update(values: readonly T[]): void {
    const elements = this.copies(checkedListCopy(this.name, values));
    this.replaceBy(elements);
  }

  addAll(values: readonly T[]): void {
    this.append(this.copies(checkedListCopy(this.name, values)));
  }

  clear(): void {
    this.replaceBy([]);
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    const merged: T[] = [];
    for (const source of sources) {
      this.setCurrentNamespace(source);
      const entry = this.table.find();
      const isKept = entry !== undefined && (entry.value as ListContents).isComplete;
      const elements = isKept ? ((entry.value as ListContents).elements as T[]) : this.load();
      for (let i = 0; i < elements.length; i++) {
        merged.push(elements[i]!);
      }
      if (elements.length > 0) {
        this.clear();
      }
    }
    this.setCurrentNamespace(target);
    this.append(merged);
  }

  entryWritten(entry: CacheEntry): void {
    const contents = entry.value as ListContents;
    if (!contents.isComplete || (contents.elements.length === 0 && this.isNamespaced)) {
      this.forget(entry);
    }
  }

  protected putRow(entry: CacheEntry, batch: WriteBatch): void {
    const contents = entry.value as ListContents;
    const { elements } = contents;
    // Where there is no row, a list of one row needs no merge.
    const isWhole = contents.replaces || (contents.isComplete && contents.persisted === 0);
    const { output } = this.store;
    const keyEnd = this.writeKey(entry);
    if (isWhole && elements.length === 0) {
      batch.delete(this.columnFamily, output.buffer, 0, keyEnd);
      entry.isStored = false;
    } else {
      this.writeElements(elements, isWhole ? 0 : contents.persisted);
      const { buffer, position } = output;
      if (isWhole) {
        batch.put(this.columnFamily, buffer, 0, keyEnd, position);
      } else {
        batch.merge(this.columnFamily, buffer, 0, keyEnd, position);
      }
      entry.isStored = true;
    }
    contents.replaces = false;
    if (contents.isComplete) {
      const before = isWhole ? 0 : contents.persistedBytes;
      contents.persisted = elements.length;
      contents.persistedBytes = before + output.position - keyEnd;
    } else {
      contents.elements = [];
    }
    this.resized(entry, keyEnd);
  }

  private writeElements(elements: readonly unknown[], from: number): void {
    const { output } = this.store;
    const start = output.position;
    for (let i = from; i < elements.length; i++) {
      if (i > from) {
        output.writeByte(LIST_DELIMITER);
      }
      this.serializer.serialize(elements[i] as T, output);
    }
    if (elements.length > from) {
      this.seen(output.position - start, elements.length - from);
    }
  }

  /** What is added to goes on being in memory, read or not. */
  private appendable(): CacheEntry {
    if (this.cache.usedBytes > this.cache.roomBytes) {
      this.cache.makeRoom();
    }
    const entry = this.table.find() ?? this.insertList();
    this.used(entry);
    return entry;
  }

  private insertList(): CacheEntry {
    const entry = this.insertUnread();
    entry.value = new ListContents();
    return entry;
  }

  private append(values: readonly T[]): void {
    if (values.length === 0) {
      return;
    }
    const entry = this.appendable();
    this.beforeWrite(entry);
    const { elements } = entry.value as ListContents;
    for (let i = 0; i < values.length; i++) {
      elements.push(values[i]);
    }
    this.grow(entry, values.length);
  }

  /** The elements are ours alone. */
  private replaceBy(elements: unknown[]): void {
    const entry = this.appendable();
    const contents = entry.value as ListContents;
    const isNothing = elements.length === 0;
    if (isNothing && !entry.isStored && contents.elements.length === 0) {
      return;
    }
    this.beforeWrite(entry);
    contents.elements = elements;
    contents.isComplete = true;
    contents.persisted = 0;
    contents.persistedBytes = 0;
    contents.replaces = entry.isStored;
    this.resized(entry, 0);
    if (isNothing && !entry.isStored) {
      this.forgetWrite(entry);
      if (this.isNamespaced) {
        this.forget(entry);
      }
    }
  }

  /** All elements of a list that is not whole in memory; it then is, unless it is too large. */
  private load(): T[] {
    this.cache.makeRoom();
    const found = this.table.find();
    const entry = found ?? this.table.create(this, this.estimatedBytes());
    const contents = (entry.value as ListContents | undefined) ?? new ListContents();
    const keyEnd = this.writeKey(entry);
    const bytes = this.store.read(this.columnFamily);
    const elements = bytes === ABSENT ? [] : this.readElements(bytes);
    const persisted = elements.length;
    for (let i = 0; i < contents.elements.length; i++) {
      elements.push(contents.elements[i] as T);
    }
    if (bytes > Math.max(KEPT_BYTES_ALWAYS, KEPT_SHARE_MAX * this.cache.roomBytes)) {
      return elements;
    }
    entry.isStored = bytes !== ABSENT;
    contents.elements = elements;
    contents.isComplete = true;
    contents.persisted = persisted;
    contents.persistedBytes = Math.max(bytes, 0);
    entry.value = contents;
    this.used(entry);
    if (found === undefined) {
      this.table.insert(entry);
      this.cache.add(entry);
    }
    this.resized(entry, keyEnd);
    return elements;
  }

  private readElements(end: number): T[] {
    const input = this.store.result();
    const elements: T[] = [];
    try {
      while (input.position < end) {
        if (elements.length > 0 && input.readUnsignedByte() !== LIST_DELIMITER) {
          throw new Error(`no comma before its element ${elements.length}`);
        }
        elements.push(this.serializer.deserialize(input));
      }
    } catch (error) {
      throw this.notRead(error, input.position, end);
    }
    this.checkRead(input.position, end);
    if (elements.length > 0) {
      this.seen(end, elements.length);
    }
    return elements;
  }

  private seen(bytes: number, elements: number): void {
    this.elementBytes += (bytes / elements - this.elementBytes) / 16;
  }

  private grow(entry: CacheEntry, elements: number): void {
    const each = ELEMENT_OVERHEAD_BYTES + 2 * this.elementBytes;
    this.cache.resize(entry, entry.bytes + Math.ceil(elements * each));
  }

  /** Elements that are not in the row count as the average. */
  private resized(entry: CacheEntry, keyBytes: number): void {
    const { elements, persisted, persistedBytes } = entry.value as ListContents;
    const serializedBytes = keyBytes + persistedBytes;
    const bytes = ENTRY_OVERHEAD_BYTES + 2 * serializedBytes + ELEMENT_OVERHEAD_BYTES * persisted;
    this.cache.resize(entry, bytes);
    this.grow(entry, elements.length - persisted);
  }

  private copies(elements: readonly T[]): T[] {
    if (!this.changeable) {
      return elements.slice();
    }
    return elements.map((element) => this.copied(element));
  }

  private copied(element: T): T {
    try {
      return this.serializer.copy(element);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
  }
}
