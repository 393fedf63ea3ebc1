/**
 * A program's own word on the options of RocksDB.
 *
 * Flink: RocksDBOptionsFactory, ConfigurableRocksDBOptionsFactory.
 */
import type { Configuration } from '@millrace/core';
import type { NativeMetricOptions } from './native-metric-options.ts';
import type { ColumnFamilyOptions, DBOptions } from './option-records.ts';

/**
 * Its records are those that hold, but for shared memory, which replaces block caches and write buffer
 * managers. Give what is `current` back with what is to be different.
 *
 * The merge operator, the comparator, checksums and the format of files are not open: Flink reads them.
 */
export interface RocksDBOptionsFactory {
  createDBOptions?(current: DBOptions): DBOptions;
  /** Of each state alike. */
  createColumnOptions?(current: ColumnFamilyOptions): ColumnFamilyOptions;
  createNativeMetricsOptions?(current: NativeMetricOptions): NativeMetricOptions;
}

/** One that reads keys of its own; it is asked before its options are. */
export interface ConfigurableRocksDBOptionsFactory extends RocksDBOptionsFactory {
  /** Gives the factory that holds: itself, as a rule. */
  configure(configuration: Configuration): RocksDBOptionsFactory;
}

export function configureFactory(
  factory: RocksDBOptionsFactory | ConfigurableRocksDBOptionsFactory,
  configuration: Configuration,
): RocksDBOptionsFactory {
  return 'configure' in factory && typeof factory.configure === 'function'
    ? factory.configure(configuration)
    : factory;
}
