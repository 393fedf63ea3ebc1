/**
 * Gives restored values the form that the program's serializers give, and the shape of a type that
 * evolved: what the next snapshot holds is what its serializers write.
 *
 * Flink needs no such step: there the old serializer reads into the new Java class.
 */
import {
  ListSerializer,
  MapSerializer,
  type StateKind,
  type TypeSerializer,
  valueConversion,
} from '@millrace/core';
import { userKeyIdentityOf } from '@millrace/state/columns';
import { entriesOf, ListContents, MapEntry, type MapValue, mapValueOf } from './contents.ts';
import { smallMapMax } from './map-column.ts';
import type { StateTable } from './state-table.ts';
import { isSameForm, valuesOf } from './state-values.ts';

/**
 * @param before - decoded the values; `table.meta` has what the program declared
 */
export function convertContents<K>(
  table: StateTable<K, unknown>,
  before: TypeSerializer<unknown>,
): void {
  const { meta } = table;
  const convert = contentsConverter(meta.kind, before, meta.stateSerializer);
  const isSame = isSameForm(meta.kind, meta.stateSerializer, before);
  if (convert === undefined && isSame) {
    return;
  }
  const { values } = table;
  const rows = table.allRows();
  // A snapshot may run already: it keeps what it saw, to be written by the serializer of then.
  for (const row of rows) {
    table.keep(row);
  }
  if (!isSame) {
    table.replaceValues(valuesOf(meta.kind, meta.stateSerializer, table.check));
  }
  for (const row of rows) {
    const value = values.get(row);
    table.values.set(row, convert === undefined ? value : convert(value));
  }
}

/** `undefined` when the values may stay as they are. */
function contentsConverter(
  kind: StateKind,
  from: TypeSerializer<unknown>,
  to: TypeSerializer<unknown>,
): ((value: unknown) => unknown) | undefined {
  const [before, after] = [from as unknown, to as unknown];
  if (kind === 'list' && before instanceof ListSerializer && after instanceof ListSerializer) {
    const element = conversion(before.elementSerializer, after.elementSerializer);
    return (
      element &&
      ((value) => {
        const list = value as ListContents;
        return new ListContents(list.elements.map(element), list.privateSince);
      })
    );
  }
  if (kind === 'map' && before instanceof MapSerializer && after instanceof MapSerializer) {
    return mapConverter(before, after);
  }
  return conversion(from, to);
}

/** User keys that become equal when they migrate are one entry, the last, as in a Java map. */
function mapConverter(
  before: MapSerializer<unknown, unknown>,
  after: MapSerializer<unknown, unknown>,
): ((value: unknown) => unknown) | undefined {
  const userKey = conversion(before.keySerializer, after.keySerializer);
  const userValue = conversion(before.valueSerializer, after.valueSerializer);
  if (userKey === undefined && userValue === undefined) {
    return undefined;
  }
  const identityOf = userKeyIdentityOf<unknown>(after.keySerializer);
  const smallMax = smallMapMax(after.keySerializer);
  return (value) => {
    const map = value as MapValue;
    const { elements, length } = entriesOf(map);
    const entries = new Map<unknown, MapEntry>();
    for (let i = 0; i < length; i++) {
      const entry = elements[i] as MapEntry;
      const key = userKey === undefined ? entry.userKey : userKey(entry.userKey);
      const kept = userValue === undefined ? entry.value : userValue(entry.value);
      entries.set(identityOf(key), new MapEntry(key, kept, entry.version));
    }
    return mapValueOf(entries, map.privateSince, smallMax);
  };
}

function conversion(
  from: TypeSerializer<unknown>,
  to: TypeSerializer<unknown>,
): ((value: unknown) => unknown) | undefined {
  return valueConversion(from.snapshotConfiguration(), to.snapshotConfiguration());
}
