/**
 * One database of RocksDB, and what its errors are called.
 *
 * Results of the record path are bytes in `result`, valid until the next call.
 *
 * Flink: org.rocksdb.RocksDB.
 */
// Hot path.

import { loadNativeAddon } from '../binding/load-native-addon.ts';
import type {
  NativeColumnFamilySpec,
  NativeDatabase,
  NativeLiveFile,
  NativeOpenSpec,
  NativeSstFileWriter,
  NativeTtlSpec,
} from '../binding/native-addon.ts';
import { databaseError, optionsError } from './database-error.ts';
import type { WriteBatch } from './write-batch.ts';

const RESULT_BYTES_FIRST = 64 * 1024;
/** Of results; a larger one has an array of its own, which goes with the next result. */
const RESULT_BYTES_KEPT = 4 * 1024 * 1024;
const ABSENT = -1;

export class RocksDatabase {
  readonly path: string;
  /** Where the last result is: another array after one that did not fit, and after a large one. */
  result: Uint8Array;
  /** Of the first write that failed, which may have lost entries; `undefined` while none has. */
  writeFailure: unknown;
  /** Where the addon writes results. */
  private kept: Uint8Array;
  private readonly native: NativeDatabase;

  private constructor(path: string, native: NativeDatabase) {
    this.path = path;
    this.native = native;
    this.kept = new Uint8Array(RESULT_BYTES_FIRST);
    this.result = this.kept;
    this.writeFailure = undefined;
    native.setResultBuffer(this.kept);
  }

  /**
   * Column families have the ids 0, 1, … in the order of the spec.
   *
   * @throws ConfigError `ROCKSDB_NOT_BUILT`, `CONFIG_VALUE_INVALID` for options that RocksDB does not take
   * @throws TaskError `ROCKSDB_FAILED`, `DISK_FULL`
   */
  static async open(path: string, spec: NativeOpenSpec): Promise<RocksDatabase> {
    const addon = loadNativeAddon();
    try {
      return new RocksDatabase(path, await addon.open(path, spec));
    } catch (error) {
      throw optionsError(error, `the database in ${path} cannot be opened`);
    }
  }

  /** Bytes of the value in `result`, or -1. */
  get(columnFamily: number, bytes: Uint8Array, keyStart: number, keyEnd: number): number {
    try {
      const length = this.native.get(columnFamily, bytes, keyStart, keyEnd);
      return this.fitted(length);
    } catch (error) {
      throw this.failed('read', error);
    }
  }

  has(columnFamily: number, bytes: Uint8Array, keyStart: number, keyEnd: number): boolean {
    return this.get(columnFamily, bytes, keyStart, keyEnd) !== ABSENT;
  }

  /** See `NativeDatabase.multiGet`. */
  multiGet(columnFamily: number, keys: Uint8Array, keysEnd: number, count: number): number {
    try {
      const length = this.native.multiGet(columnFamily, keys, keysEnd, count);
      return this.fitted(length);
    } catch (error) {
      throw this.failed('read', error);
    }
  }

  /** Applies and clears the batch. */
  write(batch: WriteBatch): void {
    if (batch.count === 0) {
      return;
    }
    try {
      this.native.write(batch.bytes, batch.end);
    } catch (error) {
      throw this.writeFailed(error);
    }
    batch.clear();
  }

  /** See `NativeDatabase.createIterator`. Close it. */
  createIterator(
    columnFamily: number,
    bounds: { readonly lower: Uint8Array; readonly upper?: Uint8Array | undefined },
    snapshot?: number,
  ): number {
    try {
      return this.native.createIterator(columnFamily, bounds.lower, bounds.upper, snapshot);
    } catch (error) {
      throw this.failed('read', error);
    }
  }

  /** Bytes of the next rows in `result`, packed as `NativeDatabase.next` says; 0 at the end. */
  next(iterator: number, rows: number): number {
    try {
      const length = this.native.next(iterator, rows);
      return this.fitted(length);
    } catch (error) {
      throw this.failed('read', error);
    }
  }

  seek(iterator: number, bytes: Uint8Array, keyStart: number, keyEnd: number): void {
    try {
      this.native.seek(iterator, bytes, keyStart, keyEnd);
    } catch (error) {
      throw this.failed('read', error);
    }
  }

  closeIterator(iterator: number): void {
    this.native.closeIterator(iterator);
  }

  createSnapshot(): number {
    return this.native.createSnapshot();
  }

