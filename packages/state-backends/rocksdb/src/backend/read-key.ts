/**
 * All that one key has in a state, without a view: what is in memory of the key goes to the database
 * first, and its rows are read from there.
 */
import { DataOutputView, type KeyGroupRange, type TypeSerializer } from '@millrace/core';
import {
  type KeyedStateView,
  type KeyRows,
  keyGroupPrefixBytes,
  type RowLimits,
  RowPageWriter,
  type ViewPlace,
  writeKeyGroupPrefix,
} from '@millrace/state';
import type { StoredState } from '../database/column-families.ts';
import { successorOf } from '../database/key-bounds.ts';
import { packedKey, packedRowBytes } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { ExpiredRows } from '../snapshot/expired-rows.ts';

const ROWS = 512; // fetched at once
const TIMESTAMP_BYTES = 8;
const TIMERS = 1000; // looked through at once
const TIMERS_BYTES = 256 * 1024;

export interface KeyPlace<K> {
  readonly key: K;
  readonly keyGroup: number;
  readonly keySerializer: TypeSerializer<K>;
  readonly numberOfKeyGroups: number;
  readonly limits: RowLimits;
}

/** What of the key is in memory must be in the database. */
export function readKeyRows<K>(
  database: RocksDatabase,
  state: StoredState,
  of: KeyPlace<K> & { readonly stateId: number; readonly expired: ExpiredRows | undefined },
): KeyRows {
  const { key, keyGroup, keySerializer, numberOfKeyGroups, stateId, expired, limits } = of;
  const prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
  const output = new DataOutputView(64);
  writeKeyGroupPrefix(output, keyGroup, prefixBytes);
  keySerializer.serialize(key, output);
  // Serialized keys end where they end: what begins with one is of it.
  const lower = output.copyBytes();
  const writer = new RowPageWriter();
  const isFull = fullness(writer, limits);
  let read = 0;
  const upper = successorOf(lower);
  const iterator = database.createIterator(state.columnFamily, { lower, upper });
  try {
    for (let length = database.next(iterator, ROWS); length > 0; ) {
      const rows = database.result.slice(0, length);
      for (let at = 0; at < length; at += packedRowBytes(rows, at)) {
        if (read++ > 0 && isFull()) {
          return { rows: writer.finish(), truncated: true };
        }
        const whole = packedKey(rows, at);
        const valueStart = whole.byteOffset - rows.byteOffset + whole.length;
        const value = rows.subarray(valueStart, at + packedRowBytes(rows, at));
        const kept = expired === undefined ? value : expired.keep(value);
        if (kept !== undefined) {
          writer.put(keyGroup, stateId, whole.subarray(prefixBytes), kept);
        }
      }
      length = database.next(iterator, ROWS);
    }
  } finally {
    database.closeIterator(iterator);
  }
  return { rows: writer.finish(), truncated: false };
}

function fullness(writer: RowPageWriter, limits: RowLimits): () => boolean {
  const { maxRows, maxBytes } = limits;
  return () => writer.rows >= maxRows || writer.bytes >= maxBytes || limits.isOver();
}

/** Timers are not found by their key: those of its key group are looked through. */
export function readTimersOfKey<K>(
  view: KeyedStateView,
  of: KeyPlace<K> & { readonly stateId: number; readonly keyGroups: KeyGroupRange },
): KeyRows {
  const { key, keyGroup, keySerializer, stateId, keyGroups, limits } = of;
  const output = new DataOutputView(64);
  keySerializer.serialize(key, output);
  const wanted = output.copyBytes();
  const writer = new RowPageWriter();
  const isFull = fullness(writer, limits);
  let after: ViewPlace | undefined;
  do {
    const page = view.read({
      ...{ after, stateIds: [stateId], keyGroups },
      ...{ maxRows: TIMERS, maxBytes: TIMERS_BYTES, isOver: () => limits.isOver() },
    });
    const { places, bytes } = page.rows;
    for (let at = 0; at < places.length; at += 6) {
      const timer = bytes.subarray(places[at + 2], places[at + 3]);
      const ofKey = timer.subarray(TIMESTAMP_BYTES, TIMESTAMP_BYTES + wanted.length);
      if (Buffer.compare(ofKey, wanted) === 0) {
        writer.put(keyGroup, stateId, timer, timer.subarray(timer.length));
      }
    }
    after = page.next;
  } while (after !== undefined && !isFull());
  return { rows: writer.finish(), truncated: after !== undefined };
}
