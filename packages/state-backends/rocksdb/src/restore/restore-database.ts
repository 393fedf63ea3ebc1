/**
 * From the handles of a snapshot to an open database: the files themselves where RocksDB wrote them,
 * rows where another backend did or another format was asked for.
 *
 * Invariants:
 * - The database holds what the snapshot has in the key groups of the subtask, and nothing else.
 * - A restore that fails leaves nothing behind in the working directory.
 *
 * Flink: RocksDBKeyedStateBackendBuilder, RocksDBIncrementalRestoreOperation, RocksDBFullRestoreOperation.
 */
import { randomUUID } from 'node:crypto';
import { CheckpointError, errorMessage } from '@millrace/core';
import type { KeyedStateBackendParameters, StateMetaInfoSnapshot } from '@millrace/state';
import type { NativeErrorCode } from '../binding/native-addon.ts';
import type { StoredState } from '../database/column-families.ts';
import { boundsOfKeyGroups } from '../database/key-bounds.ts';
import type { LocalCopies } from '../database/local-copies.ts';
import { packedKey, packedRowBytes } from '../database/packed-rows.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { chooseBase, isSameRange } from './base-database.ts';
import { clipColumnFamily, outsideOf } from './clip-database.ts';
import { CollectedTimers } from './collected-timers.ts';
import { type CopiedRows, copyByBatches, copyByFiles, eachChunk } from './copy-database.ts';
import { DatabaseFolders, sstBytesOf } from './database-folders.ts';
import { loadRows, type RowTarget } from './load-rows.ts';
import type { RestoredDatabase, UploadedFiles } from './restored-database.ts';
import { type RestoredSchema, restoredSchema } from './restored-schema.ts';
import { RowKeyCheck } from './row-key-check.ts';
import { closeParts, openParts, type SnapshotPart } from './snapshot-parts.ts';
import { SstLoad } from './sst-load.ts';

/** Less than this is copied through memtables unless files are asked for: there both take 10 ms. */
const COPY_BY_BATCHES_BYTES_MAX = 128 * 1024;

export interface RestoreDatabaseOptions {
  /** `state.backend.rocksdb.timer-service.factory` is HEAP; false unless given. */
  readonly timersOnHeap?: boolean;
  readonly localCopies?: Pick<LocalCopies, 'find'> | undefined;
}

/**
 * Reports `STATE_INCOMPATIBLE` where keys have another type in the snapshot; the database is empty
 * then, as it is with `schemaOnly`.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
 *   `UNSUPPORTED`
 * @throws TaskError `DISK_FULL`, `FILE_PERMISSION_DENIED`, `IO_EXCEPTION`, `ROCKSDB_FAILED`,
 *   `ROCKSDB_ENTRY_TOO_LARGE`
 * @throws ConfigError `ROCKSDB_NOT_BUILT`, `CONFIG_VALUE_INVALID`
 */
export async function restoreDatabase<K>(
  parameters: KeyedStateBackendParameters<K>,
  resources: RocksDBResources,
  options: RestoreDatabaseOptions = {},
): Promise<RestoredDatabase<K>> {
  const parts = await openParts(parameters);
  try {
    const headers = parts.map(({ reader }) => reader.header);
    const schema = restoredSchema(headers, parameters);
    const hasEntries = schema.keysFit && parameters.schemaOnly !== true;
    return await new Restore(parameters, resources, options, schema).run(hasEntries ? parts : []);
  } finally {
    await closeParts(parts);
  }
}

class Restore<K> {
  private readonly parameters: KeyedStateBackendParameters<K>;
  private readonly resources: RocksDBResources;
  private readonly options: RestoreDatabaseOptions;
  private readonly schema: RestoredSchema<K>;
  private readonly folders: DatabaseFolders;
  private readonly states = new Map<string, StoredState>();
  private readonly heapTimers = new Map<string, CollectedTimers>();

