/**
 * State in windows or other namespaces: the pane of the namespace first, which finds the row of the key.
 *
 * Invariant: a pane exists exactly while it has a value.
 *
 * Design: docs/decisions/0014-heap-state-in-columns.md
 */
// Hot path.
import { hashOfIdentity, type Pane, PaneTable, type StateMeta } from '@millrace/state';
import { IdentityIndex, Int32Column, KeyRows, ObjectIds } from '@millrace/state/columns';
import type { HeapKeys } from './heap-keys.ts';
import { StateTable } from './state-table.ts';

const NO_ROW = -1;

export class NamespacedTable<K, N> extends StateTable<K, N> {
  private readonly rows: KeyRows<K>;
  /** By row: the number of its pane. A row that went keeps it for snapshots, until another comes. */
  private readonly paneIds: Int32Column;
  private readonly panesById: ObjectIds<Pane<N, IdentityIndex>>;
  private readonly panes: PaneTable<N, IdentityIndex>;
  private namespace: N | undefined;
  private pane: Pane<N, IdentityIndex> | undefined;

  constructor(meta: StateMeta<N>, keys: HeapKeys<K>) {
    super(meta, keys);
    const rows = new KeyRows(keys.serializer, keys.epochs);
    this.rows = rows;
    this.paneIds = new Int32Column();
    this.panesById = new ObjectIds(keys.epochs);
    this.panes = new PaneTable(
      meta.namespaceSerializer,
      () => new IdentityIndex(rows as KeyRows<unknown>),
    );
    this.namespace = undefined;
    this.pane = undefined;
  }

  setNamespace(namespace: N): void {
    if (namespace !== this.namespace) {
      this.namespace = namespace;
      this.pane = undefined;
    }
  }

  find(): number {
    const pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      return NO_ROW;
    }
    const { keys } = this;
    return pane.cells.find(keys.currentIdentity(), keys.currentHash());
  }

  insert(value: unknown): void {
    const { keys } = this;
    const groupIndex = keys.currentGroupIndex();
    this.admitFirst(groupIndex, value);
    let pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      pane = this.addPane(this.namespace as N);
      this.pane = pane;
    }
    const hash = keys.currentHash();
    const row = this.rows.add(keys.currentKey, keys.currentIdentity(), hash, groupIndex);
    this.put(pane, row, value);
    pane.cells.add(row, hash);
  }

  removeRow(row: number): void {
    this.keys.checkUnchanged(this.rows, row);
    const pane = this.paneOf(row);
    if (this.panes.find(pane.namespace) !== pane) {
      throw this.keys.keyChanged();
    }
    this.drop(row);
  }

  removeKey(): void {
    for (const pane of this.panes.all()) {
      this.pane = pane;
      this.removeCurrent();
    }
    this.pane = undefined;
  }

  restore(restored: { key: K; namespace: N; keyGroup: number; value: unknown }): void {
    const { key, value, namespace } = restored;
    const pane = this.panes.find(namespace) ?? this.addPane(namespace);
    const identity = this.keys.identity(key);
    const groupIndex = this.keys.groupIndex(restored.keyGroup);
    const hash = hashOfIdentity(identity);
    const row = this.rows.add(key, identity, hash, groupIndex);
    this.put(pane, row, value);
    pane.cells.add(row, hash);
  }

  rowsOf(key: K): number[] {
    const identity = this.keys.identity(key);
    const hash = hashOfIdentity(identity);
    return this.panes
      .all()
      .map((pane) => pane.cells.find(identity, hash))
      .filter((row) => row >= 0);
  }

  keysOf(namespace: N): K[] {
    const pane = this.panes.find(namespace);
    return pane === undefined
      ? []
      : Array.from(
          this.allRows().filter((row) => this.paneOf(row) === pane),
          (row) => this.keyOf(row),
        );
  }

  keyOf(row: number): K {
    return this.rows.keyOf(row);
  }

  namespaceOf(row: number): N {
    return this.paneOf(row).namespace;
  }

  protected warmKey(row: number): number {
    return this.rows.warm(row);
  }

  protected groupIndexOf(row: number): number {
    return this.rows.groupOf(row);
  }

  protected drop(row: number): void {
    const pane = this.paneOf(row);
    this.unset(row);
    pane.cells.remove(row, this.rows.hashOf(row));
    this.rows.remove(row);
    if (pane.cells.size === 0) {
      this.panes.remove(pane);
      this.panesById.remove(pane.id);
      if (this.pane === pane) {
        this.pane = undefined;
      }
    }
  }

  private put(pane: Pane<N, IdentityIndex>, row: number, value: unknown): void {
    this.reserve(row + 1);
    this.paneIds.reserve(row + 1);
    this.paneIds.set(row, pane.id);
    this.setFirst(row, this.rows.groupOf(row), value);
  }

  private addPane(namespace: N): Pane<N, IdentityIndex> {
    const pane = this.panes.add(namespace);
    pane.id = this.panesById.add(pane);
    return pane;
  }

  private paneOf(row: number): Pane<N, IdentityIndex> {
    return this.panesById.get(this.paneIds.get(row));
  }

  private findPane(): Pane<N, IdentityIndex> | undefined {
    if (this.namespace !== undefined) {
      this.pane = this.panes.find(this.namespace);
    }
    return this.pane;
  }
}
