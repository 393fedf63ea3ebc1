/**
 * A map per key.
 *
 * Invariants:
 * - Each user key has versions of its own: a change during a snapshot keeps one old value, however
 *   large the map is.
 * - A map without entries does not exist.
 *
 * Flink: HeapMapState.
 */
// Hot path.
import { keyIdentityOf, type MapState, type TypeSerializer } from '@millrace/core';
import {
  checkMapEntries,
  checkMapKey,
  type IsObsolete,
  type MapEntryVisitor,
  type VisitedMapState,
} from '@millrace/state';
import { type Cell, keepPrevious } from './cell.ts';
import { ArrayPrefix, MapContents, MapEntry } from './contents.ts';
import { HeapState } from './heap-state.ts';
import type { StateTable } from './state-table.ts';

export class HeapMapState<K, N, UK, UV>
  extends HeapState<K, N>
  implements MapState<UK, UV>, VisitedMapState<UK, UV>
{
  private readonly valueSerializer: TypeSerializer<UV>;
  private readonly identityOf: (userKey: UK) => unknown;
  private readonly changeable: boolean;

  constructor(
    table: StateTable<K, N>,
    keySerializer: TypeSerializer<UK>,
    valueSerializer: TypeSerializer<UV>,
  ) {
    super(table);
    this.valueSerializer = valueSerializer;
    this.identityOf = keyIdentityOf(keySerializer);
    this.changeable = !valueSerializer.isImmutableType;
  }

  get(userKey: UK): UV | undefined {
    const cell = this.table.find();
    if (cell === undefined) {
      return undefined;
    }
    const entry = contentsOf(cell).byIdentity.get(this.identityOf(userKey));
    return entry === undefined ? undefined : this.owned(cell, entry);
  }

  put(userKey: UK, value: UV): void {
    checkMapKey(this.table.meta.name, userKey);
    const identity = this.identityOf(userKey);
    const cell = this.table.find() ?? this.insertEmpty();
    const contents = contentsOf(cell);
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      this.beforeResize(cell);
      contents.add(identity, new MapEntry(userKey, value, this.table.epoch.current));
      return;
    }
    if (entry.version <= cell.group.pinned) {
      this.keepValue(cell, entry);
    }
    entry.value = value;
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    checkMapEntries(this.table.meta.name, entries);
    for (const [userKey, value] of entries) {
      this.put(userKey, value);
    }
  }

  remove(userKey: UK): void {
    const cell = this.table.find();
    if (cell === undefined) {
      return;
    }
    const identity = this.identityOf(userKey);
    const contents = contentsOf(cell);
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      return;
    }
    if (contents.entries.length === 1) {
      this.table.removeCurrent();
      return;
    }
    this.beforeResize(cell);
    contents.remove(identity, entry, {
      kept: cell.group.pinned,
      epoch: this.table.epoch.current,
    });
  }

  contains(userKey: UK): boolean {
    const cell = this.table.find();
    return cell !== undefined && contentsOf(cell).byIdentity.has(this.identityOf(userKey));
  }

  isEmpty(): boolean {
    return this.table.find() === undefined;
  }

  *entries(): IterableIterator<[UK, UV]> {
    const cell = this.table.find();
    if (cell !== undefined) {
      for (const entry of contentsOf(cell).byIdentity.values()) {
        yield [entry.userKey as UK, this.owned(cell, entry)];
      }
    }
  }

  visitEntries(visitor: MapEntryVisitor<UK, UV>): void {
    const cell = this.table.find();
    if (cell !== undefined) {
      for (const entry of contentsOf(cell).byIdentity.values()) {
        visitor.visit(entry.userKey as UK, this.owned(cell, entry));
      }
    }
  }

  *keys(): IterableIterator<UK> {
    const cell = this.table.find();
    if (cell !== undefined) {
      for (const entry of contentsOf(cell).byIdentity.values()) {
        yield entry.userKey as UK;
      }
    }
  }

  *values(): IterableIterator<UV> {
    const cell = this.table.find();
    if (cell !== undefined) {
      for (const entry of contentsOf(cell).byIdentity.values()) {
        yield this.owned(cell, entry);
      }
    }
  }

  protected clean(cell: Cell, isObsolete: IsObsolete): void {
    const contents = contentsOf(cell);
    for (const [identity, entry] of contents.byIdentity) {
      if (isObsolete(entry.value)) {
        this.removeEntry(cell, identity, entry);
      }
    }
  }

  private removeEntry(cell: Cell, identity: unknown, entry: MapEntry): void {
    const contents = contentsOf(cell);
    if (contents.entries.length === 1) {
      this.table.removeCell(cell);
      return;
    }
    this.beforeResize(cell);
    contents.remove(identity, entry, {
      kept: cell.group.pinned,
      epoch: this.table.epoch.current,
    });
  }

  private insertEmpty(): Cell {
    return this.table.insert(new MapContents(this.table.epoch.current));
  }

  private owned(cell: Cell, entry: MapEntry): UV {
    const value = entry.value as UV;
    const changeable = this.changeable && value !== null && value !== undefined;
    if (changeable && entry.version <= cell.group.pinned) {
      this.keepValue(cell, entry);
      entry.value = this.valueSerializer.copy(value);
    }
    return entry.value as UV;
  }

  private keepValue(cell: Cell, entry: MapEntry): void {
    keepPrevious(entry, entry.value, {
      oldestPinned: cell.group.oldestPinned,
      epoch: this.table.epoch.current,
    });
  }

  /** A running snapshot keeps the entries that it saw. */
  private beforeResize(cell: Cell): void {
    if (cell.version <= cell.group.pinned) {
      const entries = contentsOf(cell).entries;
      this.table.keep(cell, new ArrayPrefix(entries, entries.length));
    }
  }
}

function contentsOf(cell: Cell): MapContents {
  return cell.value as MapContents;
}
