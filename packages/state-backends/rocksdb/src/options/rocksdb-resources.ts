/**
 * What one backend is given of options and memory. Flink: RocksDBResourceContainer.
 */
import type {
  NativeColumnFamilySpec,
  NativeOpenSpec,
  NativeTtlSpec,
} from '../binding/native-addon.ts';
import type { NativeMetricOptions } from './native-metric-options.ts';

/** Of one keyed state backend, from its opening to `close`. `openResources` makes them. */
export interface RocksDBResources {
  /** Of the backend alone, absolute, and there; removed by `close`. */
  readonly workingDirectory: string;
  readonly transferConcurrency: number;
  /** `state.backend.rocksdb.write-batch-size`, bytes, as `isBatchFull` takes it. */
  readonly writeBatchBytes: number;
  /**
   * What the decoded values that are kept in memory may take, estimated, bytes; 0: none are kept. It falls
   * when another backend comes into the slot, and rises when one goes.
   */
  readonly valueCacheBytes: number;
  /** Told, between records, of each change of `valueCacheBytes` until the resources are closed. */
  onValueCacheBytes(listener: (bytes: number) => void): void;
  readonly timerCacheSize: number;
  readonly restore: RestoreOptions;
  readonly manualCompaction: ManualCompactionOptions;
  readonly metrics: NativeMetricOptions;
  /** All of an opening but the column families. */
  openSpec(): Omit<NativeOpenSpec, 'columnFamilies'>;
  columnFamily(name: string, ttl?: NativeTtlSpec): NativeColumnFamilySpec;
  /** Releases shared memory and removes `workingDirectory`. After the database is closed. Never throws. */
  close(): Promise<void>;
}

export interface RestoreOptions {
  /** `state.backend.rocksdb.restore-overlap-fraction-threshold`, 0 to 1. */
  readonly overlapFractionThreshold: number;
  readonly useIngestDbRestoreMode: boolean;
  readonly asyncCompactAfterRescale: boolean;
  readonly useDeleteFilesInRange: boolean;
}

/** `state.backend.rocksdb.manual-compaction.*`. Flink: RocksDBManualCompactionConfig. */
export interface ManualCompactionOptions {
  /** 0: never. */
  readonly minIntervalMs: number;
  readonly maxParallelCompactions: number;
  readonly maxFileSizeToCompactBytes: number;
  readonly minFilesToCompact: number;
  readonly maxFilesToCompact: number;
  readonly maxOutputFileSizeBytes: number;
  readonly maxAutoCompactions: number;
}
