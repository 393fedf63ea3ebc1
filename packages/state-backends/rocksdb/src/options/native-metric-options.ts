/** Which gauges of RocksDB there are. Flink: RocksDBNativeMetricOptions. */
import {
  type ConfigOption,
  type Configuration,
  RocksDBNativeMetricOptions as Keys,
} from '@millrace/core';

export interface NativeMetricOptions {
  /** Of each state, by RocksDB's names: `rocksdb.estimate-num-keys`. */
  readonly properties: readonly string[];
  /** Of the database, by RocksDB's names: `rocksdb.block.cache.hit`. */
  readonly tickers: readonly string[];
  /** Whether the state's name is a variable and not a part of the metric's name. */
  readonly columnFamilyAsVariable: boolean;
}

const LEVELS = 7;

/** By key, where RocksDB's name is not the key's last part. */
const TICKERS: ReadonlyMap<ConfigOption<boolean>, string> = new Map([
  [Keys.MONITOR_BLOCK_CACHE_HIT, 'rocksdb.block.cache.hit'],
  [Keys.MONITOR_BLOCK_CACHE_MISS, 'rocksdb.block.cache.miss'],
  [Keys.MONITOR_BLOOM_FILTER_USEFUL, 'rocksdb.bloom.filter.useful'],
  [Keys.MONITOR_BLOOM_FILTER_FULL_POSITIVE, 'rocksdb.bloom.filter.full.positive'],
  [Keys.MONITOR_BLOOM_FILTER_FULL_TRUE_POSITIVE, 'rocksdb.bloom.filter.full.true.positive'],
  [Keys.MONITOR_BYTES_READ, 'rocksdb.bytes.read'],
  [Keys.MONITOR_ITER_BYTES_READ, 'rocksdb.db.iter.bytes.read'],
  [Keys.MONITOR_BYTES_WRITTEN, 'rocksdb.bytes.written'],
  [Keys.MONITOR_COMPACTION_READ_BYTES, 'rocksdb.compact.read.bytes'],
  [Keys.MONITOR_COMPACTION_WRITE_BYTES, 'rocksdb.compact.write.bytes'],
  [Keys.MONITOR_STALL_MICROS, 'rocksdb.stall.micros'],
]);

export function nativeMetricOptions(configuration: Configuration): NativeMetricOptions {
  const on = Object.values(Keys)
    .filter((option) => option !== Keys.METRICS_COLUMN_FAMILY_AS_VARIABLE)
    .filter((option) => configuration.get(option));
  return {
    properties: on.filter((option) => !TICKERS.has(option)).flatMap(propertiesOf),
    tickers: on.flatMap((option) => TICKERS.get(option) ?? []),
    columnFamilyAsVariable: configuration.get(Keys.METRICS_COLUMN_FAMILY_AS_VARIABLE),
  };
}

function propertiesOf(option: ConfigOption<boolean>): string[] {
  const name = `rocksdb.${option.key.slice(option.key.lastIndexOf('.') + 1)}`;
  return option === Keys.MONITOR_NUM_FILES_AT_LEVEL
    ? Array.from({ length: LEVELS }, (_, level) => `${name}${level}`)
    : [name];
}
