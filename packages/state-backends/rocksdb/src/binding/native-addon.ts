/**
 * What the native addon offers: RocksDB's C++ API, as thin as the call convention allows.
 *
 * Convention of the record path: integers in, one integer out. Keys and values lie in a `Uint8Array`
 * of the caller's; results go to the database's result buffer, which `setResultBuffer` gives. A result
 * that does not fit stays in the addon until `takeResult`.
 *
 * Invariants:
 * - Every function checks its handle: after `close` it throws `CLOSED` and RocksDB is not called.
 * - Bytes of the caller are used before a synchronous function returns, and copied by an asynchronous
 *   one before it returns its promise.
 * - Errors of RocksDB are thrown as `Error` with `code` (`NativeErrorCode`) and RocksDB's message.
 * - All integers in packed bytes are unsigned, 32 bits, little-endian, unless said otherwise.
 *
 * Flink: org.rocksdb of frocksdbjni.
 */

/** What `bindingVersion` must be: raised with each change of what this file says. */
export const BINDING_VERSION = 2;

/** Codes of RocksDB's Status, and two of the addon. */
export type NativeErrorCode =
  | 'CORRUPTION'
  | 'IO_ERROR'
  | 'NO_SPACE'
  | 'NOT_FOUND'
  | 'NOT_SUPPORTED'
  | 'INVALID_ARGUMENT'
  | 'BUSY'
  | 'INCOMPLETE'
  | 'ABORTED'
  | 'TRY_AGAIN'
  | 'MEMORY_LIMIT'
  | 'OTHER'
  /** The handle was closed. */
  | 'CLOSED';

export interface NativeAddon {
  readonly bindingVersion: number;
  /** `7.8.3`. */
  readonly rocksdbVersion: string;
  /** RocksDB's names: `kSnappyCompression`, … */
  readonly compressions: readonly string[];
  /**
   * A block cache and a write buffer manager that is charged to it, for all threads of the process.
   * The same `name` gives the same objects until the last holder released them; then the spec of
   * those that follow is passed over.
   */
  acquireSharedMemory(name: string, spec: NativeSharedMemorySpec): NativeSharedMemory;
  /** Opens, or creates where there is none. Column families that the spec leaves out are dropped. */
  open(path: string, spec: NativeOpenSpec): Promise<NativeDatabase>;
  /**
   * Names of the column families of a closed database. @throws `NOT_FOUND`, `CORRUPTION`, `IO_ERROR`
   */
  listColumnFamilies(path: string): string[];
  /** Checks option strings without opening anything. @throws `INVALID_ARGUMENT` naming the option */
  checkOptions(dbOptions: string, columnFamilyOptions: string): void;
}

export interface NativeSharedMemorySpec {
  readonly cacheBytes: number;
  readonly writeBufferBytes: number;
  /** Share of the cache for index and filter blocks, 0 to 1. */
  readonly highPriorityPoolRatio: number;
}

export interface NativeSharedMemory {
  readonly id: number;
  cacheUsageBytes(): number;
  cachePinnedBytes(): number;
  writeBufferUsageBytes(): number;
  release(): void;
}

export interface NativeOpenSpec {
  /** RocksDB's option string: `max_background_jobs=2;max_open_files=-1`. */
  readonly dbOptions: string;
  /** `default` is opened in any case. Their order gives ids 0, 1, …; `default` gets one if listed. */
  readonly columnFamilies: readonly NativeColumnFamilySpec[];
  readonly sharedMemory?: NativeSharedMemory | undefined;
  /** Whether tickers are counted: it costs a few percent. */
  readonly statistics: boolean;
}

export interface NativeColumnFamilySpec {
  readonly name: string;
  /** With `block_based_table_factory={…}`, `merge_operator=…` and all else, in RocksDB's words. */
  readonly options: string;
  readonly ttl?: NativeTtlSpec | undefined;
}

/** Which entries a compaction drops. Flink: FlinkCompactionFilter of frocksdb. */
export interface NativeTtlSpec {
  readonly kind: 'value' | 'list' | 'map';
  readonly ttlMs: number;
  /**
   * Of a list: bytes of an element with its timestamp; 0 for Flink's strings with a timestamp before
   * them; -1 where an element's end cannot be told, and then the list stays.
   */
  readonly elementBytes: number;
}

/** Options of RocksDB's tickers and the like are asked for by RocksDB's own names. */
export interface NativeDatabase {
  setResultBuffer(buffer: Uint8Array): void;
  /** Copies the result that did not fit. */
  takeResult(target: Uint8Array): void;

  /** @returns its id */
  createColumnFamily(spec: NativeColumnFamilySpec): number;
  dropColumnFamily(columnFamily: number): void;

