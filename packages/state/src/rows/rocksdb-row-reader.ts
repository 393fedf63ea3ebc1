/**
 * Rows of a checkpoint or native savepoint of the RocksDB backend: each state is a column family, and
 * its keys and values are those of the rows.
 *
 * Invariant: key groups that the handle does not own are passed over; a handle of a job that was
 * rescaled still has them in its files.
 *
 * Flink: RocksDBIncrementalRestoreOperation. Bytes: docs/formats/rocksdb-files.md
 */
import { CheckpointError, type KeyGroupRange } from '@millrace/core';
import { keyGroupPrefix, keyGroupPrefixBytes } from '../formats/composite-key.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import {
  checkKeyedStreamSize,
  keyedStreamName,
  readHeaderOf,
} from '../formats/keyed-state-stream.ts';
import type { ColumnFamilyCursor, EntrySink } from '../rocksdb-files/column-family-cursor.ts';
import { RocksDatabase } from '../rocksdb-files/rocksdb-database.ts';
import type { IncrementalRemoteKeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import { closeReadersAfterFailure } from './close-readers.ts';
import type { KeyedStateRow, KeyedStateRowBatch, KeyedStateRowReader } from './keyed-state-rows.ts';

const BATCH_BYTES = 256 * 1024;
const BATCH_BYTES_FIRST = 4 * 1024; // doubled as rows come
/** Of RocksDB itself; Flink keeps no state there. */
const DEFAULT_COLUMN_FAMILY = 'default';

export class RocksdbRowReader implements KeyedStateRowReader {
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly keyGroupRange: KeyGroupRange;
  private readonly database: RocksDatabase;
  private readonly prefixBytes: number;
  /** By state: what its last batch had room for, so that the next one need not grow. */
  private readonly batchBytes: number[] = [];

  private constructor(
    handle: IncrementalRemoteKeyedStateHandle,
    opened: {
      readonly header: KeyedBackendHeader;
      readonly database: RocksDatabase;
      readonly numberOfKeyGroups: number;
    },
  ) {
    this.source = opened.database.source;
    this.header = opened.header;
    this.keyGroupRange = handle.keyGroupRange;
    this.database = opened.database;
    this.prefixBytes = keyGroupPrefixBytes(opened.numberOfKeyGroups);
  }

  /**
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
   * `UNSUPPORTED` for a feature of RocksDB that is not read
   */
  static async open(
    handle: IncrementalRemoteKeyedStateHandle,
    options: { readonly numberOfKeyGroups: number; readonly openStateHandle: OpenStateHandle },
  ): Promise<RocksdbRowReader> {
    const header = await readMeta(handle, options.openStateHandle);
    const database = await RocksDatabase.open(handle, options.openStateHandle);
    try {
      checkColumnFamilies(header, database);
      const { numberOfKeyGroups } = options;
      return new RocksdbRowReader(handle, { header, database, numberOfKeyGroups });
    } catch (error) {
      await closeReadersAfterFailure([database]);
      throw error;
    }
  }

  async *rows(
    keyGroups: KeyGroupRange = this.keyGroupRange,
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const range = this.keyGroupRange.intersect(keyGroups);
    if (range === undefined) {
      return;
    }
    const cursors: ColumnFamilyCursor[] = [];
    try {
      for (const { name } of this.header.states) {
        const cursor = this.database.cursor(name)!;
        cursors.push(cursor);
        await cursor.seek(keyGroupPrefix(range.startKeyGroup, this.prefixBytes));
      }
      for (let keyGroup = range.startKeyGroup; keyGroup <= range.endKeyGroup; keyGroup++) {
        for (const [stateId, cursor] of cursors.entries()) {
          yield* this.stateRows(cursor, { stateId, keyGroup });
        }
      }
    } finally {
      for (const cursor of cursors) {
        await cursor.close();
      }
    }
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private async *stateRows(
    cursor: ColumnFamilyCursor,
    of: { readonly stateId: number; readonly keyGroup: number },
  ): AsyncGenerator<KeyedStateRowBatch, void, undefined> {
    const end = keyGroupPrefix(of.keyGroup + 1, this.prefixBytes);
    for (let isDone = false; !isDone; ) {
      const batch = new RowBatchBuilder(of.stateId, {
        prefixBytes: this.prefixBytes,
        capacity: this.batchBytes[of.stateId] ?? BATCH_BYTES_FIRST,
      });
      isDone = await cursor.fill(batch, end);
      this.batchBytes[of.stateId] = Math.min(batch.capacity, BATCH_BYTES);
      if (batch.rows.length > 0) {
        yield batch.batch(of.keyGroup);
      }
    }
  }
}

/** The stream beside the database: what the states are called, and their serializers. */
async function readMeta(
  handle: IncrementalRemoteKeyedStateHandle,
  openStateHandle: OpenStateHandle,
): Promise<KeyedBackendHeader> {
  const { meta, keyGroupRange } = handle;
  const source = `meta data of ${keyedStreamName(meta)}`;
  const reader = await openStateHandle(meta);
  try {
    checkKeyedStreamSize(reader, meta, source);
    const header = await readHeaderOf(reader, { stream: meta, keyGroupRange, offsets: [] }, source);
    return { ...header, compressed: false }; // That speaks of streams of key groups: there are none.
  } finally {
    await reader.close();
  }
}

function checkColumnFamilies(header: KeyedBackendHeader, database: RocksDatabase): void {
  const corrupt = (what: string): CheckpointError =>
    new CheckpointError('SNAPSHOT_CORRUPT', `${database.source} ${what}; restore another snapshot`);
  const names = new Set(header.states.map(({ name }) => name));
  for (const name of names) {
    if (!database.columnFamilies.has(name)) {
      throw corrupt(`does not know state '${name}', which the snapshot names`);
    }
  }
  for (const { name, files } of database.columnFamilies.values()) {
    if (!names.has(name) && (name !== DEFAULT_COLUMN_FAMILY || files.length > 0)) {
      throw corrupt(`has state '${name}', which the snapshot does not name`);
    }
  }
}

/** Copies entries into a batch, until it is large enough. */
class RowBatchBuilder implements EntrySink {
  // Hot path.
  readonly rows: KeyedStateRow[] = [];
  private readonly stateId: number;
  private readonly prefixBytes: number;
  private bytes: Uint8Array;
  private length = 0;
  private origin = '';

  constructor(stateId: number, form: { readonly prefixBytes: number; readonly capacity: number }) {
    this.stateId = stateId;
    this.prefixBytes = form.prefixBytes;
    this.bytes = new Uint8Array(form.capacity);
  }

  get capacity(): number {
    return this.bytes.length;
  }

  get isFull(): boolean {
    return this.length >= BATCH_BYTES;
  }

  from(source: string, blockOffset: number): void {
    this.origin = `what begins in the block at byte ${blockOffset} of ${source}`;
  }

  add(key: Uint8Array, keyLength: number, value: readonly Uint8Array[]): void {
    const { stateId, prefixBytes } = this;
    let valueLength = 0;
    for (const part of value) {
      valueLength += part.length;
    }
    const keyStart = this.length;
    const keyEnd = keyStart + keyLength - prefixBytes;
    const valueEnd = keyEnd + valueLength;
    if (valueEnd > this.bytes.length) {
      this.grow(valueEnd);
    }
    const { bytes } = this;
    for (let i = prefixBytes, at = keyStart; i < keyLength; i++) {
      bytes[at++] = key[i]!;
    }
    let at = keyEnd;
    for (const part of value) {
      bytes.set(part, at);
      at += part.length;
    }
    this.length = valueEnd;
    this.rows.push({ stateId, keyStart, keyEnd, valueStart: keyEnd, valueEnd });
  }

  batch(keyGroup: number): KeyedStateRowBatch {
    const { rows, origin: source } = this;
    return { keyGroup, bytes: this.bytes.subarray(0, this.length), fileOffset: 0, source, rows };
  }

  private grow(atLeast: number): void {
    const grown = new Uint8Array(Math.max(atLeast, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
