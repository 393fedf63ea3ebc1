/**
 * A copy of the database in a folder of its own, by hard links: what a barrier has made of a version.
 *
 * Invariant: nothing is left of it after `remove`, also when it is still being made.
 */
import type { FileSystem } from '@millrace/core';
import type { VersionCopy } from '../barrier/held-writes.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { type LocalFile, listLocalFiles } from './snapshot-uploads.ts';

export class DatabaseCopy implements VersionCopy {
  /** Does not exist yet. */
  readonly directory: string;
  private readonly database: Pick<RocksDatabase, 'createCheckpoint' | 'waitForCheckpoint'>;
  private readonly localFiles: FileSystem;
  private making: Promise<void> | undefined;

  constructor(
    database: Pick<RocksDatabase, 'createCheckpoint' | 'waitForCheckpoint'>,
    options: { readonly directory: string; readonly localFiles: FileSystem },
  ) {
    this.database = database;
    this.directory = options.directory;
    this.localFiles = options.localFiles;
    this.making = undefined;
  }

  start(): Promise<void> {
    this.making = this.database.createCheckpoint(this.directory);
    return this.making;
  }

  wait(): void {
    this.database.waitForCheckpoint();
  }

  /** Of RocksDB's copy, sorted by name. @throws CheckpointError */
  async files(): Promise<LocalFile[]> {
    return listLocalFiles(this.localFiles, this.directory);
  }

  /** Never throws: what stays goes with the backend's folder. */
  async remove(): Promise<void> {
    await this.making?.catch(() => {}); // Who waits for the copy is told.
    if (this.making !== undefined) {
      await this.localFiles.delete(this.directory, { recursive: true }).catch(() => false);
    }
  }
}
