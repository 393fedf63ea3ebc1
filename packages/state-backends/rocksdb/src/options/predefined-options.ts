/**
 * Named sets of options for a kind of disk. A key that is set wins over its set.
 *
 * Flink: PredefinedOptions.
 */
import { type ConfigOption, RocksDBConfigurableOptions as Keys } from '@millrace/core';

export type PredefinedOptions =
  | 'DEFAULT'
  | 'SPINNING_DISK_OPTIMIZED'
  | 'SPINNING_DISK_OPTIMIZED_HIGH_MEM'
  | 'FLASH_SSD_OPTIMIZED';

export const PredefinedOptions: { readonly [K in PredefinedOptions]: K } = Object.freeze({
  /** Those of the keys. */
  DEFAULT: 'DEFAULT',
  /** More background threads, and levels whose sizes follow from that of the last. */
  SPINNING_DISK_OPTIMIZED: 'SPINNING_DISK_OPTIMIZED',
  /** Large blocks, files and caches beside that, and a Bloom filter. */
  SPINNING_DISK_OPTIMIZED_HIGH_MEM: 'SPINNING_DISK_OPTIMIZED_HIGH_MEM',
  /** More background threads. */
  FLASH_SSD_OPTIMIZED: 'FLASH_SSD_OPTIMIZED',
});

const KB = 1024;
const MB = 1024 * KB;

type Value = number | boolean | string;

const SPINNING_DISK: readonly (readonly [ConfigOption<never>, Value])[] = [
  entry(Keys.MAX_BACKGROUND_THREADS, 4),
  entry(Keys.MAX_OPEN_FILES, -1),
  entry(Keys.USE_DYNAMIC_LEVEL_SIZE, true),
];

const SETS: { readonly [K in PredefinedOptions]: ReadonlyMap<unknown, Value> } = {
  DEFAULT: new Map(),
  SPINNING_DISK_OPTIMIZED: new Map([...SPINNING_DISK, entry(Keys.COMPACTION_STYLE, 'LEVEL')]),
  SPINNING_DISK_OPTIMIZED_HIGH_MEM: new Map([
    ...SPINNING_DISK,
    entry(Keys.BLOCK_CACHE_SIZE, 256 * MB),
    entry(Keys.BLOCK_SIZE, 128 * KB),
    entry(Keys.MAX_SIZE_LEVEL_BASE, 1024 * MB),
    entry(Keys.TARGET_FILE_SIZE_BASE, 256 * MB),
    entry(Keys.WRITE_BUFFER_SIZE, 64 * MB),
    entry(Keys.MAX_WRITE_BUFFER_NUMBER, 4),
    entry(Keys.MIN_WRITE_BUFFER_NUMBER_TO_MERGE, 3),
    entry(Keys.USE_BLOOM_FILTER, true),
  ]),
  FLASH_SSD_OPTIMIZED: new Map([
    entry(Keys.MAX_BACKGROUND_THREADS, 4),
    entry(Keys.MAX_OPEN_FILES, -1),
  ]),
};

/** What the set says of an option; `undefined` when it says nothing. */
export function predefinedValue<T>(
  predefined: PredefinedOptions,
  option: ConfigOption<T>,
): T | undefined {
  return SETS[predefined].get(option) as T | undefined;
}

function entry<T extends Value>(
  option: ConfigOption<T>,
  value: NoInfer<T>,
): readonly [ConfigOption<never>, Value] {
  return [option as unknown as ConfigOption<never>, value];
}
