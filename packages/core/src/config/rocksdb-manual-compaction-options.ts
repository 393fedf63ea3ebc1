/** Compaction of many small files. Flink: RocksDBManualCompactionOptions. */
import type { ConfigOption } from './config-option.ts';
import { durationOption, intOption, memoryOption } from './option-builders.ts';

export const MIN_INTERVAL: ConfigOption<number> = durationOption({
  key: 'state.backend.rocksdb.manual-compaction.min-interval',
  defaultValue: 0,
  description:
    'The least time between two compactions of small files; 0 means that there are none.',
});

export const MAX_PARALLEL_COMPACTIONS: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.manual-compaction.max-parallel-compactions',
  defaultValue: 5,
  min: 1,
  max: 256,
  description: 'How many compactions of small files may be under way.',
});

export const MAX_FILE_SIZE_TO_COMPACT: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.manual-compaction.max-file-size-to-compact',
  defaultValue: 50 * 1024,
  description: 'The size below which a file is small.',
});

export const MIN_FILES_TO_COMPACT: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.manual-compaction.min-files-to-compact',
  defaultValue: 5,
  min: 1,
  description: 'How many small files there must be for them to be compacted.',
});

export const MAX_FILES_TO_COMPACT: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.manual-compaction.max-files-to-compact',
  defaultValue: 30,
  min: 1,
  description: 'How many small files are compacted at once.',
});

export const MAX_OUTPUT_FILE_SIZE: ConfigOption<number> = memoryOption({
  key: 'state.backend.rocksdb.manual-compaction.max-output-file-size',
  defaultValue: 64 * 1024 * 1024,
  min: 1,
  description: 'The size of the files that a compaction of small files writes.',
});

export const MAX_AUTO_COMPACTIONS: ConfigOption<number> = intOption({
  key: 'state.backend.rocksdb.manual-compaction.max-auto-compactions',
  defaultValue: 30,
  min: 0,
  description: 'Small files are not compacted while RocksDB runs more compactions of its own.',
});
