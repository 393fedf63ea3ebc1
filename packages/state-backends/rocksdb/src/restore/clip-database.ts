/**
 * Cuts a database to the key groups of a subtask.
 *
 * Flink: RocksDBIncrementalCheckpointUtils.clipDBWithKeyGroupRange.
 */
import type { KeyGroupRange } from '@millrace/core';
import { keyGroupPrefix, keyGroupPrefixBytes } from '@millrace/state';
import type { KeyBounds } from '../database/key-bounds.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';

export interface Clip {
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** Whole files outside are dropped at once, before the rest is deleted by range. */
  readonly useDeleteFilesInRange: boolean;
}

/** The keys before and after those of the key groups. */
export function outsideOf({ keyGroupRange, numberOfKeyGroups }: Clip): KeyBounds[] {
  const prefixBytes = keyGroupPrefixBytes(numberOfKeyGroups);
  const prefix = (keyGroup: number): Uint8Array => keyGroupPrefix(keyGroup, prefixBytes);
  return [
    { lower: prefix(0), upper: prefix(keyGroupRange.startKeyGroup) },
    { lower: prefix(keyGroupRange.endKeyGroup + 1), upper: prefix(numberOfKeyGroups) },
  ].filter(({ lower, upper }) => Buffer.compare(lower, upper) < 0);
}

/** @returns true when there was anything outside */
export function clipColumnFamily(
  database: RocksDatabase,
  columnFamily: number,
  clip: Clip,
): boolean {
  let isClipped = false;
  for (const bounds of outsideOf(clip)) {
    if (isEmpty(database, columnFamily, bounds)) {
      continue; // A deletion of nothing would cost every read.
    }
    if (clip.useDeleteFilesInRange) {
      database.deleteFilesInRange(columnFamily, bounds.lower, bounds.upper);
    }
    database.deleteRange(columnFamily, bounds.lower, bounds.upper);
    isClipped = true;
  }
  return isClipped;
}

function isEmpty(database: RocksDatabase, columnFamily: number, bounds: KeyBounds): boolean {
  const iterator = database.createIterator(columnFamily, bounds);
  try {
    return database.next(iterator, 1) === 0;
  } finally {
    database.closeIterator(iterator);
  }
}
