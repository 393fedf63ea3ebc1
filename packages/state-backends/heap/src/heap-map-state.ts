/**
 * A map per key.
 *
 * Invariants:
 * - A map of few entries is one value: the first change during a snapshot copies it.
 * - In a map of many each user key has versions of its own: a change during a snapshot keeps one old
 *   value, however large the map is.
 * - A map without entries does not exist.
 * - While entries are iterated the program may remove any; what it puts may be visited or not.
 *
 * Flink: HeapMapState.
 */
// Hot path.
import type { MapState, TypeSerializer } from '@millrace/core';
import {
  checkMapEntries,
  checkMapKey,
  type IsObsolete,
  type MapEntryVisitor,
  type VisitedMapState,
} from '@millrace/state';
import { type Cell, keepPrevious } from './cell.ts';
import { ArrayPrefix, enlarged, type MapContents, MapEntry, type MapValue } from './contents.ts';
import { HeapState } from './heap-state.ts';
import { MapCursor, MapIterator } from './map-cursor.ts';
import { SMALL_MAP_MAX, SmallMap, slotOf, userKeyIdentityOf } from './small-map.ts';
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
    this.identityOf = userKeyIdentityOf(keySerializer);
    this.changeable = !valueSerializer.isImmutableType;
  }

  get(userKey: UK): UV | undefined {
    const cell = this.table.find();
    if (cell === undefined) {
      return undefined;
    }
    const contents = cell.value as MapValue;
    const identity = this.identityOf(userKey);
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      return at < 0 ? undefined : (this.ownedMap(cell, contents).items[at + 1] as UV);
    }
    const entry = contents.byIdentity.get(identity);
    return entry === undefined ? undefined : (this.ownedValue(cell, entry) as UV);
  }

  put(userKey: UK, value: UV): void {
    checkMapKey(this.table.meta.name, userKey);
    const identity = this.identityOf(userKey);
    const cell = this.table.find();
    if (cell === undefined) {
      const items = [slotOf(userKey, identity), value];
      this.table.insert(new SmallMap(items, this.table.epoch.current));
      return;
    }
    const contents = cell.value as MapValue;
    if (!(contents instanceof SmallMap)) {
      this.putLarge(cell, contents, { identity, userKey, value });
      return;
    }
    const at = contents.placeOf(identity);
    if (at >= 0) {
      this.writableMap(cell, contents).items[at + 1] = value;
    } else if (contents.size < SMALL_MAP_MAX) {
      this.writableMap(cell, contents).add(slotOf(userKey, identity), value);
    } else {
      this.putLarge(cell, this.enlarge(cell, contents), { identity, userKey, value });
    }
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    checkMapEntries(this.table.meta.name, entries);
    for (const [userKey, value] of entries) {
      this.put(userKey, value);
    }
  }

  remove(userKey: UK): void {
    const cell = this.table.find();
    if (cell !== undefined && this.removeEntry(cell, this.identityOf(userKey))) {
      this.table.removeCurrent();
    }
  }

  contains(userKey: UK): boolean {
    const cell = this.table.find();
    if (cell === undefined) {
      return false;
    }
    const contents = cell.value as MapValue;
    const identity = this.identityOf(userKey);
    return contents instanceof SmallMap
      ? contents.placeOf(identity) >= 0
      : contents.byIdentity.has(identity);
  }

  isEmpty(): boolean {
    return this.table.find() === undefined;
  }

  entries(): IterableIterator<[UK, UV]> {
    return new MapIterator(this.cursor(), entryAt<UK, UV>);
  }

  visitEntries(visitor: MapEntryVisitor<UK, UV>): void {
    const cursor = this.cursor();
    while (cursor.next()) {
      visitor.visit(cursor.userKey as UK, cursor.value as UV);
    }
  }

  keys(): IterableIterator<UK> {
    return new MapIterator(this.cursor(), userKeyAt<UK>);
  }

  values(): IterableIterator<UV> {
    return new MapIterator(this.cursor(), valueAt<UV>);
  }

  protected clean(cell: Cell, isObsolete: IsObsolete): void {
    const cursor = new MapCursor(cell, this);
    const obsolete: unknown[] = [];
    while (cursor.nextAsItIs()) {
      if (isObsolete(cursor.value)) {
        obsolete.push(cursor.identity);
      }
    }
    for (const identity of obsolete) {
      if (this.removeEntry(cell, identity)) {
        this.table.removeCell(cell);
      }
    }
  }

  /** The map for a caller who may change its values in place: a running snapshot keeps the old ones. */
  ownedMap(cell: Cell, contents: SmallMap): SmallMap {
    if (!this.changeable || contents.privateSince > cell.group.pinned) {
      return contents;
    }
    if (cell.version <= cell.group.pinned) {
      this.table.keep(cell, contents);
    }
    const items = contents.items.slice();
    for (let at = 1; at < items.length; at += 2) {
      const value = items[at];
      items[at] =
        value === undefined || value === null ? value : this.valueSerializer.copy(value as UV);
    }
    const owned = new SmallMap(items, this.table.epoch.current);
    cell.value = owned;
    return owned;
  }

  /** The value for a caller who may change it in place. */
  ownedValue(cell: Cell, entry: MapEntry): unknown {
    const { value } = entry;
    const changeable = this.changeable && value !== null && value !== undefined;
    if (changeable && entry.version <= cell.group.pinned) {
      this.keepValue(cell, entry);
      entry.value = this.valueSerializer.copy(value as UV);
    }
    return entry.value;
  }

  private cursor(): MapCursor {
    return new MapCursor(this.table.find(), this);
  }

  /** What may be changed; a running snapshot keeps what it saw. */
  private writableMap(cell: Cell, contents: SmallMap): SmallMap {
    if (cell.version > cell.group.pinned) {
      return contents;
    }
    this.table.keep(cell, contents);
    const writable = new SmallMap(contents.items.slice(), contents.privateSince);
    cell.value = writable;
    return writable;
  }

  private enlarge(cell: Cell, contents: SmallMap): MapContents {
    if (cell.version <= cell.group.pinned) {
      this.table.keep(cell, contents);
    }
    const large = enlarged(contents, this.table.epoch.current);
    cell.value = large;
    return large;
  }

  private putLarge(
    cell: Cell,
    contents: MapContents,
    put: { readonly identity: unknown; readonly userKey: UK; readonly value: UV },
  ): void {
    const { identity, userKey, value } = put;
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      this.beforeResize(cell, contents);
      contents.add(identity, new MapEntry(userKey, value, this.table.epoch.current));
      return;
    }
    if (entry.version <= cell.group.pinned) {
      this.keepValue(cell, entry);
    }
    entry.value = value;
  }

  /** @returns true when it is the last one: then it is still there, and the cell must go */
  private removeEntry(cell: Cell, identity: unknown): boolean {
    const contents = cell.value as MapValue;
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      if (at >= 0 && contents.size > 1) {
        this.writableMap(cell, contents).removeAt(at);
        return false;
      }
      return at >= 0;
    }
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined || contents.entries.length === 1) {
      return entry !== undefined;
    }
    this.beforeResize(cell, contents);
    contents.remove(identity, entry, {
      kept: cell.group.pinned,
      epoch: this.table.epoch.current,
    });
    return false;
  }

  private keepValue(cell: Cell, entry: MapEntry): void {
    keepPrevious(entry, entry.value, {
      oldestPinned: cell.group.oldestPinned,
      epoch: this.table.epoch.current,
    });
  }

  /** A running snapshot keeps the entries that it saw. */
  private beforeResize(cell: Cell, { entries }: MapContents): void {
    if (cell.version <= cell.group.pinned) {
      this.table.keep(cell, new ArrayPrefix(entries, entries.length));
    }
  }
}

function entryAt<UK, UV>({ userKey, value }: MapCursor): [UK, UV] {
  return [userKey as UK, value as UV];
}

function userKeyAt<UK>({ userKey }: MapCursor): UK {
  return userKey as UK;
}

function valueAt<UV>({ value }: MapCursor): UV {
  return value as UV;
}
