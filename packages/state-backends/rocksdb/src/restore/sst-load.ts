/**
 * Brings rows into a database as SST files of their own, which RocksDB takes up as they are: nothing
 * goes through memtables, and nothing is compacted before it is read.
 *
 * Invariants:
 * - A file holds ascending keys; rows that come before what its file ends with begin another.
 * - After `finish` or `abort` no file is left in the folder.
 *
 * RocksDB: SstFileWriter, IngestExternalFile.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeSstFileWriter } from '../binding/native-addon.ts';
import { databaseError } from '../database/database-error.ts';
import { packedKey } from '../database/packed-rows.ts';
import type { PackedChunk } from './sorted-run.ts';

/** As RocksDB's own at level 1 by default. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** What is needed of a database. */
export interface SstTarget {
  createSstFileWriter(columnFamily: number, path: string): NativeSstFileWriter;
  ingest(columnFamily: number, paths: readonly string[]): Promise<void>;
}

interface OpenFile {
  readonly path: string;
  readonly writer: NativeSstFileWriter;
  bytes: number;
  lastKey: Uint8Array;
}

interface Load {
  open: OpenFile | undefined;
  readonly finished: string[];
}

export class SstLoad {
  private readonly target: SstTarget;
  private readonly folder: string;
  private readonly fileBytesMax: number;
  private readonly loads = new Map<number, Load>();
  private nextFile = 0;

  /** @param folder - exists, on the disk of the database, which then moves the files */
  constructor(target: SstTarget, folder: string, fileBytesMax: number = FILE_BYTES_MAX) {
    this.target = target;
    this.folder = folder;
    this.fileBytesMax = fileBytesMax;
  }

  /** @throws TaskError `DISK_FULL`, `ROCKSDB_FAILED` */
  async add(columnFamily: number, { rows, end, last }: PackedChunk): Promise<void> {
    const load = this.loadOf(columnFamily);
    if (load.open !== undefined && this.mustEnd(load.open, packedKey(rows, 0))) {
      await this.finishFile(load);
    }
    load.open ??= this.newFile(columnFamily);
    const { open } = load;
    try {
      open.writer.add(rows, end);
    } catch (error) {
      throw loadError(open.path, error);
    }
    open.bytes += end;
    open.lastKey = packedKey(rows, last).slice();
  }

  /** Then the rows are in the database. @throws TaskError `DISK_FULL`, `ROCKSDB_FAILED` */
  async finish(): Promise<void> {
    for (const [columnFamily, load] of this.loads) {
      await this.finishFile(load);
      if (load.finished.length > 0) {
        await this.target.ingest(columnFamily, load.finished);
        load.finished.length = 0;
      }
    }
  }

  /** Gives up. Never throws. */
  async abort(): Promise<void> {
    for (const load of this.loads.values()) {
      abortWriter(load.open);
      load.open = undefined;
      for (const path of load.finished) {
        await rm(path, { force: true }).catch(() => undefined);
      }
    }
    this.loads.clear();
  }

  private mustEnd(open: OpenFile, firstKey: Uint8Array): boolean {
    return open.bytes >= this.fileBytesMax || Buffer.compare(open.lastKey, firstKey) >= 0;
  }

  private newFile(columnFamily: number): OpenFile {
    const path = join(this.folder, `load-${this.nextFile++}.sst`);
    const writer = this.target.createSstFileWriter(columnFamily, path);
    return { path, writer, bytes: 0, lastKey: new Uint8Array() };
  }

  private async finishFile(load: Load): Promise<void> {
    const { open } = load;
    if (open === undefined) {
      return;
    }
    try {
      await open.writer.finish();
    } catch (error) {
      throw loadError(open.path, error);
    }
    load.finished.push(open.path);
    load.open = undefined;
  }

  private loadOf(columnFamily: number): Load {
    let load = this.loads.get(columnFamily);
    if (load === undefined) {
      load = { open: undefined, finished: [] };
      this.loads.set(columnFamily, load);
    }
    return load;
  }
}

function abortWriter(open: OpenFile | undefined): void {
  try {
    open?.writer.abort();
  } catch {
    // What failed before is what is told; the folder goes with its task.
  }
}

function loadError(path: string, error: unknown): Error {
  return databaseError(error, `the file ${path} cannot be written`);
}
