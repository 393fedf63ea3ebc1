/** For tests: a real database with one state, whose files are steered. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toLocalPath } from '@millrace/core';
import type { IncrementalRemoteKeyedStateHandle } from '@millrace/state';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';

/** Of the one state. */
export const COLUMN_FAMILY = 0;

const OPTIONS = 'disable_auto_compactions=true;merge_operator=stringappendtest';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class SteeredDatabase {
  readonly database: RocksDatabase;

  private constructor(database: RocksDatabase) {
    this.database = database;
  }

  static async open(path: string): Promise<SteeredDatabase> {
    await mkdir(path, { recursive: true });
    const database = await RocksDatabase.open(path, {
      dbOptions: 'create_if_missing=true',
      columnFamilies: [{ name: 'count', options: OPTIONS }],
      statistics: false,
    });
    return new SteeredDatabase(database);
  }

  /** A database in `path` of the files that a checkpoint names. */
  static async restore(
    path: string,
    { shared, private: own }: IncrementalRemoteKeyedStateHandle,
  ): Promise<SteeredDatabase> {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    for (const { localPath, handle } of [...shared, ...own]) {
      const target = join(path, localPath);
      if (handle.kind === 'byte-stream') {
        await writeFile(target, handle.data);
      } else if (handle.kind === 'file' || handle.kind === 'relative-file') {
        await cp(toLocalPath(handle.path), target);
      }
    }
    return SteeredDatabase.open(path);
  }

  /** In key group 0. */
  put(key: string, value: string): void {
    const bytes = encoder.encode(`\0${key}${value}`);
    const batch = new WriteBatch();
    const keyEnd = 1 + encoder.encode(key).length;
    batch.put(COLUMN_FAMILY, bytes, 0, keyEnd, bytes.length);
    this.database.write(batch);
  }

  delete(key: string): void {
    const bytes = encoder.encode(`\0${key}`);
    const batch = new WriteBatch();
    batch.delete(COLUMN_FAMILY, bytes, 0, bytes.length);
    this.database.write(batch);
  }

  get(key: string): string | undefined {
    const bytes = encoder.encode(`\0${key}`);
    const length = this.database.get(COLUMN_FAMILY, bytes, 0, bytes.length);
    return length < 0 ? undefined : decoder.decode(this.database.result.subarray(0, length));
  }

  /** What is in memory becomes a file. @returns its name */
  async flush(): Promise<string> {
    const before = new Set(this.names());
    await this.database.flush();
    return this.names().find((name) => !before.has(name)) ?? '';
  }

  /** Replaces files by new ones on a lower level. @returns the names of the new ones */
  async compact(names: readonly string[], outputLevel: number): Promise<string[]> {
    const before = new Set(this.names());
    await this.database.compactFiles(COLUMN_FAMILY, names, {
      outputLevel,
      outputFileBytes: 1024 * 1024,
    });
    return this.names().filter((name) => !before.has(name));
  }

  /** Of the SST files, sorted. */
  names(): string[] {
    return this.database
      .liveFiles()
      .map(({ name }) => name)
      .sort();
  }
}
