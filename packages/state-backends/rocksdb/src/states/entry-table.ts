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
import { hashOfIdentity, IdentityMap, type KeyEntry, type Pane, PaneTable } from '@millrace/state';
import { type CachedRows, CacheEntry } from './cache-entry.ts';
import type { KeyContext } from './key-context.ts';
import type { SpareEntries } from './spare-entries.ts';

export abstract class EntryTable<K, N> {
  /** False where there is one namespace only. */
  abstract readonly isNamespaced: boolean;
  protected readonly keys: KeyContext<K>;
  private readonly spare: SpareEntries<CacheEntry>;

  constructor(keys: KeyContext<K>, spare: SpareEntries<CacheEntry>) {
    this.keys = keys;
    this.spare = spare;
  }

  abstract setNamespace(namespace: N): void;
  abstract readonly currentNamespace: N | undefined;
  /** The entry of the current key and namespace. */
  abstract find(): CacheEntry | undefined;
  /** The entry of any key and namespace. */
  abstract lookUp(entry: CacheEntry): CacheEntry | undefined;
  /** The entries of a key in all namespaces. */
  abstract entriesOf(key: K): CacheEntry[];
  /** An entry of the current key and namespace, which is in no table yet. */
  abstract create(rows: CachedRows, bytes: number): CacheEntry;
  /** Puts what `create` gave into the table. The current key is still that. */
  abstract insert(entry: CacheEntry): void;
  abstract remove(entry: CacheEntry): void;

  /** One that was used before, or a new one. */
  protected blank(rows: CachedRows, bytes: number): CacheEntry {
    const entry = this.spare.take() ?? new CacheEntry(rows);
    entry.rows = rows;
    entry.bytes = bytes;
    return entry;
  }

  /** @throws ConfigError `KEY_NOT_DETERMINISTIC`, `KEY_TYPE_UNSUPPORTED` */
  protected checkedKeyGroup(): number {
    const keyGroup = this.keys.currentKeyGroup();
    this.keys.groupIndex(keyGroup);
    return keyGroup;
  }

  /**
   * The current key: who gave it may change the object.
   *
   * @throws ConfigError `KEY_NOT_DETERMINISTIC` when that has happened since the key was looked up
   */
  protected keptKey(): K {
    const { serializer } = this.keys;
    const { key, identity } = this.keys.current();
    if (serializer.isImmutableType) {
      return key;
    }
    const kept = serializer.copy(key);
    if (this.keys.identity(kept) !== identity) {
      throw this.keys.keyChanged();
    }
    return kept;
  }
}

export function createEntryTable<K>(
  store: {
    readonly keys: KeyContext<K>;
    readonly spareEntries: SpareEntries<CacheEntry>;
    nextSlot(): number;
  },
  namespaceSerializer: TypeSerializer<unknown>,
): EntryTable<K, unknown> {
  const { keys, spareEntries } = store;
  return namespaceSerializer instanceof VoidNamespaceSerializer
    ? new VoidNamespaceEntries(keys, spareEntries, store.nextSlot())
    : new NamespacedEntries(keys, spareEntries, namespaceSerializer);
}

class VoidNamespaceEntries<K> extends EntryTable<K, unknown> {
  readonly isNamespaced = false;
  readonly currentNamespace = VOID_NAMESPACE;
  private readonly slot: number;

  constructor(keys: KeyContext<K>, spare: SpareEntries<CacheEntry>, slot: number) {
    super(keys, spare);
    this.slot = slot;
  }

  setNamespace(): void {}

  find(): CacheEntry | undefined {
    return this.keys.current().cell(this.slot);
  }

  lookUp(entry: CacheEntry): CacheEntry | undefined {
    return this.keys.entryOf(entry.key as K, entry.keyGroup).cell(this.slot);
  }

  entriesOf(key: K): CacheEntry[] {
    const entry = this.keys.entryOf(key, this.keys.keyGroupOf(key)).cell(this.slot);
    return entry === undefined ? [] : [entry];
  }

