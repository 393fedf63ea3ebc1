/**
 * Gives restored values the form that the program's serializers give.
 *
 * Flink needs no such step: there one serializer class stands for one Java class.
 */
import {
  keyIdentityOf,
  ListSerializer,
  MapSerializer,
  type StateKind,
  type TypeSerializer,
} from '@millrace/core';
import { converter, haveSameForm } from '@millrace/state';
import type { Cell } from './cell.ts';
import { ListContents, MapContents, MapEntry } from './contents.ts';
import type { StateTable } from './state-table.ts';

/**
 * @param before - decoded the values; `table.meta` has what the program declared
 */
export function convertContents<K>(
  table: StateTable<K, unknown>,
  before: TypeSerializer<unknown>,
): void {
  const convert = contentsConverter(table.meta.kind, before, table.meta.stateSerializer);
  if (convert === undefined) {
    return;
  }
  for (const group of table.groups) {
    for (const cell of group?.entries ?? []) {
      convertCell(table, cell, convert);
    }
  }
}

/** A snapshot may run already: it keeps what it saw, to be written by the serializer of then. */
function convertCell<K>(
  table: StateTable<K, unknown>,
  cell: Cell,
  convert: (value: unknown) => unknown,
): void {
  const value = convert(cell.value);
  if (cell.version <= cell.group.pinned) {
    table.keep(cell, cell.value);
  }
  cell.value = value;
}

/** `undefined` when the values may stay as they are. */
function contentsConverter(
  kind: StateKind,
  from: TypeSerializer<unknown>,
  to: TypeSerializer<unknown>,
): ((value: unknown) => unknown) | undefined {
  if (haveSameForm(from, to)) {
    return undefined;
  }
  const [before, after] = [from as unknown, to as unknown];
  if (kind === 'list' && before instanceof ListSerializer && after instanceof ListSerializer) {
    const element = converter<unknown>(before.elementSerializer, after.elementSerializer);
    return (value) => {
      const list = value as ListContents;
      return new ListContents(list.elements.map(element), list.privateSince);
    };
  }
  if (kind === 'map' && before instanceof MapSerializer && after instanceof MapSerializer) {
    const userKey = converter<unknown>(before.keySerializer, after.keySerializer);
    const userValue = converter<unknown>(before.valueSerializer, after.valueSerializer);
    const identityOf = keyIdentityOf<unknown>(after.keySerializer);
    return (value) => {
      const map = value as MapContents;
      const converted = new MapContents(map.privateSince);
      for (const entry of map.entries) {
        const key = userKey(entry.userKey);
        const isNull = entry.value === null || entry.value === undefined;
        const kept = isNull ? null : userValue(entry.value);
        converted.add(identityOf(key), new MapEntry(key, kept, entry.version));
      }
      return converted;
    };
  }
  return converter(from, to);
}