  /** @returns bytes of the value, or -1 */
  get(columnFamily: number, bytes: Uint8Array, keyStart: number, keyEnd: number): number;
  /**
   * Keys packed as (length, bytes) each. The result is packed in their order as (length, bytes), with
   * length 0xffffffff for an absent one.
   *
   * @returns bytes of the result
   */
  multiGet(columnFamily: number, keys: Uint8Array, keysEnd: number, count: number): number;
  /** The value follows the key in `bytes`. */
  put(
    columnFamily: number,
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueEnd: number,
  ): void;
  merge(
    columnFamily: number,
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueEnd: number,
  ): void;
  delete(columnFamily: number, bytes: Uint8Array, keyStart: number, keyEnd: number): void;
  /**
   * All or none: operations packed as (kind, column family, key length, value length, key, value), kind
   * one byte of `BatchOperation`; of `deleteRange` the value is the end, exclusive.
   */
  write(operations: Uint8Array, end: number): void;

  /**
   * Rows from `lower` to before `upper`, of a snapshot or of now. Any write after is not seen.
   *
   * @returns the id of the iterator
   */
  createIterator(
    columnFamily: number,
    lower: Uint8Array,
    upper: Uint8Array | undefined,
    snapshot: number | undefined,
  ): number;
  /**
   * The next rows, packed as (key length, value length, key, value) each, until the result buffer is
   * full, or `rows` are there. A row that alone does not fit comes alone, by `takeResult`.
   *
   * @returns bytes of the result; 0 at the end
   */
  next(iterator: number, rows: number): number;
  /** Goes to the first row that is not before `key`. */
  seek(iterator: number, bytes: Uint8Array, keyStart: number, keyEnd: number): void;
  closeIterator(iterator: number): void;

  createSnapshot(): number;
  releaseSnapshot(snapshot: number): void;

  deleteRange(columnFamily: number, begin: Uint8Array, end: Uint8Array): void;
  /** Drops whole files; what remains of the range stays. */
  deleteFilesInRange(columnFamily: number, begin: Uint8Array, end: Uint8Array): void;
  flush(): Promise<void>;
  compactRange(
    columnFamily: number,
    begin: Uint8Array | undefined,
    end: Uint8Array | undefined,
  ): Promise<void>;
  /** Compacts these files into `outputLevel`. Flink: RocksDBManualCompactionManager. */
  compactFiles(
    columnFamily: number,
    files: readonly string[],
    outputLevel: number,
    outputFileBytes: number,
  ): Promise<void>;
  /** Files that `SstFileWriter`s of this database wrote; they are moved. */
  ingest(columnFamily: number, paths: readonly string[]): Promise<void>;
  createSstFileWriter(columnFamily: number, path: string): NativeSstFileWriter;

  /**
   * A copy of now in a new folder, by hard links where the file system can. Memtables are flushed.
   * One at a time; the database may be read meanwhile, and what is written meanwhile may be in it.
   */
  createCheckpoint(path: string): Promise<void>;
  /** Blocks the thread until the running checkpoint is written, or failed; nothing when none runs. */
  waitForCheckpoint(): void;

  liveFiles(): NativeLiveFile[];
  /** One of RocksDB's properties of a column family, as text; `undefined` when it has none. */
  property(columnFamily: number, name: string): string | undefined;
  /** `rocksdb.block.cache.hit`, …; 0 without statistics. */
  ticker(name: string): number;
  setOptions(columnFamily: number, options: string): void;
  /** What compactions drop from now on, also of a column family that was opened without. */
  setTtl(columnFamily: number, ttl: NativeTtlSpec): void;
  /** The time by which compactions judge what is expired, ms. */
  setTtlTime(nowMs: number): void;

  /** Closes iterators, snapshots and column families; waits for what runs. Twice does nothing. */
  close(): Promise<void>;
}

export interface NativeSstFileWriter {
  /** Rows packed as (key length, value length, key, value), keys ascending over all calls. */
  add(rows: Uint8Array, end: number): void;
  /** @returns the bytes of the file */
  finish(): Promise<number>;
  /** Gives up and deletes the file. */
  abort(): void;
}

export interface NativeLiveFile {
  readonly columnFamily: string;
  /** `000012.sst`. */
  readonly name: string;
  readonly level: number;
  readonly sizeBytes: number;
  readonly smallestKey: Uint8Array;
  readonly largestKey: Uint8Array;
  readonly beingCompacted: boolean;
}

export const BatchOperation: {
  readonly PUT: 1;
  readonly DELETE: 2;
  readonly MERGE: 3;
  readonly DELETE_RANGE: 4;
} = { PUT: 1, DELETE: 2, MERGE: 3, DELETE_RANGE: 4 };
