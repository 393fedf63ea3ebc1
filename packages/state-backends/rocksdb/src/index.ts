/** EmbeddedRocksDBStateBackend: keyed state in RocksDB. */
export {
  createStateBackend,
  EmbeddedRocksDBStateBackend,
} from './backend/embedded-rocksdb-state-backend.ts';
export type { PriorityQueueStateType } from './backend/open-rocksdb-keyed-state-backend.ts';
export { createRocksDBStateBackend, RocksDBStateBackend } from './backend/rocksdb-state-backend.ts';
export { whyNoNativeAddon, wrapNativeAddon } from './binding/load-native-addon.ts';
export type { NativeAddon, NativeDatabase } from './binding/native-addon.ts';
export { RocksDBMemoryConfiguration } from './options/memory-configuration.ts';
export type { NativeMetricOptions } from './options/native-metric-options.ts';
export type {
  BlockBasedTableOptions,
  ColumnFamilyOptions,
  DBOptions,
  OptionRecord,
  OptionValue,
} from './options/option-records.ts';
export { PredefinedOptions } from './options/predefined-options.ts';
export type {
  ConfigurableRocksDBOptionsFactory,
  RocksDBOptionsFactory,
} from './options/rocksdb-options-factory.ts';
