/**
 * Options of RocksDB as plain records, by RocksDB's own names. What is not named here is passed on too.
 *
 * Flink: org.rocksdb.DBOptions, ColumnFamilyOptions, BlockBasedTableConfig.
 */

/** Sizes are bytes; text is what RocksDB's option strings take (`kCompactionStyleLevel`). */
export type OptionValue = number | boolean | string | OptionRecord | undefined;

export interface OptionRecord {
  readonly [name: string]: OptionValue;
}

/** Of a database: one for each operator's subtask. */
export interface DBOptions extends OptionRecord {
  readonly max_background_jobs?: number | undefined;
  /** -1: all. */
  readonly max_open_files?: number | undefined;
  readonly use_fsync?: boolean | undefined;
  readonly bytes_per_sync?: number | undefined;
  readonly max_subcompactions?: number | undefined;
  readonly info_log_level?: string | undefined;
  readonly max_log_file_size?: number | undefined;
  readonly keep_log_file_num?: number | undefined;
  readonly db_log_dir?: string | undefined;
  readonly stats_dump_period_sec?: number | undefined;
}

/** Of a state: each is a column family. */
export interface ColumnFamilyOptions extends OptionRecord {
  readonly write_buffer_size?: number | undefined;
  readonly max_write_buffer_number?: number | undefined;
  readonly min_write_buffer_number_to_merge?: number | undefined;
  readonly arena_block_size?: number | undefined;
  readonly compaction_style?: string | undefined;
  /** `kSnappyCompression`, one for each level between colons. */
  readonly compression_per_level?: string | undefined;
  readonly level_compaction_dynamic_level_bytes?: boolean | undefined;
  readonly target_file_size_base?: number | undefined;
  readonly max_bytes_for_level_base?: number | undefined;
  readonly level0_file_num_compaction_trigger?: number | undefined;
  readonly memtable_prefix_bloom_size_ratio?: number | undefined;
  readonly memtable_whole_key_filtering?: boolean | undefined;
  readonly block_based_table_factory?: BlockBasedTableOptions | undefined;
}

export interface BlockBasedTableOptions extends OptionRecord {
  readonly block_size?: number | undefined;
  readonly metadata_block_size?: number | undefined;
  readonly block_restart_interval?: number | undefined;
  /** Bytes, of a cache of its own; with shared memory there is one cache of all. */
  readonly block_cache?: number | string | undefined;
  /** `bloomfilter:10:false`, bits a key. */
  readonly filter_policy?: string | undefined;
  readonly whole_key_filtering?: boolean | undefined;
  readonly index_type?: string | undefined;
  readonly partition_filters?: boolean | undefined;
  readonly cache_index_and_filter_blocks?: boolean | undefined;
  /** Up to 5. */
  readonly format_version?: number | undefined;
  /** `kCRC32c`. */
  readonly checksum?: string | undefined;
  readonly pin_l0_filter_and_index_blocks_in_cache?: boolean | undefined;
}
