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
import { FormatInput } from '../formats/format-input.ts';
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

/** Where bytes of a snapshot are from, for messages. */
export interface BytesPlace {
  /** Of the first byte in the file; of compressed bytes, of the chunk that holds it. */
  readonly fileOffset: number;
  /** Of compressed bytes: what the file and their beginning are called, and how far from there. */
  readonly uncompressed?: { readonly source: string; readonly offset: number };
}

/** Rows of one key group. */
export interface KeyedStateRowBatch extends BytesPlace {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
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

/** Reads `bytes`; messages name the file, or what was compressed in it, and the place. */
export function placedInput(bytes: Uint8Array, source: string, place: BytesPlace): FormatInput {
  const { uncompressed } = place;
  return uncompressed === undefined
    ? new FormatInput(bytes, source, place.fileOffset)
    : new FormatInput(bytes, uncompressed.source, uncompressed.offset);
}
