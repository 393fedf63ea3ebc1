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
import { ArrayPrefix, enlarged, type MapContents, MapEntry, type MapValue } from './contents.ts';
import { HeapState } from './heap-state.ts';
import { MapCursor, MapIterator } from './map-cursor.ts';
import { SMALL_MAP_MAX, SmallMap, slotOf, userKeyIdentityOf } from './small-map.ts';
import type { StateTable } from './state-table.ts';
import { keepPrevious } from './versions.ts';

export class HeapMapState<K, N, UK, UV>
  extends HeapState<K, N>
  implements MapState<UK, UV>, VisitedMapState<UK, UV>
{
  private readonly valueSerializer: TypeSerializer<UV>;
  private readonly identityOf: (userKey: UK) => unknown;
  private readonly changeable: boolean;
  /** Of the maps that were made. */
  private lastId: number;

  constructor(
    table: StateTable<K, N>,
    keySerializer: TypeSerializer<UK>,
    valueSerializer: TypeSerializer<UV>,
  ) {
    super(table);
    this.valueSerializer = valueSerializer;
    this.identityOf = userKeyIdentityOf(keySerializer);
    this.changeable = !valueSerializer.isImmutableType;
    this.lastId = 0;
  }

  get(userKey: UK): UV | undefined {
    const row = this.table.find();
    if (row < 0) {
      return undefined;
    }
    const contents = this.contents(row);
    const identity = this.identityOf(userKey);
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      return at < 0 ? undefined : (this.ownedMap(row, contents).items[at + 1] as UV);
    }
    const entry = contents.byIdentity.get(identity);
    return entry === undefined ? undefined : (this.ownedValue(row, entry) as UV);
  }

  put(userKey: UK, value: UV): void {
    checkMapKey(this.table.meta.name, userKey);
    const identity = this.identityOf(userKey);
    const row = this.table.find();
    if (row < 0) {
      const items = [slotOf(userKey, identity), value];
      this.table.insert(new SmallMap(items, this.table.epochs.current, ++this.lastId));
      return;
    }
    const contents = this.contents(row);
    if (!(contents instanceof SmallMap)) {
      this.putLarge(row, contents, { identity, userKey, value });
      return;
    }
    const at = contents.placeOf(identity);
    if (at >= 0) {
      this.writableMap(row, contents).items[at + 1] = value;
    } else if (contents.size < SMALL_MAP_MAX) {
      this.writableMap(row, contents).add(slotOf(userKey, identity), value);
    } else {
      this.putLarge(row, this.enlarge(row, contents), { identity, userKey, value });
    }
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    checkMapEntries(this.table.meta.name, entries);
    for (const [userKey, value] of entries) {
      this.put(userKey, value);
    }
  }

  remove(userKey: UK): void {
    const row = this.table.find();
    if (row >= 0 && this.removeEntry(row, this.identityOf(userKey))) {
      this.table.removeCurrent();
    }
  }

  contains(userKey: UK): boolean {
    const row = this.table.find();
    if (row < 0) {
      return false;
    }
    const contents = this.contents(row);
    const identity = this.identityOf(userKey);
    return contents instanceof SmallMap
      ? contents.placeOf(identity) >= 0
      : contents.byIdentity.has(identity);
  }

  isEmpty(): boolean {
    return this.table.find() < 0;
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

  protected clean(row: number, isObsolete: IsObsolete): void {
    const cursor = new MapCursor(row, this);
    const obsolete: unknown[] = [];
    while (cursor.nextAsItIs()) {
      if (isObsolete(cursor.value)) {
        obsolete.push(cursor.identity);
      }
    }
    for (const identity of obsolete) {
      if (this.removeEntry(row, identity)) {
        this.table.removeRow(row);
      }
    }
  }

  /** The map for a caller who may change its values in place: a running snapshot keeps the old ones. */
  ownedMap(row: number, contents: SmallMap): SmallMap {
    if (!this.changeable || contents.privateSince > this.table.pinnedAt(row)) {
      return contents;
    }
    if (this.table.isPinned(row)) {
      this.table.keepAs(row, contents);
    }
    const items = contents.items.slice();
    for (let at = 1; at < items.length; at += 2) {
      const value = items[at];
      items[at] =
        value === undefined || value === null ? value : this.valueSerializer.copy(value as UV);
    }
    const owned = new SmallMap(items, this.table.epochs.current, contents.id);
    this.table.values.set(row, owned);
    return owned;
  }

  /** The value for a caller who may change it in place. */
  ownedValue(row: number, entry: MapEntry): unknown {
    const { value } = entry;
    const changeable = this.changeable && value !== null && value !== undefined;
    if (changeable && entry.version <= this.table.pinnedAt(row)) {
      this.keepValue(row, entry);
      entry.value = this.valueSerializer.copy(value as UV);
    }
    return entry.value;
  }

  /** `undefined` of a row that has none any more. */
  contents(row: number): MapValue {
    return this.table.values.get(row) as MapValue;
  }

  private cursor(): MapCursor {
    return new MapCursor(this.table.find(), this);
  }

  /** What may be changed; a running snapshot keeps what it saw. */
  private writableMap(row: number, contents: SmallMap): SmallMap {
    if (!this.table.isPinned(row)) {
      return contents;
    }
    this.table.keepAs(row, contents);
    const writable = new SmallMap(contents.items.slice(), contents.privateSince, contents.id);
    this.table.values.set(row, writable);
    return writable;
  }

  private enlarge(row: number, contents: SmallMap): MapContents {
    if (this.table.isPinned(row)) {
      this.table.keepAs(row, contents);
    }
    const large = enlarged(contents, this.table.epochs.current);
    this.table.values.set(row, large);
    return large;
  }

  private putLarge(
    row: number,
    contents: MapContents,
    put: { readonly identity: unknown; readonly userKey: UK; readonly value: UV },
  ): void {
    const { identity, userKey, value } = put;
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined) {
      this.beforeResize(row, contents);
      contents.add(identity, new MapEntry(userKey, value, this.table.epochs.current));
      return;
    }
    if (entry.version <= this.table.pinnedAt(row)) {
      this.keepValue(row, entry);
    }
    entry.value = value;
  }

  /** @returns true when it is the last one: then it is still there, and the row must go */
  private removeEntry(row: number, identity: unknown): boolean {
    const contents = this.contents(row);
    if (contents instanceof SmallMap) {
      const at = contents.placeOf(identity);
      if (at >= 0 && contents.size > 1) {
        this.writableMap(row, contents).removeAt(at);
        return false;
      }
      return at >= 0;
    }
    const entry = contents.byIdentity.get(identity);
    if (entry === undefined || contents.entries.length === 1) {
      return entry !== undefined;
    }
    this.beforeResize(row, contents);
    contents.remove(identity, entry, {
      kept: this.table.pinnedAt(row),
      epoch: this.table.epochs.current,
    });
    return false;
  }

  private keepValue(row: number, entry: MapEntry): void {
    keepPrevious(entry, {
      oldestPinned: this.table.groupOf(row).oldestPinned,
      epoch: this.table.epochs.current,
    });
  }

  /** A running snapshot keeps the entries that it saw. */
  private beforeResize(row: number, { entries }: MapContents): void {
    if (this.table.isPinned(row)) {
      this.table.keepAs(row, new ArrayPrefix(entries, entries.length));
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