  create(rows: CachedRows, bytes: number): CacheEntry {
    const holder = this.keys.current();
    const keyGroup = this.checkedKeyGroup();
    if (holder.cellCount === 0) {
      holder.key = this.keptKey();
    }
    const entry = this.blank(rows, bytes);
    entry.key = holder.key;
    entry.namespace = VOID_NAMESPACE;
    entry.keyGroup = keyGroup;
    entry.holder = holder;
    return entry;
  }

  insert(entry: CacheEntry): void {
    this.keys.addCell(entry.holder as KeyEntry<K, CacheEntry>, this.slot, entry);
  }

  remove(entry: CacheEntry): void {
    const holder = entry.holder as KeyEntry<K, CacheEntry>;
    this.keys.removeCell(holder, this.slot);
    this.keys.reuse(holder);
  }
}

class NamespacedEntries<K, N> extends EntryTable<K, N> {
  readonly isNamespaced = true;
  private readonly panes: PaneTable<N, IdentityMap<CacheEntry>>;
  private readonly serializer: TypeSerializer<N>;
  private namespace: N | undefined;
  private pane: Pane<N, IdentityMap<CacheEntry>> | undefined;

  constructor(keys: KeyContext<K>, spare: SpareEntries<CacheEntry>, serializer: TypeSerializer<N>) {
    super(keys, spare);
    this.panes = new PaneTable(serializer, () => new IdentityMap<CacheEntry>());
    this.serializer = serializer;
    this.namespace = undefined;
    this.pane = undefined;
  }

  get currentNamespace(): N | undefined {
    return this.namespace;
  }

  setNamespace(namespace: N): void {
    if (namespace !== this.namespace || !this.serializer.isImmutableType) {
      this.namespace = namespace;
      this.pane = undefined;
    }
  }

  find(): CacheEntry | undefined {
    const pane = this.pane ?? this.findPane();
    const { identity, hash } = this.keys.current();
    return pane === undefined ? undefined : pane.cells.get(identity, hash);
  }

  lookUp(entry: CacheEntry): CacheEntry | undefined {
    const pane = this.panes.find(entry.namespace as N);
    const identity = this.keys.identity(entry.key as K);
    return pane?.cells.get(identity, hashOfIdentity(identity));
  }

  entriesOf(key: K): CacheEntry[] {
    const identity = this.keys.identity(key);
    const hash = hashOfIdentity(identity);
    return this.panes.all().flatMap((pane) => pane.cells.get(identity, hash) ?? []);
  }

  create(rows: CachedRows, bytes: number): CacheEntry {
    const key = this.keptKey();
    const keyGroup = this.checkedKeyGroup();
    const given = this.namespace as N;
    const pane = this.pane ?? this.findPane();
    const namespace =
      pane?.namespace ?? (this.serializer.isImmutableType ? given : this.serializer.copy(given));
    const entry = this.blank(rows, bytes);
    entry.key = key;
    entry.namespace = namespace;
    entry.keyGroup = keyGroup;
    return entry;
  }

  insert(entry: CacheEntry): void {
    let pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      pane = this.panes.add(entry.namespace as N);
      this.pane = pane;
    }
    const { identity, hash } = this.keys.current();
    pane.cells.add(identity, hash, entry);
  }

  remove(entry: CacheEntry): void {
    const pane = this.panes.find(entry.namespace as N);
    const identity = this.keys.identity(entry.key as K);
    if (pane?.cells.delete(identity, hashOfIdentity(identity)) !== entry) {
      throw this.keys.keyChanged();
    }
    if (pane.cells.size === 0) {
      this.panes.remove(pane);
      if (this.pane === pane) {
        this.pane = undefined;
      }
    }
  }

  private findPane(): Pane<N, IdentityMap<CacheEntry>> | undefined {
    if (this.namespace !== undefined) {
      this.pane = this.panes.find(this.namespace);
    }
    return this.pane;
  }
}
