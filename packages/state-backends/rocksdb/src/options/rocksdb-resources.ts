/**
 * What one backend is given of options and memory. Flink: RocksDBResourceContainer.
 */
import type {
  NativeColumnFamilySpec,
  NativeOpenSpec,
  NativeTtlSpec,
} from '../binding/native-addon.ts';

/** Of one keyed state backend, from its opening to `close`. */
export interface RocksDBResources {
  /** Of the backend alone, absolute; made on demand, removed by `close`. */
  readonly workingDirectory: string;
  readonly transferConcurrency: number;
  /** `state.backend.rocksdb.write-batch-size`, bytes; 0: by count alone. */
  readonly writeBatchBytes: number;
  /** What the decoded values that are kept in memory may take, estimated, bytes. */
  readonly valueCacheBytes: number;
  readonly timerCacheSize: number;
  readonly restore: RestoreOptions;
  /** All of an opening but the column families. */
  openSpec(): Omit<NativeOpenSpec, 'columnFamilies'>;
  columnFamily(name: string, ttl?: NativeTtlSpec): NativeColumnFamilySpec;
  /** Releases shared memory and removes `workingDirectory`. Never throws. */
  close(): Promise<void>;
}

export interface RestoreOptions {
  /** `state.backend.rocksdb.restore-overlap-fraction-threshold`, 0 to 1. */
  readonly overlapFractionThreshold: number;
  readonly useIngestDbRestoreMode: boolean;
  readonly asyncCompactAfterRescale: boolean;
  readonly useDeleteFilesInRange: boolean;
}
