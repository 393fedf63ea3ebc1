/**
 * Rewrites the values of a state whose type evolved: RocksDB holds bytes, and the next snapshot takes
 * them as they are.
 *
 * Invariants:
 * - Values are read by the serializers that wrote them and converted as on the heap.
 * - A value that cannot be read or converted is found before anything is written.
 *
 * Flink: RocksDBKeyedStateBackend.migrateStateValues.
 */
// Hot path.
import { DataOutputView, type TypeSerializer, valueConversion } from '@millrace/core';
import {
  type KeyedStateRow,
  RowCodec,
  rowInput,
  type StateMetaInfoSnapshot,
  stateMismatch,
} from '@millrace/state';
import type { StoredState } from '../database/column-families.ts';
import { packedRowBytes, ROW_HEAD_BYTES, uint32At } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';

const ROWS = 4096; // at a time, unless the result buffer is full before
const FIRST_KEY = Uint8Array.of(0); // before that of any key group
/** A state up to this size is decoded once and written in one step; a larger one is decoded twice. */
const ONE_BATCH_BYTES_MAX = 16 * 1024 * 1024;

/** What is needed of a database. */
export type MigratedDatabase = Pick<
  RocksDatabase,
  'createIterator' | 'next' | 'closeIterator' | 'result' | 'write'
>;

export interface StateMigration {
  /** Of the program: what the state is from now on. */
  readonly info: StateMetaInfoSnapshot;
  readonly keySerializer: TypeSerializer<unknown>;
  readonly numberOfKeyGroups: number;
  /** As `isBatchFull` takes it. */
  readonly writeBatchBytes: number;
  readonly oneBatchBytesMax?: number;
}

/**
 * Then `stored.info` is that of the program. Nothing of the state may be in memory, and no version of
 * it may be waiting to be copied.
 *
 * @param stored - not a timer queue; its serializers must not be incompatible with the program's
 * @throws whatever a migration of the program's throws; then the state is as it was
 * @throws TaskError `ROCKSDB_FAILED`, `DISK_FULL`; then the state is of no use
 */
export function migrateState(
  database: MigratedDatabase,
  stored: StoredState,
  migration: StateMigration,
): void {
  const migrator = new StateMigrator(database, stored, migration);
  if (!migrator.tryOneBatch(migration.oneBatchBytesMax ?? ONE_BATCH_BYTES_MAX)) {
    migrator.writeAll(migration.writeBatchBytes);
  }
  stored.info = migration.info;
}

/**
 * Why a state cannot migrate although its type as a whole may: user keys of a map are looked up by
 * their bytes. `undefined` when it can.
 *
 * Flink: RocksDBMapState, "the new key serializer for a MapState must be compatible".
 */
export function userKeysMigrate(
  from: StateMetaInfoSnapshot,
  to: StateMetaInfoSnapshot,
  options: Pick<StateMigration, 'keySerializer' | 'numberOfKeyGroups'> & { readonly what: string },
): ReturnType<typeof stateMismatch> | undefined {
  const before = new RowCodec(from, options).userKeySerializer;
  const after = new RowCodec(to, options).userKeySerializer;
  if (before === undefined || after === undefined) {
    return undefined;
  }
  const verdict = after
    .snapshotConfiguration()
    .resolveSchemaCompatibility(before.snapshotConfiguration());
  if (verdict.kind !== 'compatible-after-migration') {
    return undefined;
  }
  return stateMismatch(
    `${options.what}: the type of its user keys evolved, and RocksDB looks them up by their bytes; go ` +
      'back to the old type, declare the state under another name, or restore a savepoint with ' +
      'state.backend.type: hashmap and take another',
  );
}

class StateMigrator {
  private readonly database: MigratedDatabase;
  private readonly columnFamily: number;
  private readonly source: { readonly source: string };
  private readonly before: RowCodec;
  private readonly after: RowCodec;
  private readonly convert: (value: unknown) => unknown;
  private readonly batch = new WriteBatch();
  private readonly output = new DataOutputView();

  constructor(database: MigratedDatabase, stored: StoredState, migration: StateMigration) {
    this.database = database;
    this.columnFamily = stored.columnFamily;
    this.source = { source: `state '${stored.info.name}' in RocksDB` };
    this.before = new RowCodec(stored.info, migration);
    this.after = new RowCodec(migration.info, migration);
    this.convert =
      valueConversion(
        this.before.contentSerializer.snapshotConfiguration(),
        this.after.contentSerializer.snapshotConfiguration(),
      ) ?? ((value) => value);
  }

  /** @returns false when there is more than that: then all can be converted, and nothing is written */
  tryOneBatch(bytesMax: number): boolean {
    let fits = true;
    this.rewrite(() => {
      if (this.batch.end > bytesMax) {
        fits = false;
        this.batch.clear();
      }
    });
    if (fits) {
      this.database.write(this.batch);
    }
    this.batch.clear();
    return fits;
  }

  writeAll(writeBatchBytes: number): void {
    const { batch } = this;
    this.rewrite(() => {
      if (isBatchFull(batch, writeBatchBytes)) {
        this.database.write(batch);
      }
    });
    this.database.write(batch);
  }

  /** The iterator sees nothing of what is written meanwhile. */
  private rewrite(afterRow: () => void): void {
    const { database } = this;
    const iterator = database.createIterator(this.columnFamily, { lower: FIRST_KEY });
    try {
      for (let end = database.next(iterator, ROWS); end > 0; end = database.next(iterator, ROWS)) {
        this.rewriteChunk(database.result, end, afterRow);
      }
    } finally {
      database.closeIterator(iterator);
    }
  }

  private rewriteChunk(rows: Uint8Array, end: number, afterRow: () => void): void {
    const { output, columnFamily, batch } = this;
    const bytes = rows.subarray(0, end);
    const input = rowInput(this.source, { keyGroup: 0, bytes, rows: [], fileOffset: 0 });
    for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
      const keyStart = at + ROW_HEAD_BYTES;
      const keyEnd = keyStart + uint32At(rows, at);
      const valueEnd = keyEnd + uint32At(rows, at + 4);
      const row: KeyedStateRow = { stateId: 0, keyStart, keyEnd, valueStart: keyEnd, valueEnd };
      const value = this.before.readValue(input, row);
      output.reset().write(rows.subarray(keyStart, keyEnd));
      const newKeyEnd = output.position;
      this.after.writeValue(output, this.converted(value));
      batch.put(columnFamily, output.buffer, 0, newKeyEnd, output.position);
      afterRow();
    }
  }

  private converted(value: unknown): unknown {
    return this.before.kind === 'list'
      ? (value as unknown[]).map(this.convert)
      : this.convert(value);
  }
}
