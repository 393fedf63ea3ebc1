/**
 * A map per key: a row and a cache entry per user key. Entries come in the order of the user keys'
 * bytes. Small maps are kept whole once they were gone through; of large ones, what was used.
 *
 * Flink: RocksDBMapState.
 */
// Hot path.
import type { MapState } from '@millrace/core';
import {
  checkMapEntries,
  checkMapKey,
  type MapEntryVisitor,
  type VisitedMapState,
} from '@millrace/state';
import { CachedMap } from './cached-map.ts';
import { ABSENT, contentsOf } from './map-contents.ts';
import { MapCursor } from './map-cursor.ts';

/** Rows of a map that `clear` makes entries of, so that they can be held back. */
const CLEARED_IN_MEMORY_MAX = 1024;

export class RocksDBMapState<K, N, UK, UV>
  extends CachedMap<K, N, UK, UV>
  implements MapState<UK, UV>, VisitedMapState<UK, UV>
{
  get(userKey: UK): UV | undefined {
    const entry = this.entryOf(userKey);
    return entry === undefined || entry.value === ABSENT ? undefined : this.copyOf(entry.value);
  }

  put(userKey: UK, value: UV): void {
    checkMapKey(this.name, userKey);
    const kept = value === undefined || value === null ? null : this.copyOf(value);
    this.setEntry(this.entryToWrite(userKey), kept);
  }

  putAll(entries: Iterable<readonly [UK, UV]>): void {
    checkMapEntries(this.name, entries);
    for (const [userKey, value] of entries) {
      this.put(userKey, value);
    }
  }

  remove(userKey: UK): void {
    const map = this.table.find();
    if (map !== undefined && contentsOf(map).isComplete) {
      const entry = contentsOf(map).entries.get(this.identityOf(userKey));
      if (entry === undefined) {
        return;
      }
    }
    this.removeEntry(this.entryToWrite(userKey));
  }

  contains(userKey: UK): boolean {
    const entry = this.entryOf(userKey);
    return entry !== undefined && entry.value !== ABSENT;
  }

  isEmpty(): boolean {
    const map = this.table.find();
    if (map !== undefined) {
      const contents = contentsOf(map);
      this.used(map);
      if (contents.present > 0) {
        return false;
      }
      if (contents.isComplete) {
        return true;
      }
    }
    return !this.cursor().advance();
  }

  *entries(): IterableIterator<[UK, UV]> {
    const cursor = this.cursor();
    while (cursor.advance()) {
      yield [cursor.userKey as UK, cursor.value];
    }
  }

  visitEntries(visitor: MapEntryVisitor<UK, UV>): void {
    const cursor = this.cursor();
    while (cursor.advance()) {
      visitor.visit(cursor.userKey as UK, cursor.value);
    }
  }

  *keys(): IterableIterator<UK> {
    const cursor = this.cursor();
    while (cursor.advance()) {
      yield cursor.userKey as UK;
    }
  }

  *values(): IterableIterator<UV> {
    const cursor = this.cursor();
    while (cursor.advance()) {
      yield cursor.value;
    }
  }

  clear(): void {
    const whole = this.loadWhole({ rows: CLEARED_IN_MEMORY_MAX, bytes: Number.POSITIVE_INFINITY });
    if ('isLast' in whole) {
      this.clearLarge();
      return;
    }
    const { entries } = contentsOf(whole); // With its last entry the map may leave the cache.
    for (const entry of [...entries.values()]) {
      if (entry.value !== ABSENT) {
        this.removeEntry(entry);
      }
    }
    if (entries.size === 0) {
      this.forgetEmptyMap(whole);
    }
  }

  private cursor(): MapCursor<UK, UV> {
    return new MapCursor(this as unknown as CachedMap<unknown, unknown, UK, UV>);
  }
}
