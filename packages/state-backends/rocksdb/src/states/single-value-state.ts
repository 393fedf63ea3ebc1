/** State whose value is one object: a value or an accumulator. */
// Hot path.
import { type TypeSerializer, VOID_NAMESPACE } from '@millrace/core';
import {
  type InternalAppendingState,
  type InternalMergingState,
  stateNotWritten,
} from '@millrace/state';
import type { WriteBatch } from '../database/write-batch.ts';
import { type CacheEntry, CLEAN } from './cache-entry.ts';
import { CachedState, type StateRows } from './cached-state.ts';
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
    this.clearEntry(this.table.find() ?? this.insertUnread());
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
      return;
    }
    this.serializer.serialize(entry.value as V, output);
    batch.put(this.columnFamily, output.buffer, 0, keyEnd, output.position);
    entry.isStored = true;
    this.measured(entry, output.position);
  }

  /** The entry of the current key and namespace, with what the database holds. */
  protected entry(): CacheEntry {
    const entry = this.table.find() ?? this.load();
    this.used(entry);
    return entry;
  }

  /** For a caller who may do with it what they like. */
  protected read(): V | undefined {
    const value = this.entry().value as V | undefined;
    return this.changeable && value !== undefined ? this.serializer.copy(value) : value;
  }

  /** `undefined` and `null` clear. The caller may go on changing the value. */
  protected write(value: V | undefined | null): void {
    if (value === undefined || value === null) {
      this.clear();
      return;
    }
    const kept = this.kept(value);
    const entry = this.table.find() ?? this.insertUnread();
    this.beforeWrite(entry);
    this.set(entry, kept);
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
        rows.add(key, store.output.buffer, keyEnd);
      }
    }
    if (rows.keys.length > 0) {
      store.readTogether(this.columnFamily, rows);
      this.takeRows(rows);
    }
  }

  /** Of a state without namespaces. */
  private writeCurrentKey(): number {
    const { keys } = this.store;
    const keyGroup = keys.currentKeyGroup();
    return this.writeKey({ key: keys.currentKey, namespace: VOID_NAMESPACE, keyGroup });
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
      if (table.find() === undefined) {
        const entry = table.create(this, this.estimatedBytes());
        this.takeRow(entry, rows.keyBytes, at, bytes);
        entry.isReadAhead = true;
        this.insertRead(entry);
      }
      at += Math.max(bytes, 0);
    }
  }

  private load(): CacheEntry {
    this.cache.makeRoom();
    const entry = this.table.create(this, this.estimatedBytes());
    const keyBytes = this.writeKey(entry);
    this.rowsRead++;
    this.takeRow(entry, keyBytes, 0, this.store.read(this.columnFamily));
    this.insertRead(entry);
    return entry;
  }

  private insertRead(entry: CacheEntry): void {
    this.table.insert(entry);
    this.cache.add(entry);
  }

  /** The value is in the result of the database, from `start` on; or absent. */
  private takeRow(entry: CacheEntry, keyBytes: number, start: number, bytes: number): void {
    entry.isStored = bytes !== ABSENT;
    if (entry.isStored) {
      const input = this.store.result(start);
      try {
        entry.value = this.serializer.deserialize(input);
      } catch (error) {
        throw this.notRead(error, input.position - start, bytes);
      }
      this.checkRead(input.position - start, bytes);
      this.measured(entry, keyBytes + bytes);
    }
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
