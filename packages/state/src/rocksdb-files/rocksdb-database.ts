/**
 * The RocksDB database that an incremental handle holds, read and never written.
 *
 * Invariants:
 * - The files of the handle are those of its manifest: none is missing, none is left over.
 * - Only CURRENT and MANIFEST are read when it is opened; each SST file when a merge comes to it.
 *
 * Design: docs/decisions/0007-rocksdb-files-are-read-in-typescript.md. Bytes: docs/formats/rocksdb-files.md
 */
import { CheckpointError } from '@millrace/core';
import type {
  HandleAndLocalPath,
  IncrementalRemoteKeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { ColumnFamilyCursor } from './column-family-cursor.ts';
import { type ColumnFamilyFiles, readCurrent, readManifest } from './manifest.ts';
import { SstTables } from './sst-tables.ts';
import type { LiveFile } from './version-edit.ts';

/** Of all files together; each has a part of it. */
const READ_AHEAD_BYTES = 16 * 1024 * 1024;
const READ_AHEAD_BYTES_MIN = 16 * 1024;
const READ_AHEAD_BYTES_MAX = 256 * 1024;

const SST_FILE = /^(\d+)\.(sst|ldb)$/;

export class RocksDatabase {
  /** By name: Flink keeps each state in its own. */
  readonly columnFamilies: ReadonlyMap<string, ColumnFamilyFiles>;
  private readonly tables: SstTables;
  private readonly readAheadBytesMax: number;

  /** Where the database is named in messages, as its manifest. */
  readonly source: string;

  private constructor(opened: {
    readonly columnFamilies: ReadonlyMap<string, ColumnFamilyFiles>;
    readonly tables: SstTables;
    readonly source: string;
  }) {
    this.columnFamilies = opened.columnFamilies;
    this.tables = opened.tables;
    this.source = opened.source;
    const files = [...opened.columnFamilies.values()].flatMap((family) => family.files).length;
    this.readAheadBytesMax = Math.min(
      READ_AHEAD_BYTES_MAX,
      Math.max(READ_AHEAD_BYTES_MIN, Math.floor(READ_AHEAD_BYTES / Math.max(1, files))),
    );
  }

  /** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `UNSUPPORTED` */
  static async open(
    handle: IncrementalRemoteKeyedStateHandle,
    openStateHandle: OpenStateHandle,
  ): Promise<RocksDatabase> {
    const files = new HandleFiles(handle, openStateHandle);
    const manifestName = await files.read('CURRENT', readCurrent);
    const columnFamilies = await files.read(manifestName, readManifest);
    files.checkLive(columnFamilies, manifestName);
    return new RocksDatabase({
      columnFamilies,
      tables: new SstTables((file) => files.sst(file)),
      source: files.source(manifestName),
    });
  }

  /** Before the first key; `undefined` when there is no such column family. */
  cursor(columnFamilyName: string): ColumnFamilyCursor | undefined {
    const family = this.columnFamilies.get(columnFamilyName);
    return family && new ColumnFamilyCursor(family, this.tables, this.readAheadBytesMax);
  }

  async close(): Promise<void> {
    await this.tables.close();
  }
}

/** The files of a handle by the names that the database has for them. */
class HandleFiles {
  private readonly byName = new Map<string, StreamStateHandle>();
  private readonly sstByNumber = new Map<number, HandleAndLocalPath>();
  private readonly openStateHandle: OpenStateHandle;

  constructor(handle: IncrementalRemoteKeyedStateHandle, openStateHandle: OpenStateHandle) {
    this.openStateHandle = openStateHandle;
    for (const file of [...handle.shared, ...handle.private]) {
      if (this.byName.has(file.localPath)) {
        throw this.corrupt(`names the file ${file.localPath} twice`);
      }
      this.byName.set(file.localPath, file.handle);
      const number = SST_FILE.exec(file.localPath)?.[1];
      if (number !== undefined) {
        this.sstByNumber.set(Number(number), file);
      }
    }
  }

  source(name: string): string {
    return sourceOf(name, this.byName.get(name));
  }

  async read<T>(
    name: string,
    parse: (reader: StateHandleReader, source: string) => Promise<T>,
  ): Promise<T> {
    const handle = this.byName.get(name);
    if (handle === undefined) {
      throw this.corrupt(`does not have the file ${name}`);
    }
    const reader = await this.openStateHandle(handle);
    try {
      return await parse(reader, sourceOf(name, handle));
    } finally {
      await reader.close();
    }
  }

  checkLive(families: ReadonlyMap<string, ColumnFamilyFiles>, manifestName: string): void {
    const live = new Set<number>();
    for (const { name, files } of families.values()) {
      for (const { number } of files) {
        live.add(number);
        if (!this.sstByNumber.has(number)) {
          const file = `${String(number).padStart(6, '0')}.sst`;
          const what = `lacks the file ${file}, which holds state '${name}'`;
          throw this.corrupt(`${what}, as ${this.source(manifestName)} says`);
        }
      }
    }
    for (const [number, { localPath }] of this.sstByNumber) {
      if (!live.has(number)) {
        throw this.corrupt(
          `has the file ${localPath}, which ${this.source(manifestName)} does not know`,
        );
      }
    }
  }

  sst(file: LiveFile): { source: string; open: () => Promise<StateHandleReader> } {
    const { localPath, handle } = this.sstByNumber.get(file.number)!;
    return {
      source: sourceOf(localPath, handle),
      open: () => this.openStateHandle(handle),
    };
  }

  private corrupt(what: string): CheckpointError {
    return new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `a RocksDB snapshot ${what}; restore another snapshot`,
    );
  }
}

function sourceOf(name: string, handle: StreamStateHandle | undefined): string {
  if (handle === undefined) {
    return `RocksDB file ${name}`;
  }
  switch (handle.kind) {
    case 'empty-segment-file':
      return `RocksDB file ${name} (empty)`;
    case 'byte-stream':
      return `RocksDB file ${name} (inline, ${handle.handleName})`;
    default:
      return `RocksDB file ${name} (${handle.path})`;
  }
}
