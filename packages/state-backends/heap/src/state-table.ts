/**
 * The cells of one state: found by the current key and namespace, kept by key group.
 *
 * Invariants:
 * - Each cell is in the table of its key (or pane) and in the group of its key group, or in neither.
 * - A pane exactly exists while it has a cell.
 *
 * Flink: StateTable.
 */
// Hot path.
import {
  DenseGroup,
  hashOfIdentity,
  type KeyTable,
  type Pane,
  PaneTable,
  type StateMeta,
  type StateTtlCleanup,
} from '@millrace/state';
import { Cell, type Epoch, keepPrevious } from './cell.ts';

export abstract class StateTable<K, N> {
  meta: StateMeta<N>;
  readonly keys: KeyTable<K, Cell>;
  readonly epoch: Epoch;
  /** By key group, from the first of the range on. */
  readonly groups: (DenseGroup<Cell> | undefined)[];
  /** Those of `groups` that were needed so far. */
  readonly usedGroups: DenseGroup<Cell>[];
  /** Of state with a time to live: what readers and full snapshots leave out. */
  ttl: StateTtlCleanup | undefined;

  constructor(meta: StateMeta<N>, keys: KeyTable<K, Cell>, epoch: Epoch) {
    this.meta = meta;
    this.keys = keys;
    this.epoch = epoch;
    this.groups = new Array(keys.keyGroupRange.numberOfKeyGroups).fill(undefined);
    this.usedGroups = [];
    this.ttl = undefined;
  }

  abstract setNamespace(namespace: N): void;
  /** The cell of the current key and namespace. */
  abstract find(): Cell | undefined;
  /** A cell for the current key and namespace, which have none. */
  abstract insert(value: unknown): Cell;
  /** Removes the cell of the current key and namespace, if any, and gives it. */
  abstract removeCurrent(): Cell | undefined;
  /**
   * Removes a cell of any key and namespace.
   *
   * @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key that was changed: its cell would stay, or another's go
   */
  abstract removeCell(cell: Cell): void;
  /** Removes the cells of the current key in every namespace. */
  abstract removeKey(): void;
  /** For restoring. */
  abstract restore(cell: { key: K; namespace: N; keyGroup: number; value: unknown }): void;
  abstract keysOf(namespace: N): K[];
  /** In every namespace. */
  abstract cellsOf(key: K): Cell[];

  /** Of all cells. */
  keysAndNamespaces(): (readonly [key: K, namespace: N])[] {
    return this.groups.flatMap(
      (group) => group?.entries.map((cell) => [cell.key as K, cell.namespace as N] as const) ?? [],
    );
  }

  get size(): number {
    let size = 0;
    for (const group of this.groups) {
      size += group === undefined ? 0 : group.entries.length;
    }
    return size;
  }

  /** Before `cell.value` is replaced by another. Call only when a snapshot needs the old one. */
  keep(cell: Cell, value: unknown): void {
    keepPrevious(cell, value, {
      oldestPinned: cell.group.oldestPinned,
      epoch: this.epoch.current,
    });
  }

  protected group(keyGroup: number): DenseGroup<Cell> {
    const index = this.keys.groupIndex(keyGroup);
    let group = this.groups[index];
    if (group === undefined) {
      group = new DenseGroup(keyGroup);
      this.groups[index] = group;
      this.usedGroups.push(group);
    }
    return group;
  }
}

/** State without namespaces: the key's entry leads to its cell. */
export class VoidNamespaceTable<K, N> extends StateTable<K, N> {
  private readonly slot: number;
  private readonly namespace: N;

  constructor(
    meta: StateMeta<N>,
    keys: KeyTable<K, Cell>,
    epoch: Epoch,
    place: { slot: number; namespace: N },
  ) {
    super(meta, keys, epoch);
    this.slot = place.slot;
    this.namespace = place.namespace;
  }

  setNamespace(): void {}

  find(): Cell | undefined {
    return this.keys.current().cell(this.slot);
  }

  insert(value: unknown): Cell {
    const entry = this.keys.current();
    const group = this.group(this.keys.currentKeyGroup());
    const cell = new Cell(entry.key, this.namespace, group, value, this.epoch.current);
    group.add(cell);
    this.keys.addCell(entry, this.slot, cell);
    return cell;
  }

  removeCurrent(): Cell | undefined {
    const entry = this.keys.current();
    const cell = entry.cell(this.slot);
    if (cell !== undefined) {
      this.keys.removeCell(entry, this.slot);
      cell.group.remove(cell);
    }
    return cell;
  }

