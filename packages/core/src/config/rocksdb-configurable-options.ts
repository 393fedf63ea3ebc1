/**
 * Options of RocksDB's databases and column families. Flink: RocksDBConfigurableOptions.
 *
 * The defaults are those of Flink 1.20, whatever the version of RocksDB.
 */
import type { ConfigOption } from './config-option.ts';
import {
  boolOption,
  doubleOption,
  enumListOption,
  enumOption,
  intOption,
  memoryOption,
  stringOption,
} from './option-builders.ts';

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

export const MAX_BACKGROUND_THREADS: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.thread.num',
  defaultValue: 2,
  min: 1,
  // They are threads of the process, and stay until it ends.
  max: 256,
  description: 'How many flushes and compactions a database runs at once.',
});

export const MAX_OPEN_FILES: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.files.open',
  defaultValue: -1,
  min: -1,
  description: 'How many files a database keeps open; -1 means all.',
});

export const LOG_LEVEL: ConfigOption<
  | 'DEBUG_LEVEL'
  | 'INFO_LEVEL'
  | 'WARN_LEVEL'
  | 'ERROR_LEVEL'
  | 'FATAL_LEVEL'
  | 'HEADER_LEVEL'
  | 'NUM_INFO_LOG_LEVELS'
> = enumOption({
  key: 'state.backend.rocksdb.log.level',
  constants: [
    'DEBUG_LEVEL',
    'INFO_LEVEL',
    'WARN_LEVEL',
    'ERROR_LEVEL',
    'FATAL_LEVEL',
    'HEADER_LEVEL',
    'NUM_INFO_LOG_LEVELS',
  ],
  defaultValue: 'INFO_LEVEL',
  description: 'From which level on RocksDB writes to its own log.',
});

export const LOG_DIR: ConfigOption<string | undefined> = stringOption({
  key: 'state.backend.rocksdb.log.dir',
  description:
    'The folder of RocksDB’s own logs; that of the database, and gone with it, unless set.',
});

export const LOG_MAX_FILE_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.log.max-file-size',
  defaultValue: 25 * MB,
  description: 'The size at which RocksDB begins another log file; 0 means never.',
});

export const LOG_FILE_NUM: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.log.file-num',
  defaultValue: 4,
  min: 1,
  description: 'How many log files of RocksDB are kept.',
});

export const COMPACTION_STYLE: ConfigOption<'LEVEL' | 'UNIVERSAL' | 'FIFO' | 'NONE'> = enumOption({
  key: 'state.backend.rocksdb.compaction.style',
  constants: ['LEVEL', 'UNIVERSAL', 'FIFO', 'NONE'],
  defaultValue: 'LEVEL',
  description: 'How files are compacted; FIFO deletes state that is old.',
});

export const COMPRESSION_PER_LEVEL: ConfigOption<
  readonly (
    | 'NO_COMPRESSION'
    | 'SNAPPY_COMPRESSION'
    | 'ZLIB_COMPRESSION'
    | 'BZLIB2_COMPRESSION'
    | 'LZ4_COMPRESSION'
    | 'LZ4HC_COMPRESSION'
    | 'XPRESS_COMPRESSION'
    | 'ZSTD_COMPRESSION'
    | 'DISABLE_COMPRESSION_OPTION'
  )[]
> = enumListOption({
  key: 'state.backend.rocksdb.compression.per.level',
  constants: [
    'NO_COMPRESSION',
    'SNAPPY_COMPRESSION',
    'ZLIB_COMPRESSION',
    'BZLIB2_COMPRESSION',
    'LZ4_COMPRESSION',
    'LZ4HC_COMPRESSION',
    'XPRESS_COMPRESSION',
    'ZSTD_COMPRESSION',
    'DISABLE_COMPRESSION_OPTION',
  ],
  defaultValue: ['SNAPPY_COMPRESSION'],
  description:
    'The compression of each level, from the first on; the last is that of all that follow.',
});

export const USE_DYNAMIC_LEVEL_SIZE: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.compaction.level.use-dynamic-size',
  defaultValue: false,
  description: 'Whether the sizes of levels follow from that of the last.',
});

export const TARGET_FILE_SIZE_BASE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.compaction.level.target-file-size-base',
  defaultValue: 64 * MB,
  min: 1,
  description: 'The size of a file of level 1.',
});

export const MAX_SIZE_LEVEL_BASE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.compaction.level.max-size-level-base',
  defaultValue: 256 * MB,
  min: 1,
  description: 'The size of level 1 as a whole.',
});

export const WRITE_BUFFER_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.writebuffer.size',
  defaultValue: 64 * MB,
  min: 1,
  // RocksDB takes no more, and cuts what is larger without a word.
  max: 64 * GB,
  description: 'The size at which the write buffer of a state is flushed.',
});

export const MAX_WRITE_BUFFER_NUMBER: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.writebuffer.count',
  defaultValue: 2,
  min: 1,
  description: 'How many write buffers a state may have before writes wait.',
});

export const MIN_WRITE_BUFFER_NUMBER_TO_MERGE: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.writebuffer.number-to-merge',
  defaultValue: 1,
  min: 1,
  description: 'How many write buffers are merged by a flush.',
});

export const BLOCK_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.block.blocksize',
  defaultValue: 4 * KB,
  min: 1,
  // The offsets in a block have 32 bits.
  max: 4 * GB - 1,
  description: 'The size of a block of data, before compression.',
});

export const METADATA_BLOCK_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.block.metadata-blocksize',
  defaultValue: 4 * KB,
  min: 1,
  max: 4 * GB - 1,
  description: 'The size of a part of an index or filter that is cut into parts.',
});

export const BLOCK_CACHE_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.block.cache-size',
  defaultValue: 8 * MB,
  description: 'The block cache of each state where databases share no memory.',
});

export const USE_BLOOM_FILTER: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.use-bloom-filter',
  defaultValue: false,
  description:
    'Whether new files get a Bloom filter, which spares reads of keys that are not there.',
});

export const BLOOM_FILTER_BITS_PER_KEY: ConfigOption<number> = doubleOption({
  key: 'state.backend.rocksdb.bloom-filter.bits-per-key',
  defaultValue: 10,
  min: 1,
  // RocksDB writes no more, and cuts what is larger without a word.
  max: 100,
  description: 'The bits of a key in a Bloom filter: 10 let 1 % of absent keys pass.',
});

export const BLOOM_FILTER_BLOCK_BASED_MODE: ConfigOption<boolean> = boolOption({
  key: 'state.backend.rocksdb.bloom-filter.block-based-mode',
  defaultValue: false,
  description:
    'A filter for each block, which RocksDB no longer writes: files get a whole one in any case.',
});
