/**
 * A map per key.
 *
 * Invariants:
 * - A map of few entries stands in columns: the first change during a snapshot keeps a copy of it.
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
import { slotOf, userKeyIdentityOf } from '@millrace/state/columns';
import { ArrayPrefix, enlarged, type MapContents, MapEntry, SmallMap } from './contents.ts';
import { HeapState } from './heap-state.ts';
import type { MapColumn } from './map-column.ts';
import { AT_END, MapCursor, type MapOwner } from './map-cursor.ts';
import { EntryIterator, UserKeyIterator, UserValueIterator } from './map-iterators.ts';
import type { StateTable } from './state-table.ts';
import { keepPrevious } from './versions.ts';

export class HeapMapState<K, N, UK, UV>
  extends HeapState<K, N>
  implements MapState<UK, UV>, VisitedMapState<UK, UV>, MapOwner
{
  private readonly valueSerializer: TypeSerializer<UV>;
  private readonly identityOf: (userKey: UK) => unknown;
  readonly isChangeable: boolean;

  constructor(
    table: StateTable<K, N>,
    keySerializer: TypeSerializer<UK>,
    valueSerializer: TypeSerializer<UV>,
  ) {
    super(table);
    this.valueSerializer = valueSerializer;
    this.identityOf = userKeyIdentityOf(keySerializer);
    this.isChangeable = !valueSerializer.isImmutableType;
  }

  get column(): MapColumn {
    return this.table.values as MapColumn;
  }

  get(userKey: UK): UV | undefined {
    const row = this.table.find();
    if (row < 0) {
      return undefined;
    }
    const { column } = this;
    const identity = this.identityOf(userKey);
    const place = column.placeOf(row, identity);
    if (place >= 0) {
      this.own(row);
      return column.valueAt(place) as UV;
    }
    const entry = column.isLarge(row) ? column.largeOf(row).byIdentity.get(identity) : undefined;
    return entry === undefined ? undefined : (this.ownedValue(row, entry) as UV);
  }

  put(userKey: UK, value: UV): void {
    const { table, column } = this;
    checkMapKey(table.meta.name, userKey);
    const identity = this.identityOf(userKey);
    const row = table.find();
    if (row < 0) {
      table.insert(new SmallMap([slotOf(userKey, identity), value], table.epochs.current));
      return;
    }
    const place = column.placeOf(row, identity);
    if (place >= 0) {
      column.admitValue(value);
      table.keep(row);
      column.setValueAt(place, value);
      return;
    }
    const slot = slotOf(userKey, identity);
    column.admitEntry(slot, value);
    if (column.isLarge(row)) {
      this.putLarge(row, column.largeOf(row), { identity, userKey, value });
    } else if (column.sizeOf(row) < column.smallMax) {
      table.keep(row);
      column.add(row, slot, value);
    } else {
      this.putLarge(row, this.enlarge(row), { identity, userKey, value });
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
    const { column } = this;
    const identity = this.identityOf(userKey);
    return (
      column.placeOf(row, identity) >= 0 ||
      (column.isLarge(row) && column.largeOf(row).byIdentity.has(identity))
    );
  }

  isEmpty(): boolean {
    return this.table.find() < 0;
  }

  entries(): IterableIterator<[UK, UV]> {
    return new EntryIterator(this.table.find(), this, true);
  }

  visitEntries(visitor: MapEntryVisitor<UK, UV>): void {
    const cursor = new MapCursor(this.table.find(), this, true);
    for (let place = cursor.nextPlace(); place !== AT_END; place = cursor.nextPlace()) {
      visitor.visit(cursor.userKeyAt(place) as UK, cursor.valueAt(place) as UV);
    }
  }

  visitRange(from: number, to: number, visitor: MapEntryVisitor<UK, UV>): number {
    const row = this.table.find();
    const { column } = this;
    if (row < 0 || column.isLarge(row)) {
      return row < 0
        ? Number.POSITIVE_INFINITY
        : this.visitRangeOfLarge(row, { from, to }, visitor);
    }
    this.own(row);
    const end = column.placeAt(row, column.sizeOf(row));
    for (let place = column.placeAt(row, 0); place < end; place += column.step) {
      const userKey = column.userKeyAt(place) as number;
      if (userKey >= to) {
        return userKey;
      }
      if (userKey >= from) {
        visitor.visit(userKey as UK, column.valueAt(place) as UV);
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  keys(): IterableIterator<UK> {
    return new UserKeyIterator(this.table.find(), this, false);
  }

  values(): IterableIterator<UV> {
    return new UserValueIterator(this.table.find(), this, true);
  }

  protected clean(row: number, isObsolete: IsObsolete): void {
    const cursor = new MapCursor(row, this, false);
    const obsolete: unknown[] = [];
    for (let place = cursor.nextPlace(); place !== AT_END; place = cursor.nextPlace()) {
      if (isObsolete(cursor.valueAt(place))) {
        obsolete.push(cursor.identityAt(place));
      }
    }
    for (const identity of obsolete) {
      if (this.removeEntry(row, identity)) {
        this.table.removeRow(row);
      }
    }
  }

  /** A small map for a caller who may change its values in place: a running snapshot keeps the old ones. */
  own(row: number): void {
    const { column, table } = this;
    if (!this.isChangeable || column.privateSince(row) > table.pinnedAt(row)) {
      return;
    }
    table.keep(row);
    for (let i = 0; i < column.sizeOf(row); i++) {
      const place = column.placeAt(row, i);
      const value = column.valueAt(place);
      if (value !== undefined && value !== null) {
        column.setValueAt(place, this.valueSerializer.copy(value as UV));
      }
    }
    column.setPrivateSince(row, table.epochs.current);
  }

  /** The value for a caller who may change it in place. */
  ownedValue(row: number, entry: MapEntry): unknown {
    const { value } = entry;
    const changeable = this.isChangeable && value !== null && value !== undefined;
    if (changeable && entry.version <= this.table.pinnedAt(row)) {
      this.keepValue(row, entry);
      entry.value = this.valueSerializer.copy(value as UV);
    }
    return entry.value;
  }

  private visitRangeOfLarge(
    row: number,
    { from, to }: { readonly from: number; readonly to: number },
    visitor: MapEntryVisitor<UK, UV>,
  ): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.column.largeOf(row).entries) {
      const userKey = entry.userKey as number;
      if (userKey >= to) {
        next = Math.min(next, userKey);
      } else if (userKey >= from) {
        visitor.visit(userKey as UK, this.ownedValue(row, entry) as UV);
      }
    }
    return next;
  }

  private enlarge(row: number): MapContents {
    const { column, table } = this;
    const small = column.get(row) as SmallMap;
    table.keepAs(row, small);
    const large = enlarged(small, table.epochs.current);
    column.set(row, large);
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
    const { column } = this;
    if (!column.isLarge(row)) {
      const place = column.placeOf(row, identity);
      if (place >= 0 && column.sizeOf(row) > 1) {
        this.table.keep(row);
        column.removeAt(row, place);
        return false;
      }
      return place >= 0;
    }
    const contents = column.largeOf(row);
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
