/**
 * The entries of maps in the cache, and their rows: what a map state and its cursors are made of.
 *
 * `map` is the cache entry of a key and namespace, whose value is `MapContents`; it is never dirty
 * itself, and stays as long as one of its entries does.
 */
// Hot path.
import {
  type DataInputView,
  keyIdentityOf,
  latin1,
  type MapSerializer,
  type TypeSerializer,
} from '@millrace/core';
import { stateNotWritten } from '@millrace/state';
import { WriteBatch } from '../database/write-batch.ts';
import { type CachedRows, type CacheEntry, CLEAN } from './cache-entry.ts';
import { CachedState, type StateRows } from './cached-state.ts';
import { ABSENT, contentsOf, MapContents, MapEntry } from './map-contents.ts';
import { type MapRow, type MapRowBatch, readMapRows } from './map-rows.ts';
import type { StateStore } from './state-store.ts';
import { ENTRY_OVERHEAD_BYTES } from './value-cache.ts';

const NO_ROW = -1; // what `read` gives
const WHOLE_SHARE_MAX = 1 / 16;
const WHOLE_BYTES_ALWAYS = 4096;
const DELETED_AT_ONCE = 1024; // rows

export abstract class CachedMap<K, N, UK, UV> extends CachedState<K, N> {
  protected readonly userKeySerializer: TypeSerializer<UK>;
  protected readonly valueSerializer: TypeSerializer<UV>;
  protected readonly identityOf: (userKey: UK) => unknown;
  private readonly changeable: boolean;
  private readonly varies: boolean;
  private readonly entryRows: CachedRows;

  constructor(store: StateStore<K>, rows: StateRows) {
    super(store, rows);
    const map = rows.stateSerializer as unknown as MapSerializer<UK, UV>;
    this.userKeySerializer = map.keySerializer;
    this.valueSerializer = map.valueSerializer;
    this.identityOf = keyIdentityOf(map.keySerializer);
    this.changeable = !map.valueSerializer.isImmutableType;
    this.varies = map.valueSerializer.length < 0;
    this.cache.keepDecoded();
    this.entryRows = {
      writeEntry: (entry, batch) => this.writeMapEntry(entry as MapEntry, batch),
      packEntry: () => false,
      entryWritten: (entry) => this.mapEntryWritten(entry as MapEntry),
      dropEntry: (entry) => this.dropMapEntry(entry as MapEntry),
      entryLeft: (entry) => this.store.spareMapEntries.give(entry as MapEntry),
    };
  }

  /** Rows of so many bytes are kept in memory together. */
  get wholeBytesMax(): number {
    return Math.max(WHOLE_BYTES_ALWAYS, WHOLE_SHARE_MAX * this.cache.roomBytes);
  }

  /** Rows that were read before another batch was written may be old. */
  get batchesWritten(): number {
    return this.cache.batchesWritten;
  }

  /** The value of a row or entry for a caller who may change it. */
  copyOf(value: unknown): UV {
    return this.changeable && value !== null ? this.copied(value as UV) : (value as UV);
  }

  /** The map of the current key and namespace, if any of it is in memory. */
  findMap(): CacheEntry | undefined {
    return this.table.find();
  }

  /** All entries in memory, in the order of the user keys' bytes. They may be held. */
  sortedEntries(map: CacheEntry): readonly MapEntry[] {
    const contents = contentsOf(map);
    if (contents.sorted === undefined) {
      const entries = [...contents.entries.values()];
      for (const entry of entries) {
        entry.order ??= this.orderOf(entry.key as UK);
        entry.isHeld = true;
      }
      contents.sorted = entries.sort((a, b) => (a.order! < b.order! ? -1 : 1));
    }
    return contents.sorted;
  }

