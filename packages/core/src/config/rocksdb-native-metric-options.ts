/**
 * Gauges of RocksDB, off unless switched on: reading them takes time, and the counters a few percent.
 *
 * Flink: RocksDBNativeMetricOptions.
 */
import type { ConfigOption } from './config-option.ts';
import { boolOption } from './option-builders.ts';

export const METRICS_COLUMN_FAMILY_AS_VARIABLE: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.metrics.column-family-as-variable',
  defaultValue: false,
  description:
    'Whether the state’s name is a variable of the metric, column_family, and not a part of its name.',
});

export const MONITOR_NUM_IMMUTABLE_MEM_TABLE: ConfigOption<boolean> = metric(
  'num-immutable-mem-table',
  'write buffers that wait to be flushed',
);

export const MONITOR_MEM_TABLE_FLUSH_PENDING: ConfigOption<boolean> = metric(
  'mem-table-flush-pending',
  'whether a flush is due: 1 or 0',
);

export const MONITOR_COMPACTION_PENDING: ConfigOption<boolean> = metric(
  'compaction-pending',
  'whether a compaction is due: 1 or 0',
);

export const MONITOR_BACKGROUND_ERRORS: ConfigOption<boolean> = metric(
  'background-errors',
  'errors of background work so far',
);

export const MONITOR_CUR_SIZE_ACTIVE_MEM_TABLE: ConfigOption<boolean> = metric(
  'cur-size-active-mem-table',
  'bytes of the active write buffer',
);

export const MONITOR_CUR_SIZE_ALL_MEM_TABLES: ConfigOption<boolean> = metric(
  'cur-size-all-mem-tables',
  'bytes of active and unflushed write buffers',
);

export const MONITOR_SIZE_ALL_MEM_TABLES: ConfigOption<boolean> = metric(
  'size-all-mem-tables',
  'bytes of active, unflushed and pinned write buffers',
);

export const MONITOR_NUM_ENTRIES_ACTIVE_MEM_TABLE: ConfigOption<boolean> = metric(
  'num-entries-active-mem-table',
  'entries of the active write buffer',
);

export const MONITOR_NUM_ENTRIES_IMM_MEM_TABLES: ConfigOption<boolean> = metric(
  'num-entries-imm-mem-tables',
  'entries of unflushed write buffers',
);

export const MONITOR_NUM_DELETES_ACTIVE_MEM_TABLE: ConfigOption<boolean> = metric(
  'num-deletes-active-mem-table',
  'deletions in the active write buffer',
);

export const MONITOR_NUM_DELETES_IMM_MEM_TABLES: ConfigOption<boolean> = metric(
  'num-deletes-imm-mem-tables',
  'deletions in unflushed write buffers',
);

export const MONITOR_ESTIMATE_NUM_KEYS: ConfigOption<boolean> = metric(
  'estimate-num-keys',
  'keys, estimated',
);

export const MONITOR_ESTIMATE_TABLE_READERS_MEM: ConfigOption<boolean> = metric(
  'estimate-table-readers-mem',
  'bytes of table readers outside the block cache, estimated',
);

export const MONITOR_NUM_SNAPSHOTS: ConfigOption<boolean> = metric(
  'num-snapshots',
  'open snapshots of RocksDB',
);

export const MONITOR_NUM_LIVE_VERSIONS: ConfigOption<boolean> = metric(
  'num-live-versions',
  'versions of the database that are in use',
);

export const MONITOR_ESTIMATE_LIVE_DATA_SIZE: ConfigOption<boolean> = metric(
  'estimate-live-data-size',
  'bytes of live data, estimated',
);

export const MONITOR_TOTAL_SST_FILES_SIZE: ConfigOption<boolean> = metric(
  'total-sst-files-size',
  'bytes of the files of all versions',
);

export const MONITOR_LIVE_SST_FILES_SIZE: ConfigOption<boolean> = metric(
  'live-sst-files-size',
  'bytes of the files of the newest version',
);

export const MONITOR_NUM_FILES_AT_LEVEL: ConfigOption<boolean> = metric(
  'num-files-at-level',
  'files of each level, one gauge a level',
);

export const MONITOR_ESTIMATE_PENDING_COMPACTION_BYTES: ConfigOption<boolean> = metric(
  'estimate-pending-compaction-bytes',
  'bytes that compactions have to rewrite, estimated',
);

export const MONITOR_NUM_RUNNING_COMPACTIONS: ConfigOption<boolean> = metric(
  'num-running-compactions',
  'compactions that run',
);

export const MONITOR_NUM_RUNNING_FLUSHES: ConfigOption<boolean> = metric(
  'num-running-flushes',
  'flushes that run',
);

export const MONITOR_ACTUAL_DELAYED_WRITE_RATE: ConfigOption<boolean> = metric(
  'actual-delayed-write-rate',
  'bytes a second that writes are slowed down to, or 0',
);

export const MONITOR_IS_WRITE_STOPPED: ConfigOption<boolean> = metric(
  'is-write-stopped',
  'whether writes are stopped: 1 or 0',
);

export const MONITOR_BLOCK_CACHE_CAPACITY: ConfigOption<boolean> = metric(
  'block-cache-capacity',
  'capacity of the block cache in bytes',
);

export const MONITOR_BLOCK_CACHE_USAGE: ConfigOption<boolean> = metric(
  'block-cache-usage',
  'bytes in the block cache',
);

export const MONITOR_BLOCK_CACHE_PINNED_USAGE: ConfigOption<boolean> = metric(
  'block-cache-pinned-usage',
  'bytes pinned in the block cache',
);

export const MONITOR_BLOCK_CACHE_HIT: ConfigOption<boolean> = metric(
  'block-cache-hit',
  'reads that the block cache answered',
);

export const MONITOR_BLOCK_CACHE_MISS: ConfigOption<boolean> = metric(
  'block-cache-miss',
  'reads that the block cache could not answer',
);

export const MONITOR_BLOOM_FILTER_USEFUL: ConfigOption<boolean> = metric(
  'bloom-filter-useful',
  'reads that a Bloom filter spared',
);

export const MONITOR_BLOOM_FILTER_FULL_POSITIVE: ConfigOption<boolean> = metric(
  'bloom-filter-full-positive',
  'reads that a Bloom filter let pass',
);

export const MONITOR_BLOOM_FILTER_FULL_TRUE_POSITIVE: ConfigOption<boolean> = metric(
  'bloom-filter-full-true-positive',
  'reads that a Bloom filter let pass and that found their key',
);

export const MONITOR_BYTES_READ: ConfigOption<boolean> = metric('bytes-read', 'bytes read by key');

export const MONITOR_ITER_BYTES_READ: ConfigOption<boolean> = metric(
  'iter-bytes-read',
  'bytes read by iterators',
);

export const MONITOR_BYTES_WRITTEN: ConfigOption<boolean> = metric(
  'bytes-written',
  'bytes written',
);

export const MONITOR_COMPACTION_READ_BYTES: ConfigOption<boolean> = metric(
  'compaction-read-bytes',
  'bytes read by compactions',
);

export const MONITOR_COMPACTION_WRITE_BYTES: ConfigOption<boolean> = metric(
  'compaction-write-bytes',
  'bytes written by compactions',
);

export const MONITOR_STALL_MICROS: ConfigOption<boolean> = metric(
  'stall-micros',
  'microseconds that writes were held back',
);

function metric(name: string, what: string): ConfigOption<boolean> {
  return boolOption({
    key: `state.backend.rocksdb.metrics.${name}`,
    defaultValue: false,
    description: `Gauge: ${what}.`,
  });
}