  constructor(
    parameters: KeyedStateBackendParameters<K>,
    resources: RocksDBResources,
    options: RestoreDatabaseOptions,
    schema: RestoredSchema<K>,
  ) {
    this.parameters = parameters;
    this.resources = resources;
    this.options = options;
    this.schema = schema;
    this.folders = new DatabaseFolders(resources, {
      openStateHandle: parameters.openStateHandle,
      localCopies: options.localCopies,
      warn: parameters.warn ?? ((message) => process.emitWarning(message)),
    });
    for (const state of schema.states.values()) {
      if (this.isOnHeap(state)) {
        this.heapTimers.set(state.name, new CollectedTimers(state));
      }
    }
  }

  async run(parts: readonly SnapshotPart[]): Promise<RestoredDatabase<K>> {
    const { keyGroupRange } = this.parameters;
    const { restore } = this.resources;
    const base = chooseBase(parts, keyGroupRange, restore.overlapFractionThreshold);
    const keepsId = base !== undefined && isSameRange(parts, keyGroupRange);
    let database: RocksDatabase | undefined;
    try {
      database = await this.openBase(base);
      const isClipped = base !== undefined && (await this.takeOver(database, base));
      await this.addOthers(
        database,
        parts.filter((part) => part !== base),
      );
      if (isClipped && !keepsId && restore.asyncCompactAfterRescale) {
        void this.compactOutside(database);
      }
      return {
        database,
        states: this.states,
        backendId: keepsId ? base.files!.backendId : randomUUID(),
        keySerializer: this.schema.keySerializer,
        heapTimers: this.heapTimers,
        uploaded: keepsId ? uploadedFiles(base) : undefined,
      };
    } catch (error) {
      await database?.close().catch(() => undefined); // What failed first is told.
      await this.folders.removeAll();
      throw parts.length > 0 ? snapshotError(error) : error;
    }
  }

  /** Column families of the base are there, with what is to be dropped; the others are made. */
  private async openBase(base: SnapshotPart | undefined): Promise<RocksDatabase> {
    const inDatabase = [...this.schema.states.values()].filter((state) => !this.isOnHeap(state));
    const opened = (base?.reader.header.states ?? inDatabase).map(({ name }) => name);
    const database = await this.folders.open(base?.files, opened);
    for (const info of inDatabase) {
      const id = opened.indexOf(info.name);
      const columnFamily =
        id >= 0 ? id : database.createColumnFamily(this.resources.columnFamily(info.name));
      this.states.set(info.name, { info, columnFamily });
    }
    return database;
  }

  /** @returns true when it held other key groups too */
  private async takeOver(database: RocksDatabase, base: SnapshotPart): Promise<boolean> {
    const { keyGroupRange, numberOfKeyGroups } = this.parameters;
    const { useDeleteFilesInRange } = this.resources.restore;
    const clip = { keyGroupRange, numberOfKeyGroups, useDeleteFilesInRange };
    let isClipped = false;
    for (const [columnFamily, { name }] of base.reader.header.states.entries()) {
      const timers = this.heapTimers.get(name);
      if (timers !== undefined) {
        await this.collectTimers(database, columnFamily, timers);
        database.dropColumnFamily(columnFamily);
      } else if (clipColumnFamily(database, columnFamily, clip)) {
        isClipped = true;
      }
    }
    return isClipped;
  }

  private async addOthers(database: RocksDatabase, parts: readonly SnapshotPart[]): Promise<void> {
    if (parts.length === 0) {
      return;
    }
    const folder = await this.folders.make('load');
    const load = new SstLoad(database, folder);
    try {
      for (const part of parts) {
        if (part.files === undefined) {
          const { keyGroupRange, numberOfKeyGroups } = this.parameters;
          const { reader } = part;
          await loadRows(reader, {
            keyGroupRange,
            numberOfKeyGroups,
            load,
            targets: reader.header.states.map((state) => this.targetOf(state)),
            // Compressed chunks have checksums.
            keyCheck: reader.header.compressed
              ? undefined
              : new RowKeyCheck(reader, numberOfKeyGroups),
          });
        } else {
          await this.copyDatabase(part, database, load);
        }
      }
      await load.finish();
    } catch (error) {
      await load.abort();
      throw error;
    }
    await this.folders.remove('load');
  }

