/**
 * Keyed state of any snapshot as rows: one entry each, in the bytes of the canonical layout, whoever
 * wrote the snapshot. What reads, compares, converts or edits snapshots works on rows.
 *
 * Invariants:
 * - Key groups come in ascending order, each state's rows of a key group without others between.
 * - Rows are read in batches; how much is in memory does not depend on the size of the snapshot.
 *
 * Bytes: docs/formats/canonical-keyed-state.md
 */
import type { KeyGroupRange } from '@millrace/core';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';

/** Where one entry stands in the bytes of its batch. */
export interface KeyedStateRow {
  /** Index in the header's states. */
  readonly stateId: number;
  /** After the key group: key and namespace, then the user key of a map; of a timer all of it. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /**
   * The value; the elements of a list with a comma between; of a map entry whether it is null, then
   * its value; of a timer nothing.
   */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Rows of one key group. */
export interface KeyedStateRowBatch {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
  /** Of the first of `bytes` in the file, for messages. */
  readonly fileOffset: number;
  /** Names the file, for messages, where it is another than the reader's. */
  readonly source?: string;
  readonly rows: readonly KeyedStateRow[];
  /** Of a key group's last batch: the place in the file where the key group ended, where it is known. */
  readonly endOffset?: number;
}

export interface KeyedStateRowReader {
  /** Names the file, for messages. */
  readonly source: string;
  readonly header: KeyedBackendHeader;
  /** Of the handle. */
  readonly keyGroupRange: KeyGroupRange;
  /**
   * May be called again, for another range.
   *
   * @param keyGroups - all of the handle when it is left out
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
   */
  rows(keyGroups?: KeyGroupRange): AsyncGenerator<KeyedStateRowBatch, void, undefined>;
  close(): Promise<void>;
}

export function rowKey(batch: KeyedStateRowBatch, row: KeyedStateRow): Uint8Array {
  return batch.bytes.subarray(row.keyStart, row.keyEnd);
}

export function rowValue(batch: KeyedStateRowBatch, row: KeyedStateRow): Uint8Array {
  return batch.bytes.subarray(row.valueStart, row.valueEnd);
}