  /** The value of a user key now, wherever it is; `ABSENT` where it is not in the map. */
  valueNow(map: CacheEntry, userKey: UK): unknown {
    const live = map.index >= 0 ? map : this.table.lookUp(map);
    if (live !== undefined) {
      const contents = contentsOf(live);
      const entry = contents.entries.get(this.identityOf(userKey));
      if (entry !== undefined) {
        return entry.value;
      }
      if (contents.isComplete) {
        return ABSENT;
      }
    }
    return this.readValue(map, userKey);
  }

  /** What is in memory of a user key of a row; `undefined` when nothing is. */
  entryInMemory(map: CacheEntry, userKey: UK): MapEntry | undefined {
    const live = map.index >= 0 ? map : this.table.lookUp(map);
    return live === undefined ? undefined : contentsOf(live).entries.get(this.identityOf(userKey));
  }

  /** Makes the map whole in memory, if it has not too many rows; else gives the first ones. */
  loadWhole(limits: { readonly rows: number; readonly bytes: number }): CacheEntry | MapRowBatch {
    this.cache.makeRoom();
    const found = this.table.find();
    if (found !== undefined && contentsOf(found).isComplete) {
      return found;
    }
    const map = found ?? this.createMap();
    const batch = this.readRows(map, undefined, limits.rows + 1);
    if (!batch.isLast || batch.rows.length > limits.rows || batch.bytes > limits.bytes) {
      return batch;
    }
    if (found === undefined) {
      this.table.insert(map);
      this.cache.add(map);
    }
    const contents = contentsOf(map);
    for (const row of batch.rows) {
      const userKey = this.userKeyIn(row);
      const identity = this.identityOf(userKey);
      if (!contents.entries.has(identity)) {
        const entry = this.blankMapEntry(map, userKey, identity);
        entry.value = this.valueIn(row);
        entry.order = row.order;
        this.measured(entry, row.valueEnd - row.userKeyStart);
        contents.add(entry);
        this.cache.add(entry);
      }
    }
    contents.isComplete = true;
    return map;
  }

  /** @param map - in memory or not */
  readRows(map: CacheEntry, after: string | undefined, rowsMax: number): MapRowBatch {
    const prefixEnd = this.writeKey(map);
    const prefix = this.store.output.buffer.slice(0, prefixEnd);
    this.cache.applyPending();
    return readMapRows(this.store.database, this.columnFamily, { prefix, after, rowsMax });
  }

  /** A map of the current key and namespace, in no table yet. */
  createMap(): CacheEntry {
    const map = this.table.create(this, ENTRY_OVERHEAD_BYTES);
    map.isStored = false;
    map.value = new MapContents();
    return map;
  }

  userKeyIn(row: MapRow): UK {
    const { view } = row;
    view.position = row.userKeyStart;
    let userKey: UK;
    try {
      userKey = this.userKeySerializer.deserialize(view);
    } catch (error) {
      throw this.notRead(error, view.position, row.valueStart);
    }
    this.checkRead(view.position, row.valueStart);
    return userKey;
  }

  /** Null where it stands for nothing. */
  valueIn(row: MapRow): UV | null {
    row.view.position = row.valueStart;
    return this.decodeValue(row.view, row.valueEnd);
  }

  entryWritten(): void {}

  override dropEntry(map: CacheEntry): boolean {
    return contentsOf(map).entries.size === 0 && super.dropEntry(map);
  }

  /** What the map holds of a user key; read if need be; `undefined` when it is known to be absent. */
  protected entryOf(userKey: UK): MapEntry | undefined {
    const map = this.table.find();
    if (map !== undefined) {
      const contents = contentsOf(map);
      const entry = contents.entries.get(this.identityOf(userKey));
      if (entry !== undefined) {
        this.used(entry);
        return entry;
      }
      if (contents.isComplete) {
        this.used(map);
        return undefined;
      }
    }
    return this.loadEntry(userKey);
  }

