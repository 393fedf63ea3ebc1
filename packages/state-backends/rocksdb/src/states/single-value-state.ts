/**
 * State whose value is one object: a value or an accumulator.
 *
 * Where memory is full, most accesses of what is not decoded read and write packed rows and leave it so:
 * see `ValueCache.leavesPacked`.
 */
// Hot path.
import type { DataInputView, TypeSerializer } from '@millrace/core';
import {
  type InternalAppendingState,
  type InternalMergingState,
  stateNotWritten,
} from '@millrace/state';
import type { WriteBatch } from '../database/write-batch.ts';
import { type CacheEntry, CLEAN } from './cache-entry.ts';
import { CachedState, type StateRows } from './cached-state.ts';
import { NO_ROW } from './row-index.ts';
import type { ReadAheadState, RowsAhead } from './state-look-ahead.ts';
import type { StateStore } from './state-store.ts';

const ABSENT = -1; // what `read` gives
const ABSENT_ROW = 0xffffffff; // of a row in what `readTogether` gives

export abstract class SingleValueState<K, N, V>
  extends CachedState<K, N>
  implements ReadAheadState<K>
{
  rowsRead: number;
  protected readonly serializer: TypeSerializer<V>;
  private readonly changeable: boolean;
  private readonly varies: boolean;

  constructor(store: StateStore<K>, rows: StateRows) {
    super(store, rows);
    this.serializer = rows.stateSerializer as TypeSerializer<V>;
    this.changeable = !this.serializer.isImmutableType;
    this.varies = this.serializer.length < 0;
    this.rowsRead = 0;
    if (!this.isNamespaced) {
      store.lookAhead.register(this);
    }
  }

  clear(): void {
    const entry = this.table.find();
    if (entry === undefined && this.cache.leavesPacked() && this.clearPacked()) {
      return;
    }
    this.clearEntry(entry ?? this.insertUnread());
  }

  entryWritten(entry: CacheEntry): void {
    if (entry.value === undefined) {
      entry.isStored = false;
      if (this.isNamespaced) {
        this.forget(entry);
      }
    } else {
      entry.isStored = true;
    }
  }

  protected putRow(entry: CacheEntry, batch: WriteBatch): void {
    const keyEnd = this.writeKey(entry);
    const { output } = this.store;
    if (entry.value === undefined) {
      batch.delete(this.columnFamily, output.buffer, 0, keyEnd);
      this.packed.forget(this.columnFamily, output.buffer, keyEnd);
      return;
    }
    this.serializer.serialize(entry.value as V, output);
    batch.put(this.columnFamily, output.buffer, 0, keyEnd, output.position);
    this.packed.written(this.columnFamily, output.buffer, keyEnd, output.position);
    entry.isStored = true;
    this.measured(entry, output.position);
  }

  override packEntry(entry: CacheEntry): boolean {
    const { packed, columnFamily } = this;
    const { output } = this.store;
    if (!packed.isOn) {
      return false;
    }
    const keyEnd = this.writeKey(entry);
    if (entry.value === undefined) {
      const isKept = !this.isNamespaced;
      return packed.delete(columnFamily, output.buffer, keyEnd, entry.isStored, isKept);
    }
    try {
      this.serializer.serialize(entry.value as V, output);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
    this.measured(entry, output.position);
    const end = output.position;
    const isPacked = packed.put(columnFamily, output.buffer, keyEnd, end, entry.isStored);
    this.store.giveBackOutput();
    return isPacked;
  }

  /** The entry of the current key and namespace, with what the database holds. */
  protected entry(): CacheEntry {
    return this.entryOr(this.table.find());
  }

  /** @param found - what the table has of it */
  protected entryOr(found: CacheEntry | undefined): CacheEntry {
    const entry = found ?? this.load();
    this.used(entry);
    return entry;
  }

  /** For a caller who may do with it what they like. */
  protected read(): V | undefined {
    const found = this.table.find();
    if (found === undefined && this.cache.leavesPacked()) {
      return this.readPacked();
    }
    const value = this.entryOr(found).value as V | undefined;
    return this.changeable && value !== undefined ? this.serializer.copy(value) : value;
  }

  /** `undefined` and `null` clear. The caller may go on changing the value. */
  protected write(value: V | undefined | null): void {
    if (value === undefined || value === null) {
      this.clear();
      return;
    }
    const found = this.table.find();
    if (found === undefined && this.cache.leavesPacked() && this.writePacked(value)) {
      return;
    }
    const kept = this.kept(value);
    const entry = found ?? this.insertUnread();
    this.beforeWrite(entry);
    this.set(entry, kept);
  }

  /** Of a key that is not decoded. */
  protected readPacked(): V | undefined {
    const { cache, packed, store, columnFamily } = this;
    cache.makeRoom();
    const keyEnd = this.writeCurrentKey();
    const { buffer } = store.output;
    const row = packed.find(columnFamily, buffer, keyEnd);
    if (row !== NO_ROW) {
      packed.use(row);
      return packed.isAbsent(row) ? undefined : this.decodePacked(row);
    }
    this.rowsRead++;
    const bytes = store.read(columnFamily);
    if (bytes === ABSENT) {
      packed.insertAbsent(columnFamily, buffer, keyEnd, Math.max(0, this.serializer.length));
      return undefined;
    }
    const value = this.decodeRow(0, bytes);
    packed.insertRead(columnFamily, buffer, keyEnd, store.database.result, 0, bytes);
    return value;
  }

  /** What a state holds of a value that its caller may go on changing. */
  protected kept(value: V): V {
    return this.changeable ? this.copied(value) : value;
  }

  /** After `beforeWrite`. What is `kept`. */
  protected set(entry: CacheEntry, kept: V): void {
    entry.value = kept;
    this.used(entry);
    if (this.varies && this.isTimeToMeasure()) {
      this.measure(entry);
    }
  }

  /**
   * After `beforeWrite` and a function of the program, in which the entry may have been evicted, and
   * may be another key's.
   */
  protected replace(entry: CacheEntry, value: V): void {
    if (value === undefined || value === null || this.table.find() !== entry) {
      this.write(value);
      return;
    }
    const kept = this.kept(value);
    this.beforeWrite(entry); // It may have come back since.
    this.set(entry, kept);
  }

  /** Removes the value of the current key and namespace and gives it, to change at will. */
  protected take(): V | undefined {
    const entry = this.entry();
    const { value } = entry;
    if (value !== undefined) {
      this.clearEntry(entry);
    }
    return value as V | undefined;
  }

  private clearEntry(entry: CacheEntry): void {
    if (entry.value === undefined && entry.version === CLEAN && !entry.isStored) {
      return;
    }
    this.beforeWrite(entry);
    entry.value = undefined;
    if (!entry.isStored) {
      this.forgetWrite(entry);
      if (this.isNamespaced) {
        this.forget(entry);
      }
    }
  }

  readAhead(keys: readonly K[], rows: RowsAhead<K>): void {
    const { store, table } = this;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      store.keys.setCurrentKey(key);
      if (table.find() === undefined) {
        const keyEnd = this.writeCurrentKey(); // It may make another buffer.
        const { buffer } = store.output;
        if (this.packed.find(this.columnFamily, buffer, keyEnd) === NO_ROW) {
          rows.add(key, buffer, keyEnd);
        }
      }
    }
    if (rows.keys.length > 0) {
      store.readTogether(this.columnFamily, rows);
      this.takeRows(rows);
    }
  }

  private decodePacked(row: number): V {
    return this.decode(this.packed.input(row), this.packed.valueBytes(row));
  }

  /** False where it has to be decoded: also what cannot be written, which is told later. */
  private writePacked(value: V): boolean {
    this.cache.makeRoom();
    const { output } = this.store;
    const keyEnd = this.writeCurrentKey();
    try {
      this.serializer.serialize(value, output);
    } catch {
      this.store.giveBackOutput();
      return false;
    }
    const { buffer, position } = output;
    const isPacked = this.packed.put(this.columnFamily, buffer, keyEnd, position, true);
    this.store.giveBackOutput();
    return isPacked;
  }

  private clearPacked(): boolean {
    this.cache.makeRoom();
    const keyEnd = this.writeCurrentKey();
    const { buffer } = this.store.output;
    return this.packed.delete(this.columnFamily, buffer, keyEnd, true, !this.isNamespaced);
  }

  private takeRows(rows: RowsAhead<K>): void {
    const { store, table } = this;
    const { keys } = rows;
    const { result } = store.database;
    const view = new DataView(result.buffer, result.byteOffset, result.byteLength);
    let at = 0;
    for (let i = 0; i < keys.length; i++) {
      const head = view.getUint32(at, true);
      const bytes = head === ABSENT_ROW ? ABSENT : head;
      at += 4;
      store.keys.setCurrentKey(keys[i]!);
      if (table.find() === undefined && !this.packRow(result, at, bytes)) {
        const entry = table.create(this, this.estimatedBytes());
        this.takeRow(entry, rows.keyBytes, at, bytes);
        entry.isReadAhead = true;
        this.insertRead(entry);
      }
      at += Math.max(bytes, 0);
    }
  }

  /** Of the current key, where memory is full: so it takes no other's place. */
  private packRow(result: Uint8Array, start: number, bytes: number): boolean {
    if (!this.cache.packsRead) {
      return false;
    }
    const keyEnd = this.writeCurrentKey();
    const { buffer } = this.store.output;
    if (bytes === ABSENT) {
      this.packed.insertAbsent(
        this.columnFamily,
        buffer,
        keyEnd,
        Math.max(0, this.serializer.length),
      );
      return true;
    }
    return this.packed.insertRead(this.columnFamily, buffer, keyEnd, result, start, bytes);
  }

  private load(): CacheEntry {
    const { cache, packed, store, columnFamily } = this;
    cache.makeRoom();
    const entry = this.table.create(this, this.estimatedBytes());
    const keyEnd = this.writeKey(entry);
    const { buffer } = store.output;
    const row = packed.find(columnFamily, buffer, keyEnd);
    if (row === NO_ROW) {
      this.rowsRead++;
      const bytes = store.read(columnFamily);
      this.takeRow(entry, keyEnd, 0, bytes);
      if (entry.isStored && cache.packsRead) {
        packed.insertRead(columnFamily, buffer, keyEnd, store.database.result, 0, bytes);
      }
    } else {
      packed.use(row);
      this.takePacked(entry, keyEnd, row);
    }
    this.insertRead(entry);
    return entry;
  }

  private takePacked(entry: CacheEntry, keyBytes: number, row: number): void {
    const { packed } = this;
    const isAbsent = packed.isAbsent(row);
    entry.isStored = !isAbsent || packed.isStored(row);
    if (!isAbsent) {
      entry.value = this.decodePacked(row);
      this.measured(entry, keyBytes + packed.valueBytes(row));
    }
  }

  private insertRead(entry: CacheEntry): void {
    this.table.insert(entry);
    this.cache.add(entry);
  }

  /** The value is in the result of the database, from `start` on; or absent. */
  private takeRow(entry: CacheEntry, keyBytes: number, start: number, bytes: number): void {
    entry.isStored = bytes !== ABSENT;
    if (entry.isStored) {
      entry.value = this.decodeRow(start, bytes);
      this.measured(entry, keyBytes + bytes);
    }
  }

  private decodeRow(start: number, bytes: number): V {
    return this.decode(this.store.result(start), bytes);
  }

  /** The value that stands in so many bytes of `input`, from where it is. */
  private decode(input: DataInputView, bytes: number): V {
    const start = input.position;
    let value: V;
    try {
      value = this.serializer.deserialize(input);
    } catch (error) {
      throw this.notRead(error, input.position - start, bytes);
    }
    this.checkRead(input.position - start, bytes);
    return value;
  }

  private copied(value: V): V {
    try {
      return this.serializer.copy(value);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
  }

  private measure(entry: CacheEntry): void {
    const { output } = this.store;
    try {
      this.writeKey(entry);
      this.serializer.serialize(entry.value as V, output);
      this.measured(entry, output.position);
    } catch {
      // It was written and stays so: what it is checked for is checked when it is written back.
    } finally {
      this.store.giveBackOutput();
    }
  }
}

/** Adds folding, and merging of namespaces: windows that grow together. */
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
      const value = this.take();
      this.write(value === undefined ? merged : this.merge(value, merged));
    }
  }
}
