/**
 * What configuration and predefined sets say of the options of RocksDB.
 *
 * Invariant: a key that is set wins over the predefined set, and that over the key's default.
 *
 * Flink: RocksDBResourceContainer.setDBOptionsFromConfigurableOptions,
 * setColumnFamilyOptionsFromConfigurableOptions.
 */
import {
  ConfigError,
  type ConfigOption,
  type Configuration,
  RocksDBConfigurableOptions as Keys,
} from '@millrace/core';
import type { ColumnFamilyOptions, DBOptions } from './option-records.ts';
import { type PredefinedOptions, predefinedValue } from './predefined-options.ts';

export interface OptionSources {
  readonly configuration: Configuration;
  readonly predefined: PredefinedOptions;
  /** RocksDB's names of those that the addon has. */
  readonly compressions: readonly string[];
}

export function configuredDBOptions({ configuration, predefined }: OptionSources): DBOptions {
  const get = <T>(option: ConfigOption<T>): T => chosen(configuration, predefined, option);
  const logLevel = get(Keys.LOG_LEVEL);
  const logDirectory = get(Keys.LOG_DIR);
  return {
    use_fsync: false,
    stats_dump_period_sec: 0,
    max_background_jobs: get(Keys.MAX_BACKGROUND_THREADS),
    max_open_files: get(Keys.MAX_OPEN_FILES),
    // The number of levels, which Flink lets through, is no level: the highest logs as little.
    info_log_level: logLevel === 'NUM_INFO_LOG_LEVELS' ? 'HEADER_LEVEL' : logLevel,
    max_log_file_size: get(Keys.LOG_MAX_FILE_SIZE),
    keep_log_file_num: get(Keys.LOG_FILE_NUM),
    ...(logDirectory === undefined ? {} : { db_log_dir: logDirectory }),
  };
}

const COMPACTION_STYLES = {
  LEVEL: 'kCompactionStyleLevel',
  UNIVERSAL: 'kCompactionStyleUniversal',
  FIFO: 'kCompactionStyleFIFO',
  NONE: 'kCompactionStyleNone',
} as const;

const COMPRESSIONS = {
  NO_COMPRESSION: 'kNoCompression',
  SNAPPY_COMPRESSION: 'kSnappyCompression',
  ZLIB_COMPRESSION: 'kZlibCompression',
  BZLIB2_COMPRESSION: 'kBZip2Compression',
  LZ4_COMPRESSION: 'kLZ4Compression',
  LZ4HC_COMPRESSION: 'kLZ4HCCompression',
  XPRESS_COMPRESSION: 'kXpressCompression',
  ZSTD_COMPRESSION: 'kZSTD',
  DISABLE_COMPRESSION_OPTION: 'kDisableCompressionOption',
} as const;

export function configuredColumnFamilyOptions(sources: OptionSources): ColumnFamilyOptions {
  const { configuration, predefined } = sources;
  const get = <T>(option: ConfigOption<T>): T => chosen(configuration, predefined, option);
  const bitsPerKey = get(Keys.BLOOM_FILTER_BITS_PER_KEY);
  return {
    compaction_style: COMPACTION_STYLES[get(Keys.COMPACTION_STYLE)],
    compression_per_level: compressionPerLevel(sources),
    level_compaction_dynamic_level_bytes: get(Keys.USE_DYNAMIC_LEVEL_SIZE),
    target_file_size_base: get(Keys.TARGET_FILE_SIZE_BASE),
    max_bytes_for_level_base: get(Keys.MAX_SIZE_LEVEL_BASE),
    write_buffer_size: get(Keys.WRITE_BUFFER_SIZE),
    max_write_buffer_number: get(Keys.MAX_WRITE_BUFFER_NUMBER),
    min_write_buffer_number_to_merge: get(Keys.MIN_WRITE_BUFFER_NUMBER_TO_MERGE),
    block_based_table_factory: {
      block_size: get(Keys.BLOCK_SIZE),
      metadata_block_size: get(Keys.METADATA_BLOCK_SIZE),
      block_cache: get(Keys.BLOCK_CACHE_SIZE),
      ...(get(Keys.USE_BLOOM_FILTER) ? { filter_policy: `bloomfilter:${bitsPerKey}:false` } : {}),
    },
  };
}

/** Unless it was asked for, a compression that the addon lacks is none, rather than no database. */
function compressionPerLevel({ configuration, predefined, compressions }: OptionSources): string {
  const asked = configuration.contains(Keys.COMPRESSION_PER_LEVEL);
  const missing = asked
    ? configuration
        .get(Keys.COMPRESSION_PER_LEVEL)
        .find((constant) => isMissing(COMPRESSIONS[constant], compressions))
    : undefined;
  if (missing !== undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${Keys.COMPRESSION_PER_LEVEL.key} names ${missing}, which the RocksDB that the addon was built with ` +
        `lacks; it has ${constantsOf(compressions).join(', ')}`,
    );
  }
  return chosen(configuration, predefined, Keys.COMPRESSION_PER_LEVEL)
    .map((constant) => COMPRESSIONS[constant])
    .map((name) => (asked || compressions.includes(name) ? name : COMPRESSIONS.NO_COMPRESSION))
    .join(':');
}

function isMissing(name: string, compressions: readonly string[]): boolean {
  return (
    name !== COMPRESSIONS.NO_COMPRESSION &&
    name !== COMPRESSIONS.DISABLE_COMPRESSION_OPTION &&
    !compressions.includes(name)
  );
}

function constantsOf(compressions: readonly string[]): string[] {
  return Object.entries(COMPRESSIONS)
    .filter(([, name]) => !isMissing(name, compressions))
    .map(([constant]) => constant);
}

function chosen<T>(
  configuration: Configuration,
  predefined: PredefinedOptions,
  option: ConfigOption<T>,
): T {
  return (
    configuration.getOptional(option) ?? predefinedValue(predefined, option) ?? option.defaultValue
  );
}