  /** The entry of a user key, to be written; not read. */
  protected entryToWrite(userKey: UK): MapEntry {
    const found = this.table.find();
    const known = found && contentsOf(found).entries.get(this.identityOf(userKey));
    if (known !== undefined) {
      return known;
    }
    this.cache.makeRoom();
    const map = this.table.find() ?? this.insertMap();
    const entry = this.createEntry(map, userKey);
    entry.isStored = !contentsOf(map).isComplete;
    this.insertEntry(entry);
    return entry;
  }

  /** @param kept - nobody else holds it; null stands for nothing */
  protected setEntry(entry: MapEntry, kept: UV | null): void {
    this.beforeWrite(entry);
    if (entry.value === ABSENT) {
      contentsOf(entry.holder as CacheEntry).present++;
    }
    entry.value = kept;
    this.used(entry);
    if (this.varies && this.isTimeToMeasure()) {
      this.measure(entry);
    }
  }

  protected removeEntry(entry: MapEntry): void {
    if (entry.value === ABSENT && entry.version === CLEAN && !entry.isStored) {
      return;
    }
    this.beforeWrite(entry);
    if (entry.value !== ABSENT) {
      entry.value = ABSENT;
      contentsOf(entry.holder as CacheEntry).present--;
    }
    if (!entry.isStored) {
      this.forgetWrite(entry);
      this.forgetEntry(entry);
    }
  }

  /** Of any size, at once: while a version is fixed, that is completed first. */
  protected clearLarge(): void {
    this.cache.completeBarrier();
    const found = this.table.find();
    const map = found ?? this.createMap();
    const contents = contentsOf(map);
    for (const entry of [...contents.entries.values()]) {
      this.forgetWrite(entry);
      contents.delete(entry);
      entry.value = ABSENT; // For cursors that still hold it.
      this.cache.remove(entry);
    }
    const batch = new WriteBatch();
    let isLast = false;
    let after: string | undefined;
    const { output } = this.store;
    while (!isLast) {
      const read = this.readRows(map, after, DELETED_AT_ONCE);
      for (const row of read.rows) {
        this.writeKey(map);
        output.write(row.view.buffer.subarray(row.userKeyStart, row.valueStart));
        batch.delete(this.columnFamily, output.buffer, 0, output.position);
        after = row.order;
      }
      this.cache.apply(batch);
      isLast = read.isLast;
    }
    contents.isComplete = true;
  }

  /** In windows a map that is empty does not come back. */
  protected forgetEmptyMap(map: CacheEntry): void {
    if (this.isNamespaced) {
      this.forget(map);
    }
  }

  protected override entriesOf(key: K): readonly CacheEntry[] {
    return this.table.entriesOf(key).flatMap((map) => [...contentsOf(map).entries.values()]);
  }

  protected putRow(): void {} // A map itself is never dirty.

  /** Maps are kept decoded alone. */
  protected override writePackedNow(): boolean {
    this.cache.applyPending();
    return true;
  }

  private insertMap(): CacheEntry {
    const map = this.createMap();
    this.table.insert(map);
    this.cache.add(map);
    return map;
  }

  private createEntry(map: CacheEntry, userKey: UK): MapEntry {
    const { userKeySerializer } = this;
    const kept = userKeySerializer.isImmutableType ? userKey : userKeySerializer.copy(userKey);
    const entry = this.blankMapEntry(map, kept, this.identityOf(userKey));
    entry.bytes = this.estimatedBytes();
    return entry;
  }

  /** One that was used before, or a new one. */
  private blankMapEntry(map: CacheEntry, userKey: UK, identity: unknown): MapEntry {
    const entry = this.store.spareMapEntries.take() ?? new MapEntry(this.entryRows);
    entry.rows = this.entryRows;
    entry.key = userKey;
    entry.holder = map;
    entry.identity = identity;
    return entry;
  }

  private insertEntry(entry: MapEntry): void {
    contentsOf(entry.holder as CacheEntry).add(entry);
    this.cache.add(entry);
  }

