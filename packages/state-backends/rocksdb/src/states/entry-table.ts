/**
 * Where a state finds its cached entries: by the current key and namespace.
 *
 * Invariants:
 * - An entry is in the table of its key (or pane) exactly while it is in the cache.
 * - A pane exists exactly while it has an entry.
 *
 * Flink has no such tables: its RocksDB states read the database each time.
 */
// Hot path.
import { type TypeSerializer, VOID_NAMESPACE, VoidNamespaceSerializer } from '@millrace/core';
import { type KeyEntry, type Pane, PaneTable } from '@millrace/state';
import { type CachedRows, CacheEntry } from './cache-entry.ts';
import type { KeyContext } from './key-context.ts';

export abstract class EntryTable<K, N> {
  /** False where there is one namespace only. */
  abstract readonly isNamespaced: boolean;
  protected readonly keys: KeyContext<K>;

  constructor(keys: KeyContext<K>) {
    this.keys = keys;
  }

  abstract setNamespace(namespace: N): void;
  /** The entry of the current key and namespace. */
  abstract find(): CacheEntry | undefined;
  /** The entry of any key and namespace. */
  abstract lookUp(entry: CacheEntry): CacheEntry | undefined;
  /** An entry of the current key and namespace, which is in no table yet. */
  abstract create(rows: CachedRows, bytes: number): CacheEntry;
  /** Puts what `create` gave into the table. The current key is still that. */
  abstract insert(entry: CacheEntry): void;
  abstract remove(entry: CacheEntry): void;

  /** @throws ConfigError `KEY_NOT_DETERMINISTIC`, `KEY_TYPE_UNSUPPORTED` */
  protected checkedKeyGroup(): number {
    const keyGroup = this.keys.currentKeyGroup();
    this.keys.groupIndex(keyGroup);
    return keyGroup;
  }

  /** Who gave the key may change the object. */
  protected keptKey(key: K): K {
    const { serializer } = this.keys;
    return serializer.isImmutableType ? key : serializer.copy(key);
  }
}

export function createEntryTable<K>(
  keys: KeyContext<K>,
  namespaceSerializer: TypeSerializer<unknown>,
  nextSlot: () => number,
): EntryTable<K, unknown> {
  return namespaceSerializer instanceof VoidNamespaceSerializer
    ? new VoidNamespaceEntries(keys, nextSlot())
    : new NamespacedEntries(keys, namespaceSerializer);
}

class VoidNamespaceEntries<K> extends EntryTable<K, unknown> {
  readonly isNamespaced = false;
  private readonly slot: number;

  constructor(keys: KeyContext<K>, slot: number) {
    super(keys);
    this.slot = slot;
  }

  setNamespace(): void {}

  find(): CacheEntry | undefined {
    return this.keys.current().cell(this.slot);
  }

  lookUp(entry: CacheEntry): CacheEntry | undefined {
    return this.keys.entryOf(entry.key as K, entry.keyGroup).cell(this.slot);
  }

  create(rows: CachedRows, bytes: number): CacheEntry {
    const holder = this.keys.current();
    const keyGroup = this.checkedKeyGroup();
    if (holder.cellCount === 0) {
      holder.key = this.keptKey(holder.key);
    }
    return new CacheEntry(
      rows,
      { key: holder.key, namespace: VOID_NAMESPACE, keyGroup, holder },
      bytes,
    );
  }

  insert(entry: CacheEntry): void {
    this.keys.addCell(entry.holder as KeyEntry<K, CacheEntry>, this.slot, entry);
  }

  remove(entry: CacheEntry): void {
    this.keys.removeCell(entry.holder as KeyEntry<K, CacheEntry>, this.slot);
  }
}

class NamespacedEntries<K, N> extends EntryTable<K, N> {
  readonly isNamespaced = true;
  private readonly panes: PaneTable<N, CacheEntry>;
  private readonly serializer: TypeSerializer<N>;
  private namespace: N | undefined;
  private pane: Pane<N, CacheEntry> | undefined;

  constructor(keys: KeyContext<K>, serializer: TypeSerializer<N>) {
    super(keys);
    this.panes = new PaneTable(serializer);
    this.serializer = serializer;
    this.namespace = undefined;
    this.pane = undefined;
  }

  setNamespace(namespace: N): void {
    if (namespace !== this.namespace || !this.serializer.isImmutableType) {
      this.namespace = namespace;
      this.pane = undefined;
    }
  }

  find(): CacheEntry | undefined {
    const pane = this.pane ?? this.findPane();
    const { identity } = this.keys.current();
    return pane === undefined ? undefined : pane.cells.get(identity);
  }

  lookUp(entry: CacheEntry): CacheEntry | undefined {
    const pane = this.panes.find(entry.namespace as N);
    return pane?.cells.get(this.keys.identity(entry.key as K));
  }

  create(rows: CachedRows, bytes: number): CacheEntry {
    const key = this.keptKey(this.keys.currentKey);
    const keyGroup = this.checkedKeyGroup();
    const given = this.namespace as N;
    const pane = this.pane ?? this.findPane();
    const namespace =
      pane?.namespace ?? (this.serializer.isImmutableType ? given : this.serializer.copy(given));
    return new CacheEntry(rows, { key, namespace, keyGroup, holder: undefined }, bytes);
  }

  insert(entry: CacheEntry): void {
    let pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      pane = this.panes.add(entry.namespace as N);
      this.pane = pane;
    }
    pane.cells.set(this.keys.current().identity, entry);
  }

  remove(entry: CacheEntry): void {
    const pane = this.panes.find(entry.namespace as N) as Pane<N, CacheEntry>;
    pane.cells.delete(this.keys.identity(entry.key as K));
    if (pane.cells.size === 0) {
      this.panes.remove(pane);
      if (this.pane === pane) {
        this.pane = undefined;
      }
    }
  }

  private findPane(): Pane<N, CacheEntry> | undefined {
    if (this.namespace !== undefined) {
      this.pane = this.panes.find(this.namespace);
    }
    return this.pane;
  }
}
