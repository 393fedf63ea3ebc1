/**
 * What all kinds of state share: rows of the database, read and written by way of the cache.
 *
 * A value is checked against its type when it is written back, at the latest at the next barrier: the
 * error names the state. Values that can be changed in place are copied when they are written and
 * when they are read, so that no one who holds one can change the state.
 *
 * Flink: AbstractRocksDBState. It serializes with each access, and so gives copies too.
 */
// Hot path.
import {
  errorMessage,
  MillraceError,
  TaskError,
  type TypeSerializer,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  CompositeKeyFormat,
  type InternalKvState,
  stateNotWritten,
  writeKeyGroupPrefix,
} from '@millrace/state';
import type { WriteBatch } from '../database/write-batch.ts';
import { type CachedRows, type CacheEntry, CLEAN } from './cache-entry.ts';
import { createEntryTable, type EntryTable } from './entry-table.ts';
import type { PackedRows } from './packed-rows.ts';
import { NO_ROW } from './row-index.ts';
import type { StateStore } from './state-store.ts';
import { ENTRY_OVERHEAD_BYTES, type ValueCache } from './value-cache.ts';

/** A state in the database. */
export interface StateRows {
  readonly name: string;
  readonly columnFamily: number;
  readonly namespaceSerializer: TypeSerializer<unknown>;
  /** Of the whole state: of the list, the map, the accumulator. */
  readonly stateSerializer: TypeSerializer<unknown>;
}

export type KeyPlace = Pick<CacheEntry, 'key' | 'namespace' | 'keyGroup'>;

const MEASURED_EVERY = 64; // writes; a power of two
const BYTES_ASSUMED = 32; // of a key or value of which none was serialized yet

export abstract class CachedState<K, N> implements InternalKvState<K, N>, CachedRows {
  readonly name: string;
  readonly columnFamily: number;
  protected readonly store: StateStore<K>;
  protected readonly cache: ValueCache;
  protected readonly packed: PackedRows;
  protected readonly table: EntryTable<K, N>;
  /** Whether the state is in windows or the like: what is absent there is not worth remembering. */
  protected readonly isNamespaced: boolean;
  private readonly keyFormat: CompositeKeyFormat<unknown, unknown>;
  private readonly place: { -readonly [F in keyof KeyPlace]: KeyPlace[F] };
  /** Serialized, on the average: of what was serialized lately. */
  private typicalBytes: number;
  private writesUnmeasured: number;

  constructor(store: StateStore<K>, rows: StateRows) {
    this.name = rows.name;
    this.columnFamily = rows.columnFamily;
    this.store = store;
    this.cache = store.cache;
    this.packed = store.cache.packed;
    this.keyFormat = new CompositeKeyFormat<unknown, unknown>({
      keySerializer: store.keySerializer as TypeSerializer<unknown>,
      namespaceSerializer: rows.namespaceSerializer,
      numberOfKeyGroups: store.numberOfKeyGroups,
    });
    this.table = createEntryTable(store, rows.namespaceSerializer) as EntryTable<K, N>;
    this.isNamespaced = this.table.isNamespaced;
    this.place = { key: undefined, namespace: undefined, keyGroup: -1 };
    this.typicalBytes = BYTES_ASSUMED;
    this.writesUnmeasured = 0;
  }

  setCurrentNamespace(namespace: N): void {
    this.table.setNamespace(namespace);
  }

  /**
   * Brings all that is in memory of a key to the database, in every namespace.
   *
   * @returns false when that has to wait for the release of a fixed version
   */
  writeKeyNow(key: K): boolean {
    for (const entry of this.entriesOf(key)) {
      if (!this.cache.writeNow(entry)) {
        return false;
      }
    }
    return this.writePackedNow(key);
  }

  /** Those that may be dirty. */
  protected entriesOf(key: K): readonly CacheEntry[] {
    return this.table.entriesOf(key);
  }

  abstract clear(): void;
  abstract entryWritten(entry: CacheEntry): void;
  protected abstract putRow(entry: CacheEntry, batch: WriteBatch): void;

  writeEntry(entry: CacheEntry, batch: WriteBatch): void {
    try {
      this.putRow(entry, batch);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    } finally {
      this.store.giveBackOutput();
    }
  }

  packEntry(_entry: CacheEntry): boolean {
    return false;
  }

  dropEntry(entry: CacheEntry): boolean {
    this.table.remove(entry);
    return true;
  }

  entryLeft(entry: CacheEntry): void {
    this.store.spareEntries.give(entry);
  }

