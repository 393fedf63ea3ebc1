/**
 * Which keys and namespaces have something in a column family.
 *
 * Invariant: an iteration sees what was there when it began, whatever is written meanwhile.
 */
import { DataInputView } from '@millrace/core';
import type { CompositeKey, CompositeKeyFormat } from '@millrace/state';
import type { KeyBounds } from '../database/key-bounds.ts';
import { ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';

const ROWS = 512; // fetched at once

export interface StoredKeysOptions<K, N> extends KeyBounds {
  readonly database: RocksDatabase;
  readonly columnFamily: number;
  readonly format: CompositeKeyFormat<K, N>;
  /** Of a map, whose keys and namespaces have a row for each entry. */
  readonly isMap: boolean;
}

/** Each key and namespace once, in the order of their bytes. Close it, or let it come to its end. */
export function* storedKeys<K, N>(
  options: StoredKeysOptions<K, N>,
): Generator<CompositeKey<K, N>, void, undefined> {
  const { database, columnFamily, format, isMap, lower, upper } = options;
  const iterator = database.createIterator(columnFamily, { lower, upper });
  try {
    // Of the scope before: of a map, its other entries begin with the same bytes.
    let scope: Uint8Array = new Uint8Array();
    for (;;) {
      const length = database.next(iterator, ROWS);
      if (length === 0) {
        return;
      }
      const rows = database.result.slice(0, length);
      for (let at = 0; at < length; ) {
        const keyStart = at + ROW_HEAD_BYTES;
        const keyEnd = keyStart + uint32At(rows, at);
        at = keyEnd + uint32At(rows, at + 4);
        const bytes = rows.subarray(keyStart, keyEnd);
        if (isMap && scope.length > 0 && beginsWith(bytes, scope)) {
          continue;
        }
        const input = new DataInputView(bytes);
        input.position = format.prefixBytes;
        const key = format.readAfterPrefix(input);
        scope = bytes.subarray(0, input.position);
        yield key;
      }
    }
  } finally {
    database.closeIterator(iterator);
  }
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length < start.length) {
    return false;
  }
  for (let i = 0; i < start.length; i++) {
    if (bytes[i] !== start[i]) {
      return false;
    }
  }
  return true;
}
