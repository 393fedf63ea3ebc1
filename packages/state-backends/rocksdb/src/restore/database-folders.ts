/**
 * The folders in the working directory of a backend that a restore makes databases in.
 *
 * Flink: RocksDBKeyedStateBackendBuilder's instance directory.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '@millrace/core';
import {
  type HandleAndLocalPath,
  type IncrementalRemoteKeyedStateHandle,
  type OpenStateHandle,
  stateHandleSizeBytes,
} from '@millrace/state';
import type { LocalCopies } from '../database/local-copies.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { fetchFiles, fetchLocalCopy } from './fetch-files.ts';
import { localFolderError } from './local-folder-error.ts';

/** What the database of the backend is called. */
const DATABASE = 'db';

/** Where files come from. */
export interface DatabaseSources {
  readonly openStateHandle: OpenStateHandle;
  readonly localCopies: Pick<LocalCopies, 'find'> | undefined;
  readonly warn: (message: string) => void;
}

export class DatabaseFolders {
  private readonly resources: RocksDBResources;
  private readonly sources: DatabaseSources;
  private readonly made = new Set<string>();

  constructor(resources: RocksDBResources, sources: DatabaseSources) {
    this.resources = resources;
    this.sources = sources;
  }

  /**
   * The database of a handle, from a local copy where there is a good one; a new one without a handle.
   *
   * @param columnFamilies - get the ids 0, 1, …
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
   * @throws TaskError `DISK_FULL`, `FILE_PERMISSION_DENIED`, `IO_EXCEPTION`, `ROCKSDB_FAILED`
   */
  async open(
    handle: IncrementalRemoteKeyedStateHandle | undefined,
    columnFamilies: readonly string[],
    name: string = DATABASE,
  ): Promise<RocksDatabase> {
    const copy = handle && (await this.sources.localCopies?.find(handle));
    if (handle !== undefined && copy !== undefined) {
      try {
        const folder = await this.make(name);
        await fetchLocalCopy(filesOf(handle), copy, folder);
        return await this.openFiles(folder, columnFamilies);
      } catch (error) {
        await this.remove(name);
        this.sources.warn(
          `the local copy ${copy} of checkpoint ${handle.checkpointId} cannot be used: ` +
            `${errorMessage(error)}; the checkpoint itself is restored`,
        );
      }
    }
    const folder = await this.make(name);
    if (handle !== undefined) {
      const { openStateHandle } = this.sources;
      const concurrency = this.resources.transferConcurrency;
      await fetchFiles(filesOf(handle), folder, { openStateHandle, concurrency });
    }
    return this.openFiles(folder, columnFamilies);
  }

  /** Empty. @returns its path */
  async make(name: string): Promise<string> {
    const path = join(this.resources.workingDirectory, name);
    this.made.add(name);
    try {
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw localFolderError('create', path, error);
    }
    return path;
  }

  /** Never throws: what is left goes with the working directory. */
  async remove(name: string): Promise<void> {
    const path = join(this.resources.workingDirectory, name);
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    this.made.delete(name);
  }

  async removeAll(): Promise<void> {
    for (const name of [...this.made]) {
      await this.remove(name);
    }
  }

  private openFiles(folder: string, columnFamilies: readonly string[]): Promise<RocksDatabase> {
    const { resources } = this;
    return RocksDatabase.open(folder, {
      ...resources.openSpec(),
      columnFamilies: columnFamilies.map((name) => resources.columnFamily(name)),
    });
  }
}

function filesOf({
  shared,
  private: own,
}: IncrementalRemoteKeyedStateHandle): HandleAndLocalPath[] {
  return [...shared, ...own];
}

export function sstBytesOf(handle: IncrementalRemoteKeyedStateHandle): number {
  return filesOf(handle)
    .filter(({ localPath }) => localPath.endsWith('.sst'))
    .reduce((sum, { handle: file }) => sum + stateHandleSizeBytes(file), 0);
}