  private loadEntry(userKey: UK): MapEntry {
    this.cache.makeRoom();
    const found = this.table.find();
    const map = found ?? this.createMap();
    const entry = this.createEntry(map, userKey);
    entry.value = this.readValue(map, userKey);
    entry.isStored = entry.value !== ABSENT;
    if (found === undefined) {
      this.table.insert(map);
      this.cache.add(map);
    }
    this.insertEntry(entry);
    return entry;
  }

  private readValue(map: CacheEntry, userKey: UK): unknown {
    this.writeKey(map);
    this.writeUserKey(userKey);
    const bytes = this.store.read(this.columnFamily);
    return bytes === NO_ROW ? ABSENT : this.decodeValue(this.store.result(), bytes);
  }

  private decodeValue(input: DataInputView, end: number): UV | null {
    let value: UV;
    try {
      if (input.readBoolean()) {
        return null; // What stands for nothing is never read.
      }
      value = this.valueSerializer.deserialize(input);
    } catch (error) {
      throw this.notRead(error, input.position, end);
    }
    this.checkRead(input.position, end);
    return value;
  }

  private writeUserKey(userKey: UK): void {
    try {
      this.userKeySerializer.serialize(userKey, this.store.output);
    } catch (error) {
      throw stateNotWritten(`a key of state '${this.name}'`, error);
    }
  }

  private writeValue(value: UV | null): void {
    const { output } = this.store;
    try {
      output.writeBoolean(value === null);
      if (value !== null) {
        this.valueSerializer.serialize(value, output);
      }
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
  }

  private orderOf(userKey: UK): string {
    this.store.output.reset();
    this.writeUserKey(userKey);
    return latin1(this.store.output.bytes());
  }

  private copied(value: UV): UV {
    try {
      return this.valueSerializer.copy(value);
    } catch (error) {
      throw stateNotWritten(`state '${this.name}'`, error);
    }
  }

  private measure(entry: MapEntry): void {
    const { output } = this.store;
    try {
      output.reset();
      this.writeUserKey(entry.key as UK);
      this.writeValue(entry.value as UV | null);
      this.measured(entry, output.position);
    } catch {
      // It was written and stays so: what it is checked for is checked when it is written back.
    } finally {
      this.store.giveBackOutput();
    }
  }

  private writeMapEntry(entry: MapEntry, batch: WriteBatch): void {
    try {
      this.putMapEntry(entry, batch);
    } finally {
      this.store.giveBackOutput();
    }
  }

  private putMapEntry(entry: MapEntry, batch: WriteBatch): void {
    const { output } = this.store;
    const prefixEnd = this.writeKey(entry.holder as CacheEntry);
    this.writeUserKey(entry.key as UK);
    const keyEnd = output.position;
    if (entry.value === ABSENT) {
      batch.delete(this.columnFamily, output.buffer, 0, keyEnd);
      return;
    }
    this.writeValue(entry.value as UV | null);
    batch.put(this.columnFamily, output.buffer, 0, keyEnd, output.position);
    entry.isStored = true;
    this.measured(entry, output.position - prefixEnd);
  }

  private mapEntryWritten(entry: MapEntry): void {
    if (entry.value !== ABSENT) {
      return;
    }
    entry.isStored = false;
    if (this.isNamespaced || contentsOf(entry.holder as CacheEntry).isComplete) {
      this.forgetEntry(entry);
    }
  }

  private dropMapEntry(entry: MapEntry): boolean {
    const contents = contentsOf(entry.holder as CacheEntry);
    contents.delete(entry);
    if (entry.value !== ABSENT) {
      contents.isComplete = false;
    }
    return true;
  }

  /** An absent entry without a row. */
  private forgetEntry(entry: MapEntry): void {
    const map = entry.holder as CacheEntry;
    contentsOf(map).delete(entry);
    this.cache.remove(entry);
    if (contentsOf(map).entries.size === 0) {
      this.forgetEmptyMap(map);
    }
  }
}
