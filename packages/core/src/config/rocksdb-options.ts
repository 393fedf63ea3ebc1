/**
 * The RocksDB state backend as a whole, and its memory.
 *
 * Flink: RocksDBOptions. `memory.value-cache-ratio` and `memory.value-cache-size` are ours alone.
 */
import type { ConfigOption } from './config-option.ts';
import {
  boolOption,
  doubleOption,
  enumOption,
  intOption,
  memoryOption,
  stringOption,
} from './option-builders.ts';

export const LOCAL_DIRECTORIES: ConfigOption<string | undefined> = stringOption({
  key: 'state.backend.rocksdb.localdir',
  deprecatedKeys: ['state.backend.rocksdb.checkpointdir'],
  description:
    'The local folders of the databases, absolute or as file: URI, between commas or colons, dealt out in turn; those of io.tmp.dirs unless set.',
});

export const TIMER_SERVICE_FACTORY: ConfigOption<'HEAP' | 'ROCKSDB'> = enumOption({
  key: 'state.backend.rocksdb.timer-service.factory',
  constants: ['HEAP', 'ROCKSDB'],
  defaultValue: 'ROCKSDB',
  description:
    'Where timers are; a snapshot reads those on the heap beside the database, and copies none.',
});

export const ROCKSDB_TIMER_SERVICE_FACTORY_CACHE_SIZE: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.timer-service.cache-size',
  defaultValue: 128,
  min: 1,
  description:
    'How many of the next timers of a key group are kept in memory when timers are in RocksDB; up to eight times as many where there are few in all.',
});

export const CHECKPOINT_TRANSFER_THREAD_NUM: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.checkpoint.transfer.thread.num',
  defaultValue: 4,
  min: 1,
  max: 1024,
  description: 'How many files of a subtask are uploaded or downloaded at once.',
});

export const PREDEFINED_OPTIONS: ConfigOption<
  'DEFAULT' | 'SPINNING_DISK_OPTIMIZED' | 'SPINNING_DISK_OPTIMIZED_HIGH_MEM' | 'FLASH_SSD_OPTIMIZED'
> = enumOption({
  key: 'state.backend.rocksdb.predefined-options',
  constants: [
    'DEFAULT',
    'SPINNING_DISK_OPTIMIZED',
    'SPINNING_DISK_OPTIMIZED_HIGH_MEM',
    'FLASH_SSD_OPTIMIZED',
  ],
  defaultValue: 'DEFAULT',
  description: 'A named set of options; a key that is set wins over it.',
});

export const OPTIONS_FACTORY: ConfigOption<string | undefined> = stringOption({
  key: 'state.backend.rocksdb.options-factory',
  description:
    'A module, or module#export, whose RocksDBOptionsFactory has the last word on options, but for shared memory.',
});

export const WRITE_BATCH_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.write-batch-size',
  defaultValue: 2 * 1024 * 1024,
  // A batch is one array of bytes, and a few of them are in memory at once.
  max: 256 * 1024 * 1024,
  description:
    'The size at which a batch of writes is applied; 0 means after 500 writes, whatever their size.',
});

export const RESTORE_OVERLAP_FRACTION_THRESHOLD: ConfigOption<number> = doubleOption({
  key: 'state.backend.rocksdb.restore-overlap-fraction-threshold',
  defaultValue: 0,
  min: 0,
  max: 1,
  description:
    'The least share of key groups in common with a snapshot for its files to be the base of a rescaled database.',
});

export const USE_INGEST_DB_RESTORE_MODE: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.use-ingest-db-restore-mode',
  defaultValue: false,
  description:
    'Whether a rescaled database is made by clipping and ingesting files, not by copying entries.',
});

export const INCREMENTAL_RESTORE_ASYNC_COMPACT_AFTER_RESCALE: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.incremental-restore-async-compact-after-rescale',
  defaultValue: false,
  description:
    'Whether entries of other subtasks are compacted away in the background after rescaling.',
});

export const USE_DELETE_FILES_IN_RANGE_DURING_RESCALING: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.rescaling.use-delete-files-in-range',
  defaultValue: false,
  description: 'Whether rescaling drops files that hold only entries of other subtasks as a whole.',
});

export const USE_MANAGED_MEMORY: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.memory.managed',
  defaultValue: true,
  description: 'Whether the databases of a slot share its managed memory.',
});

export const FIX_PER_SLOT_MEMORY_SIZE: ConfigOption<number | undefined> = memoryOption({
  key: 'state.backend.rocksdb.memory.fixed-per-slot',
  min: 1,
  description: 'Memory that the databases of a slot share; wins over managed memory.',
});

export const FIX_PER_TM_MEMORY_SIZE: ConfigOption<number | undefined> = memoryOption({
  key: 'state.backend.rocksdb.memory.fixed-per-tm',
  min: 1,
  description:
    'Memory that all databases of the process share; only with managed set to false and no fixed-per-slot.',
});

export const WRITE_BUFFER_RATIO: ConfigOption<number> = doubleOption({
  key: 'state.backend.rocksdb.memory.write-buffer-ratio',
  defaultValue: 0.5,
  min: 0,
  max: 1,
  description: 'The share of write buffers in shared memory, above 0 and below 1.',
});

export const HIGH_PRIORITY_POOL_RATIO: ConfigOption<number> = doubleOption({
  key: 'state.backend.rocksdb.memory.high-prio-pool-ratio',
  defaultValue: 0.1,
  min: 0,
  max: 1,
  description: 'The share of index and filter blocks in shared memory, above 0 and below 1.',
});

export const USE_PARTITIONED_INDEX_FILTERS: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.memory.partitioned-index-filters',
  defaultValue: false,
  description:
    'Whether indexes and filters in shared memory are cut into parts; unset, they are where a whole index is too large for the cache.',
});

export const VALUE_CACHE_RATIO: ConfigOption<number> = doubleOption({
  key: 'state.backend.rocksdb.memory.value-cache-ratio',
  defaultValue: 0.4,
  min: 0,
  max: 0.9,
  description:
    'The share of shared memory for values in memory, decoded and as rows of bytes, before RocksDB gets the rest; 0 switches this cache off (not a key of Flink).',
});

export const VALUE_CACHE_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.memory.value-cache-size',
  defaultValue: 32 * 1024 * 1024,
  description:
    'Memory of a slot for values in memory, decoded and as rows of bytes, where its databases share none (not a key of Flink).',
});