  releaseSnapshot(snapshot: number): void {
    this.native.releaseSnapshot(snapshot);
  }

  createColumnFamily(spec: NativeColumnFamilySpec): number {
    try {
      return this.native.createColumnFamily(spec);
    } catch (error) {
      throw optionsError(error, this.cannotBe(`given the column family '${spec.name}'`));
    }
  }

  dropColumnFamily(columnFamily: number): void {
    try {
      this.native.dropColumnFamily(columnFamily);
    } catch (error) {
      throw this.failed('written', error);
    }
  }

  deleteRange(columnFamily: number, begin: Uint8Array, end: Uint8Array): void {
    try {
      this.native.deleteRange(columnFamily, begin, end);
    } catch (error) {
      throw this.writeFailed(error);
    }
  }

  deleteFilesInRange(columnFamily: number, begin: Uint8Array, end: Uint8Array): void {
    try {
      this.native.deleteFilesInRange(columnFamily, begin, end);
    } catch (error) {
      throw this.failed('written', error);
    }
  }

  async flush(): Promise<void> {
    try {
      await this.native.flush();
    } catch (error) {
      throw this.failed('flushed', error);
    }
  }

  async compactRange(columnFamily: number, begin?: Uint8Array, end?: Uint8Array): Promise<void> {
    try {
      await this.native.compactRange(columnFamily, begin, end);
    } catch (error) {
      throw this.failed('compacted', error);
    }
  }

  async compactFiles(
    columnFamily: number,
    files: readonly string[],
    to: { readonly outputLevel: number; readonly outputFileBytes: number },
  ): Promise<void> {
    try {
      await this.native.compactFiles(columnFamily, files, to.outputLevel, to.outputFileBytes);
    } catch (error) {
      throw this.failed('compacted', error);
    }
  }

  async ingest(columnFamily: number, paths: readonly string[]): Promise<void> {
    try {
      await this.native.ingest(columnFamily, paths);
    } catch (error) {
      throw this.failed('loaded', error);
    }
  }

  /** Its errors are the addon's: pass them through `databaseError`. */
  createSstFileWriter(columnFamily: number, path: string): NativeSstFileWriter {
    try {
      return this.native.createSstFileWriter(columnFamily, path);
    } catch (error) {
      throw this.failed('loaded', error);
    }
  }

  /** See `NativeDatabase.createCheckpoint`. */
  async createCheckpoint(path: string): Promise<void> {
    try {
      await this.native.createCheckpoint(path);
    } catch (error) {
      throw this.failed(`copied to ${path}`, error);
    }
  }

  waitForCheckpoint(): void {
    this.native.waitForCheckpoint();
  }

  liveFiles(): NativeLiveFile[] {
    return this.native.liveFiles();
  }

  property(columnFamily: number, name: string): string | undefined {
    return this.native.property(columnFamily, name);
  }

  ticker(name: string): number {
    return this.native.ticker(name);
  }

  /** See `NativeDatabase.setOptions`. */
  setOptions(columnFamily: number, options: string): void {
    try {
      this.native.setOptions(columnFamily, options);
    } catch (error) {
      throw optionsError(error, this.cannotBe('set up'));
    }
  }

  setTtl(columnFamily: number, ttl: NativeTtlSpec): void {
    this.native.setTtl(columnFamily, ttl);
  }

  setTtlTime(nowMs: number): void {
    this.native.setTtlTime(nowMs);
  }

  /** Waits for what runs. Twice does nothing. */
  close(): Promise<void> {
    return this.native.close();
  }

  private fitted(length: number): number {
    if (length > this.kept.length) {
      this.take(length);
    } else {
      this.result = this.kept;
    }
    return length;
  }

  private writeFailed(cause: unknown): Error {
    const error = this.failed('written', cause);
    this.writeFailure ??= error;
    return error;
  }

  private take(length: number): void {
    if (length > RESULT_BYTES_KEPT) {
      this.result = new Uint8Array(length);
      this.native.takeResult(this.result);
      return;
    }
    this.kept = new Uint8Array(Math.min(RESULT_BYTES_KEPT, Math.max(length, 2 * this.kept.length)));
    this.result = this.kept;
    this.native.takeResult(this.kept);
    this.native.setResultBuffer(this.kept);
  }

  private failed(what: string, cause: unknown): Error {
    return databaseError(cause, this.cannotBe(what));
  }

  private cannotBe(what: string): string {
    return `the database in ${this.path} cannot be ${what}`;
  }
}