  removeCell(cell: Cell): void {
    const entry = this.keys.entryOf(cell.key as K, cell.group.keyGroup);
    if (entry.cell(this.slot) !== cell) {
      throw this.keys.keyChanged();
    }
    this.keys.removeCell(entry, this.slot);
    cell.group.remove(cell);
  }

  removeKey(): void {
    this.removeCurrent();
  }

  restore(restored: { key: K; keyGroup: number; value: unknown }): void {
    const entry = this.keys.entryOf(restored.key, restored.keyGroup);
    const group = this.group(restored.keyGroup);
    const cell = new Cell(entry.key, this.namespace, group, restored.value, this.epoch.current);
    group.add(cell);
    this.keys.addCell(entry, this.slot, cell);
  }

  cellsOf(key: K): Cell[] {
    const cell = this.keys.entryOf(key, this.keys.keyGroupOf(key)).cell(this.slot);
    return cell === undefined ? [] : [cell];
  }

  keysOf(): K[] {
    return this.groups.flatMap((group) => group?.entries.map((cell) => cell.key as K) ?? []);
  }
}

/** State in windows or other namespaces: the pane of the namespace first, then the key. */
export class NamespacedTable<K, N> extends StateTable<K, N> {
  private readonly panes: PaneTable<N, Cell>;
  private namespace: N | undefined;
  private pane: Pane<N, Cell> | undefined;

  constructor(meta: StateMeta<N>, keys: KeyTable<K, Cell>, epoch: Epoch) {
    super(meta, keys, epoch);
    this.panes = new PaneTable(meta.namespaceSerializer);
    this.namespace = undefined;
    this.pane = undefined;
  }

  setNamespace(namespace: N): void {
    if (namespace !== this.namespace) {
      this.namespace = namespace;
      this.pane = undefined;
    }
  }

  find(): Cell | undefined {
    const pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      return undefined;
    }
    const { identity, hash } = this.keys.current();
    return pane.cells.get(identity, hash);
  }

  insert(value: unknown): Cell {
    let pane = this.pane ?? this.findPane();
    if (pane === undefined) {
      pane = this.panes.add(this.namespace as N);
      this.pane = pane;
    }
    const entry = this.keys.current();
    const group = this.group(this.keys.currentKeyGroup());
    const cell = new Cell(entry.key, pane.namespace, group, value, this.epoch.current);
    group.add(cell);
    pane.cells.add(entry.identity, entry.hash, cell);
    return cell;
  }

  removeCurrent(): Cell | undefined {
    const pane = this.pane ?? this.findPane();
    const { identity, hash } = this.keys.current();
    const cell = pane?.cells.get(identity, hash);
    if (pane !== undefined && cell !== undefined) {
      this.removeFrom(pane, { identity, hash }, cell);
    }
    return cell;
  }

  removeCell(cell: Cell): void {
    const pane = this.panes.find(cell.namespace as N);
    const identity = this.keys.identity(cell.key as K);
    const hash = hashOfIdentity(identity);
    if (pane === undefined || pane.cells.get(identity, hash) !== cell) {
      throw this.keys.keyChanged();
    }
    this.removeFrom(pane, { identity, hash }, cell);
  }

  removeKey(): void {
    for (const pane of this.panes.all()) {
      this.pane = pane;
      this.removeCurrent();
    }
    this.pane = undefined;
  }

  restore(restored: { key: K; namespace: N; keyGroup: number; value: unknown }): void {
    const pane = this.panes.find(restored.namespace) ?? this.panes.add(restored.namespace);
    const group = this.group(restored.keyGroup);
    const { key, value } = restored;
    const cell = new Cell(key, pane.namespace, group, value, this.epoch.current);
    group.add(cell);
    const identity = this.keys.identity(key);
    pane.cells.add(identity, hashOfIdentity(identity), cell);
  }

  cellsOf(key: K): Cell[] {
    const identity = this.keys.identity(key);
    const hash = hashOfIdentity(identity);
    return this.panes.all().flatMap((pane) => pane.cells.get(identity, hash) ?? []);
  }

  keysOf(namespace: N): K[] {
    const cells = this.panes.find(namespace)?.cells.values() ?? [];
    return Array.from(cells, (cell) => cell.key as K);
  }

  private removeFrom(
    pane: Pane<N, Cell>,
    key: { readonly identity: unknown; readonly hash: number },
    cell: Cell,
  ): void {
    cell.group.remove(cell);
    pane.cells.delete(key.identity, key.hash);
    if (pane.cells.size === 0) {
      this.panes.remove(pane);
      if (this.pane === pane) {
        this.pane = undefined;
      }
    }
  }

  private findPane(): Pane<N, Cell> | undefined {
    if (this.namespace !== undefined) {
      this.pane = this.panes.find(this.namespace);
    }
    return this.pane;
  }
}