  private async copyDatabase(
    part: SnapshotPart,
    database: RocksDatabase,
    load: SstLoad,
  ): Promise<void> {
    const { states } = part.reader.header;
    const names = states.map(({ name }) => name);
    const source = await this.folders.open(part.files, names, 'source');
    try {
      const byFiles = this.resources.restore.useIngestDbRestoreMode || this.isLarge(part);
      for (const [columnFamily, state] of states.entries()) {
        const target = this.targetOf(state);
        const of = this.rowsOf(columnFamily);
        if (typeof target !== 'number') {
          await this.collectTimers(source, columnFamily, target);
        } else if (byFiles) {
          await copyByFiles(source, of, { load, columnFamily: target });
        } else {
          const { writeBatchBytes } = this.resources;
          await copyByBatches(source, of, { database, columnFamily: target, writeBatchBytes });
        }
      }
    } finally {
      await source.close();
    }
    await this.folders.remove('source');
  }

  private async collectTimers(
    database: RocksDatabase,
    columnFamily: number,
    timers: CollectedTimers,
  ): Promise<void> {
    const of = this.rowsOf(columnFamily);
    const prefixBytes = of.bounds.lower.length;
    await eachChunk(database, of, (rows, end) => {
      for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
        const key = packedKey(rows, at);
        const keyGroup = prefixBytes === 1 ? key[0]! : key[0]! * 256 + key[1]!;
        timers.add(keyGroup, key.subarray(prefixBytes));
      }
    });
  }

  /** In the background: what fails in it, RocksDB tells by the next write. */
  private async compactOutside(database: RocksDatabase): Promise<void> {
    const { keyGroupRange, numberOfKeyGroups } = this.parameters;
    const clip = { keyGroupRange, numberOfKeyGroups, useDeleteFilesInRange: false };
    try {
      for (const { columnFamily } of [...this.states.values()]) {
        for (const { lower, upper } of outsideOf(clip)) {
          await database.compactRange(columnFamily, lower, upper);
        }
      }
    } catch {
      // The database was closed, or is to fail at its next write.
    }
  }

  private isLarge({ reader, files }: SnapshotPart): boolean {
    const { keyGroupRange } = this.parameters;
    const wanted = reader.keyGroupRange.intersect(keyGroupRange)?.numberOfKeyGroups ?? 0;
    const share = wanted / reader.keyGroupRange.numberOfKeyGroups;
    return share * sstBytesOf(files!) > COPY_BY_BATCHES_BYTES_MAX;
  }

  private isOnHeap({ backendStateType }: StateMetaInfoSnapshot): boolean {
    return backendStateType === 'PRIORITY_QUEUE' && this.options.timersOnHeap === true;
  }

  private targetOf({ name }: StateMetaInfoSnapshot): RowTarget {
    return this.heapTimers.get(name) ?? this.states.get(name)!.columnFamily;
  }

  private rowsOf(columnFamily: number): CopiedRows {
    const { keyGroupRange, numberOfKeyGroups, clock } = this.parameters;
    return { columnFamily, bounds: boundsOfKeyGroups(keyGroupRange, numberOfKeyGroups), clock };
  }
}

/** A savepoint is of its own: its files are named by where they lie beside it. */
function uploadedFiles({ files }: SnapshotPart): UploadedFiles {
  const own = files!.shared.filter(({ handle }) => handle.kind !== 'relative-file');
  return {
    checkpointId: files!.checkpointId,
    files: new Map(own.map(({ localPath, handle }) => [localPath, handle])),
  };
}

/** What RocksDB finds wrong with files is the snapshot's fault: to begin anew from it would not help. */
function snapshotError(error: unknown): unknown {
  const cause = (error as { cause?: { code?: NativeErrorCode } }).cause;
  return cause?.code !== 'CORRUPTION'
    ? error
    : new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `RocksDB finds a snapshot corrupt: ${errorMessage(error)}; restore another snapshot`,
        { cause: error },
      );
}
