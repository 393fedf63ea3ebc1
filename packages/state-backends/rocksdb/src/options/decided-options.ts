/**
 * The last word on options: what must be as it is, and what shared memory asks for.
 *
 * Flink: RocksDBResourceContainer.getDbOptions, getColumnOptions.
 */
import { ConfigError } from '@millrace/core';
import { type MemoryPlan, wholeIndexFits } from './memory-arithmetic.ts';
import type {
  BlockBasedTableOptions,
  ColumnFamilyOptions,
  DBOptions,
  OptionRecord,
} from './option-records.ts';

/** Rows are in their bytes' order, merges append to lists, and all of a database is in its own files. */
const CLOSED_OPTIONS = [
  'comparator',
  'compaction_filter',
  'compaction_filter_factory',
  'merge_operator',
  'prefix_extractor',
  'table_factory',
  'plain_table_factory',
  'enable_blob_files',
  'db_paths',
  'cf_paths',
  'wal_dir',
];
/** What Flink's RocksDB reads. */
const FORMAT_VERSION = 5;
const CHECKSUM = 'kCRC32c';
const FILTER_OF_PARTS = 'bloomfilter:10:false';
/** Each is threads, which the process has until it ends. */
const THREAD_COUNTS = [
  'max_background_jobs',
  'max_background_compactions',
  'max_background_flushes',
  'max_subcompactions',
];
const THREADS_MAX = 256;

/** @param origin - of the options that the configuration did not give, for the message */
export function decidedDBOptions(
  options: DBOptions,
  decided: { readonly origin: string; readonly shared: boolean },
): DBOptions {
  refuseClosed(options, decided.origin);
  refuseTooManyThreads(options, decided.origin);
  return {
    ...options,
    create_if_missing: true,
    avoid_flush_during_shutdown: true,
    // The manager that is shared takes its place.
    ...(decided.shared ? { db_write_buffer_size: undefined } : {}),
  };
}

export interface ColumnFamilyDecisions {
  readonly origin: string;
  readonly plan: MemoryPlan | undefined;
  /** `undefined`: where whole indexes do not fit. */
  readonly partitioned: boolean | undefined;
}

export function decidedColumnFamilyOptions(
  options: ColumnFamilyOptions,
  { origin, plan, partitioned }: ColumnFamilyDecisions,
): ColumnFamilyOptions {
  refuseClosed(options, origin);
  const table = options.block_based_table_factory ?? {};
  const version = Number(table.format_version ?? FORMAT_VERSION);
  const checksum = table.checksum ?? CHECKSUM;
  if (!(version <= FORMAT_VERSION) || checksum !== CHECKSUM) {
    throw closed(
      origin,
      version <= FORMAT_VERSION ? 'checksum' : 'format_version',
      `Flink's RocksDB reads format_version up to ${FORMAT_VERSION} and checksum ${CHECKSUM} only`,
    );
  }
  const fixed = { ...table, format_version: version, checksum };
  return {
    ...options,
    merge_operator: 'stringappendtest',
    block_based_table_factory:
      plan === undefined
        ? fixed
        : {
            ...fixed,
            ...IN_SHARED_CACHE,
            ...(needsParts(partitioned, plan, options) ? partsOf(fixed, partitioned) : {}),
          },
  };
}

const IN_SHARED_CACHE = {
  block_cache: undefined,
  no_block_cache: undefined,
  cache_index_and_filter_blocks: true,
  cache_index_and_filter_blocks_with_high_priority: true,
  pin_l0_filter_and_index_blocks_in_cache: true,
} as const;

function needsParts(
  partitioned: boolean | undefined,
  plan: MemoryPlan,
  { target_file_size_base, block_based_table_factory }: ColumnFamilyOptions,
): boolean {
  return (
    partitioned ??
    !wholeIndexFits(plan, {
      fileBytes: target_file_size_base ?? 64 * 1024 * 1024,
      blockBytes: block_based_table_factory?.block_size ?? 4096,
    })
  );
}

/** Where it was asked for, a filter is replaced as Flink does; where it was not, its bits are kept. */
function partsOf(
  table: BlockBasedTableOptions,
  asked: boolean | undefined,
): BlockBasedTableOptions {
  const hasFilter = table.filter_policy !== undefined;
  return {
    index_type: 'kTwoLevelIndexSearch',
    partition_filters: true,
    pin_top_level_index_and_filter: true,
    ...(hasFilter && asked === true ? { filter_policy: FILTER_OF_PARTS } : {}),
  };
}

function refuseClosed(options: OptionRecord, origin: string): void {
  const name = CLOSED_OPTIONS.find((closedName) => options[closedName] !== undefined);
  if (name !== undefined) {
    throw closed(origin, name, 'state could not be read, or not be restored, with another one');
  }
}

function refuseTooManyThreads(options: OptionRecord, origin: string): void {
  const name = THREAD_COUNTS.find((count) => Number(options[count] ?? 0) > THREADS_MAX);
  if (name !== undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${origin} sets the option ${name} of RocksDB to ${String(options[name])}; use ${THREADS_MAX} at most`,
    );
  }
}

function closed(origin: string, name: string, why: string): ConfigError {
  return new ConfigError(
    'CONFIG_VALUE_INVALID',
    `${origin} sets the option ${name} of RocksDB, which is not open: ${why}; leave it out`,
  );
}