  /** An entry of the current key and namespace that is not in memory, without reading it. */
  protected insertUnread(): CacheEntry {
    this.cache.makeRoom();
    const entry = this.table.create(this, this.estimatedBytes());
    this.table.insert(entry);
    this.cache.add(entry);
    return entry;
  }

  /** Removes a clean entry. */
  protected forget(entry: CacheEntry): void {
    if (entry.index >= 0 && this.dropEntry(entry)) {
      this.cache.remove(entry);
    }
  }

  /** The access that brought an entry into the cache does not count: others may never come. */
  protected used(entry: CacheEntry): void {
    if (entry.isReadAhead) {
      entry.isReadAhead = false;
      this.cache.newest = entry;
    } else if (entry !== this.cache.newest) {
      entry.isReferenced = true;
    }
  }

  protected beforeWrite(entry: CacheEntry): void {
    if (entry.version !== this.cache.epoch) {
      this.cache.beforeWrite(entry);
    }
  }

  /** Of an absent value that no row has to be deleted for. */
  protected forgetWrite(entry: CacheEntry): void {
    if (entry.version !== CLEAN) {
      this.cache.forgetWrite(entry);
    }
  }

  /** Key and namespace to the store's output. @returns where they end */
  protected writeKey(place: KeyPlace): number {
    const { output } = this.store;
    try {
      this.keyFormat.write(output.reset(), place.keyGroup, place);
    } catch (error) {
      throw stateNotWritten(`the key or namespace of state '${this.name}'`, error);
    }
    return output.position;
  }

  /** As `writeKey`, of the current key and namespace. */
  protected writeCurrentKey(): number {
    const { place, table } = this;
    const { keys } = this.store;
    const keyGroup = keys.currentKeyGroup();
    keys.groupIndex(keyGroup);
    place.key = keys.currentKey;
    place.namespace = table.currentNamespace;
    place.keyGroup = keyGroup;
    return this.writeKey(place);
  }

  /** Key group and key to the store's output, which all rows of the key begin with. */
  protected writeKeyAlone(key: K, keyGroup: number): number {
    const { output, keySerializer } = this.store;
    writeKeyGroupPrefix(output.reset(), keyGroup, this.keyFormat.prefixBytes);
    keySerializer.serialize(key, output);
    return output.position;
  }

  /** As `writeKeyNow`, of the rows that are kept as bytes. */
  protected writePackedNow(key: K): boolean {
    const { packed, columnFamily } = this;
    const { keys, output } = this.store;
    if (packed.versions.dirtyRows === 0) {
      this.cache.applyPending();
      return true;
    }
    const keyGroup = keys.keyGroupOf(key);
    let isWritten = true;
    if (this.isNamespaced) {
      const prefixEnd = this.writeKeyAlone(key, keyGroup);
      isWritten = packed.versions.writeAllNow(columnFamily, output.buffer, prefixEnd);
    } else {
      const keyEnd = this.writeKey({ key, keyGroup, namespace: VOID_NAMESPACE });
      const row = packed.find(columnFamily, output.buffer, keyEnd);
      isWritten = row === NO_ROW || packed.versions.writeNow(row);
    }
    this.cache.applyPending();
    return isWritten;
  }

  /** @param position - how far the row was read; behind `end` what was read is not of the row */
  protected notRead(error: unknown, position: number, end: number): Error {
    const isRead = position <= end;
    const isTask = error instanceof MillraceError && error.reaction === 'task';
    const why = isRead ? errorMessage(error) : `its value goes on behind its ${end} bytes`;
    return new TaskError(
      isRead && isTask ? error.code : 'ROCKSDB_FAILED',
      `state '${this.name}': a row of the database cannot be read: ${why}`,
      { cause: error },
    );
  }

  protected checkRead(position: number, end: number): void {
    if (position !== end) {
      const error = new Error(`its value ends at byte ${position} of ${end}`);
      throw this.notRead(error, position, end);
    }
  }

  protected isTimeToMeasure(): boolean {
    return (++this.writesUnmeasured & (MEASURED_EVERY - 1)) === 0;
  }

  /** A value was serialized: of a row, its key included. */
  protected measured(entry: CacheEntry, serializedBytes: number): void {
    this.typicalBytes += (serializedBytes - this.typicalBytes) / 16;
    this.cache.resize(entry, ENTRY_OVERHEAD_BYTES + 2 * serializedBytes);
  }

  protected estimatedBytes(): number {
    return ENTRY_OVERHEAD_BYTES + 2 * Math.ceil(this.typicalBytes);
  }
}
