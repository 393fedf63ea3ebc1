/**
 * Copies key groups of a column family into another database.
 *
 * Flink: RocksDBIncrementalRestoreOperation.copyToBaseDBUsingTempDBs.
 */
// Hot path.
import type { Clock } from '@millrace/core';
import type { KeyBounds } from '../database/key-bounds.ts';
import {
  lastPackedRow,
  packedRowBytes,
  ROW_HEAD_BYTES,
  uint32At,
} from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';
import type { SstLoad } from './sst-load.ts';

const ROWS = 4096; // at a time, unless the result buffer is full before
const CALLS_PER_TURN = 16; // of about 64 KiB each, before others may run

/** What of a database. */
export interface CopiedRows {
  readonly columnFamily: number;
  readonly bounds: KeyBounds;
  readonly clock: Clock;
}

/** Packed rows, valid until the callback's promise is settled. */
export async function eachChunk(
  source: RocksDatabase,
  of: CopiedRows,
  use: (rows: Uint8Array, end: number) => Promise<void> | void,
): Promise<void> {
  const iterator = source.createIterator(of.columnFamily, of.bounds);
  try {
    for (let calls = 1; ; calls++) {
      const end = source.next(iterator, ROWS);
      if (end === 0) {
        return;
      }
      await use(source.result, end);
      if (calls % CALLS_PER_TURN === 0) {
        await of.clock.yieldTurn();
      }
    }
  } finally {
    source.closeIterator(iterator);
  }
}

/** By files of its own: the faster, the more there is. */
export function copyByFiles(
  source: RocksDatabase,
  of: CopiedRows,
  to: { readonly load: SstLoad; readonly columnFamily: number },
): Promise<void> {
  return eachChunk(source, of, (rows, end) =>
    to.load.add(to.columnFamily, { rows, end, last: lastPackedRow(rows, end) }),
  );
}

/** Through memtables, in batches: no files for little. */
export async function copyByBatches(
  source: RocksDatabase,
  of: CopiedRows,
  to: {
    readonly database: RocksDatabase;
    readonly columnFamily: number;
    /** As `isBatchFull` takes it. */
    readonly writeBatchBytes: number;
  },
): Promise<void> {
  const batch = new WriteBatch();
  const { database, columnFamily, writeBatchBytes } = to;
  await eachChunk(source, of, (rows, end) => {
    for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
      const keyStart = at + ROW_HEAD_BYTES;
      const keyEnd = keyStart + uint32At(rows, at);
      batch.put(columnFamily, rows, keyStart, keyEnd, keyEnd + uint32At(rows, at + 4));
      if (isBatchFull(batch, writeBatchBytes)) {
        database.write(batch);
      }
    }
  });
  database.write(batch);
}
