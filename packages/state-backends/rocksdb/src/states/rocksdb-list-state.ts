/**
 * A list per key. What is added is merged to the row; a list that was read is kept whole.
 *
 * Invariants:
 * - The elements of a list are those of its row, then those from `persisted` on; where `replaces` is
 *   set, the latter alone.
 * - An element is merged once: writing moves `persisted`.
 * - A packed row is the whole list, but for what a decoded one adds to it. It is added to while the list
 *   is not decoded; where the database is merged to, it goes.
 * - What is decoded in part has no row that the database lacks: merging to one would lose that.
 *
 * Flink: RocksDBListState. Its merge operator joins elements with a comma.
 */
// Hot path.
import type { DataInputView, ListState, TypeSerializer } from '@millrace/core';
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
import { NO_ROW } from './row-index.ts';
import type { StateStore } from './state-store.ts';
import { ENTRY_OVERHEAD_BYTES } from './value-cache.ts';

const ABSENT = -1; // what `read` gives
/** A list whose row is larger is read anew each time. */
const KEPT_SHARE_MAX = 1 / 16;
const KEPT_BYTES_ALWAYS = 4096;
/** An element and its place in the array. */
const ELEMENT_OVERHEAD_BYTES = 16;
const ELEMENT_BYTES_ASSUMED = 32;
/** Longer lists are merged to: their row would be written whole for each element. */
const PACKED_BYTES_MAX = 1024;

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
  private rowBytes: number;

  constructor(
    store: StateStore<K>,
    made: StateRows & { readonly elementSerializer: TypeSerializer<T> },
  ) {
    super(store, made);
    this.serializer = made.elementSerializer;
    this.changeable = !this.serializer.isImmutableType;
    const { length } = this.serializer;
    this.elementBytes = length >= 0 ? length : ELEMENT_BYTES_ASSUMED;
    this.rowBytes = ABSENT;
  }

  get(): Iterable<T> {
    const entry = this.table.find();
    if (entry === undefined && this.cache.leavesPacked()) {
      return this.readPacked();
    }
    if (entry === undefined || !(entry.value as ListContents).isComplete) {
      return this.copies(this.load());
    }
    this.used(entry);
    return this.copies((entry.value as ListContents).elements as T[]);
  }

  add(value: T): void {
    checkListElement(this.name, value);
    if (this.appendPacked([value])) {
      return;
    }
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
    const checked = checkedListCopy(this.name, values);
    if (checked.length > 0 && !this.appendPacked(checked)) {
      this.append(this.copies(checked));
    }
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

  override packEntry(entry: CacheEntry): boolean {
    const { packed, columnFamily } = this;
    const { elements, isComplete } = entry.value as ListContents;
    const mayFit = elements.length * this.elementBytes <= PACKED_BYTES_MAX;
    if (!packed.isOn || !isComplete || elements.length === 0 || !mayFit) {
      return false;
    }
    const keyEnd = this.writeKey(entry);
    try {
      this.writeElements(elements, 0);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
    const { buffer, position } = this.store.output;
    const isPacked =
      position - keyEnd <= PACKED_BYTES_MAX &&
      packed.put(columnFamily, buffer, keyEnd, position, entry.isStored);
    this.store.giveBackOutput();
    return isPacked;
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
      this.packed.forget(this.columnFamily, output.buffer, keyEnd);
      entry.isStored = false;
    } else {
      this.writeElements(elements, isWhole ? 0 : contents.persisted);
      const { buffer, position } = output;
      if (isWhole) {
        batch.put(this.columnFamily, buffer, 0, keyEnd, position);
        this.packed.written(this.columnFamily, buffer, keyEnd, position);
      } else {
        batch.merge(this.columnFamily, buffer, 0, keyEnd, position);
        this.packed.forget(this.columnFamily, buffer, keyEnd);
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
    return this.writable() ?? this.unpacked() ?? this.insertList();
  }

  /** What is decoded of the current key. */
  private writable(): CacheEntry | undefined {
    if (this.cache.usedBytes > this.cache.roomBytes) {
      this.cache.makeRoom();
    }
    const entry = this.table.find();
    if (entry !== undefined) {
      this.used(entry);
    }
    return entry;
  }

  /** What is packed of the current key, decoded. */
  private unpacked(): CacheEntry | undefined {
    if (this.packed.size === 0) {
      return undefined;
    }
    const keyEnd = this.writeCurrentKey();
    if (this.packed.find(this.columnFamily, this.store.output.buffer, keyEnd) === NO_ROW) {
      return undefined;
    }
    this.load();
    return this.table.find();
  }

  /**
   * To the packed row of a key that is not decoded. False where there is none or no room, and of what
   * cannot be written, which is told later.
   */
  private appendPacked(values: readonly T[]): boolean {
    const { packed, columnFamily } = this;
    const { output } = this.store;
    if (this.packed.size === 0 || this.table.find() !== undefined || !this.cache.leavesPacked()) {
      return false;
    }
    this.cache.makeRoom();
    const keyEnd = this.writeCurrentKey();
    if (packed.find(columnFamily, output.buffer, keyEnd) === NO_ROW) {
      return false;
    }
    try {
      output.writeByte(LIST_DELIMITER);
      this.writeElements(values, 0);
    } catch {
      this.store.giveBackOutput();
      return false;
    }
    const { buffer, position } = output;
    const isPacked = packed.append(columnFamily, buffer, keyEnd, position, PACKED_BYTES_MAX);
    this.store.giveBackOutput();
    return isPacked;
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
    const entry = this.writable() ?? this.insertList();
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
    const { packed } = this;
    const keyEnd = this.writeKey(entry);
    const row = packed.find(this.columnFamily, this.store.output.buffer, keyEnd);
    const isNewer = row !== NO_ROW && packed.versions.isDirty(row);
    const isStored = row !== NO_ROW && packed.isStored(row);
    const elements = this.readRow(keyEnd, row, this.cache.packsRead);
    const bytes = this.rowBytes;
    const persisted = isNewer ? 0 : elements.length;
    for (let i = 0; i < contents.elements.length; i++) {
      elements.push(contents.elements[i] as T);
    }
    if (
      row === NO_ROW &&
      bytes > Math.max(KEPT_BYTES_ALWAYS, KEPT_SHARE_MAX * this.cache.roomBytes)
    ) {
      return elements;
    }
    entry.isStored = isStored || bytes !== ABSENT;
    contents.elements = elements;
    contents.isComplete = true;
    contents.persisted = persisted;
    contents.persistedBytes = isNewer ? 0 : Math.max(bytes, 0);
    contents.replaces = isNewer;
    entry.value = contents;
    this.used(entry);
    if (found === undefined) {
      this.table.insert(entry);
      this.cache.add(entry);
    }
    this.resized(entry, keyEnd);
    return elements;
  }

  /** Of a key that is not decoded. */
  private readPacked(): T[] {
    this.cache.makeRoom();
    const keyEnd = this.writeCurrentKey();
    const row = this.packed.find(this.columnFamily, this.store.output.buffer, keyEnd);
    return this.readRow(keyEnd, row, true);
  }

  /**
   * The row whose key is in the store's output, packed at `row` or in the database; its bytes come to
   * be `rowBytes`.
   */
  private readRow(keyEnd: number, row: number, packs: boolean): T[] {
    const { packed, store, columnFamily } = this;
    const { buffer } = store.output;
    if (row !== NO_ROW) {
      packed.use(row);
      this.rowBytes = packed.isAbsent(row) ? ABSENT : packed.valueBytes(row);
      return this.rowBytes === ABSENT ? [] : this.readElements(packed.input(row), this.rowBytes);
    }
    const bytes = store.read(columnFamily);
    this.rowBytes = bytes;
    const elements = bytes === ABSENT ? [] : this.readElements(store.result(), bytes);
    if (packs && bytes === ABSENT) {
      packed.insertAbsent(columnFamily, buffer, keyEnd, 0);
    } else if (packs && bytes <= PACKED_BYTES_MAX) {
      packed.insertRead(columnFamily, buffer, keyEnd, store.database.result, 0, bytes);
    }
    return elements;
  }

  private readElements(input: DataInputView, bytes: number): T[] {
    const start = input.position;
    const end = start + bytes;
    const elements: T[] = [];
    try {
      while (input.position < end) {
        if (elements.length > 0 && input.readUnsignedByte() !== LIST_DELIMITER) {
          throw new Error(`no comma before its element ${elements.length}`);
        }
        elements.push(this.serializer.deserialize(input));
      }
    } catch (error) {
      throw this.notRead(error, input.position - start, bytes);
    }
    this.checkRead(input.position - start, bytes);
    if (elements.length > 0) {
      this.seen(bytes, elements.length);
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
