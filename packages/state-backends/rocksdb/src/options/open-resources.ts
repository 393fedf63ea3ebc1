/**
 * Makes the resources of a backend: a folder, its share of memory, and option strings that RocksDB takes.
 *
 * Precedence for one option: what is decided here > shared memory > the options factory > a key that is
 * set > the predefined set > the key's default.
 *
 * Flink: RocksDBResourceContainer.
 */
import {
  ConfigError,
  type Configuration,
  errorMessage,
  RocksDBManualCompactionOptions as ManualKeys,
  RocksDBOptions,
} from '@millrace/core';
import type { KeyedStateBackendParameters } from '@millrace/state';
import { loadNativeAddon } from '../binding/load-native-addon.ts';
import type { NativeAddon } from '../binding/native-addon.ts';
import { configuredColumnFamilyOptions, configuredDBOptions } from './configured-options.ts';
import { decidedColumnFamilyOptions, decidedDBOptions } from './decided-options.ts';
import { LocalDirectories, localDirectories } from './local-directories.ts';
import { warnOfUnusableLogDirectory } from './log-directory.ts';
import { arenaBlockBytes, type MemoryPlan, mutableLimitBytes } from './memory-arithmetic.ts';
import { type MemorySettings, RocksDBMemoryConfiguration } from './memory-configuration.ts';
import { type NativeMetricOptions, nativeMetricOptions } from './native-metric-options.ts';
import type { ColumnFamilyOptions, DBOptions } from './option-records.ts';
import { optionString } from './option-string.ts';
import type { PredefinedOptions } from './predefined-options.ts';
import { askFactory, type RocksDBOptionsFactory } from './rocksdb-options-factory.ts';
import type {
  ManualCompactionOptions,
  RestoreOptions,
  RocksDBResources,
} from './rocksdb-resources.ts';
import { acquireSlotMemory, memoryBudget } from './slot-memory.ts';

/** What a state backend is set to; its keyed backends have it in common. */
export interface ResourceSettings {
  readonly configuration: Configuration;
  readonly predefined: PredefinedOptions;
  /** Configured already. */
  readonly optionsFactory?: RocksDBOptionsFactory | undefined;
  readonly memory: MemorySettings;
  readonly directories: LocalDirectories;
  readonly transferConcurrency: number;
  readonly writeBatchBytes: number;
}

/** As the configuration says, with nothing set by the program. */
export function configuredSettings(configuration: Configuration): ResourceSettings {
  return {
    configuration,
    predefined: configuration.get(RocksDBOptions.PREDEFINED_OPTIONS),
    memory: new RocksDBMemoryConfiguration().resolve(configuration),
    directories: new LocalDirectories(localDirectories(configuration)),
    transferConcurrency: configuration.get(RocksDBOptions.CHECKPOINT_TRANSFER_THREAD_NUM),
    writeBatchBytes: configuration.get(RocksDBOptions.WRITE_BATCH_SIZE),
  };
}

export type ResourceParameters = Pick<
  KeyedStateBackendParameters<unknown>,
  'operatorName' | 'slot' | 'warn'
>;

/**
 * Close them after the database.
 *
 * @throws ConfigError `ROCKSDB_NOT_BUILT`; `CONFIG_VALUE_INVALID` for an option that RocksDB does not take,
 *   a folder that cannot be used, or no memory
 */
export async function openResources(
  settings: ResourceSettings,
  parameters: ResourceParameters,
  addon: NativeAddon = loadNativeAddon(),
): Promise<RocksDBResources> {
  const { configuration, directories, memory: memorySettings } = settings;
  const warn = parameters.warn ?? ((message) => process.emitWarning(message));
  const budget = memoryBudget(memorySettings, parameters.slot, configuration);
  const metrics = metricOptions(settings);
  const directory = await directories.take(parameters.operatorName, warn);
  try {
    const memory = acquireSlotMemory(addon, budget, memorySettings);
    try {
      const { dbOptions, columnFamilyOptions } = options(settings, memory.plan, addon);
      warnOfConstantFlushes(memory.plan, columnFamilyOptions, warn);
      warnOfUnusableLogDirectory(dbOptions.db_log_dir, warn);
      const columnFamilyText = optionString(columnFamilyOptions);
      const openSpec = {
        dbOptions: optionString(dbOptions),
        sharedMemory: memory.shared,
        statistics: metrics.tickers.length > 0,
      };
      return {
        workingDirectory: directory.path,
        transferConcurrency: settings.transferConcurrency,
        writeBatchBytes: settings.writeBatchBytes,
        get valueCacheBytes() {
          return memory.valueCacheBytes;
        },
        onValueCacheBytes: (listener) => memory.onValueCacheBytes(listener),
        timerCacheSize: configuration.get(RocksDBOptions.ROCKSDB_TIMER_SERVICE_FACTORY_CACHE_SIZE),
        restore: restoreOptions(configuration),
        manualCompaction: manualCompactionOptions(configuration),
        metrics,
        openSpec: () => openSpec,
        columnFamily: (name, ttl) => ({ name, options: columnFamilyText, ttl }),
        close: async () => {
          memory.release();
          directory.remove();
        },
      };
    } catch (error) {
      memory.release();
      throw error;
    }
  } catch (error) {
    directory.remove();
    throw error;
  }
}

/**
 * Finds options that RocksDB does not take, before anything is opened.
 *
 * @throws ConfigError `ROCKSDB_NOT_BUILT`, `CONFIG_VALUE_INVALID`
 */
export function checkOptions(
  settings: ResourceSettings,
  addon: NativeAddon = loadNativeAddon(),
): void {
  options(settings, undefined, addon);
}

interface AllOptions {
  readonly dbOptions: DBOptions;
  readonly columnFamilyOptions: ColumnFamilyOptions;
}

const CONFIGURATION_ORIGIN = 'the configuration';
const FACTORY_ORIGIN = 'the options factory';

function options(
  settings: ResourceSettings,
  plan: MemoryPlan | undefined,
  addon: NativeAddon,
): AllOptions {
  const { configuration, predefined, optionsFactory, memory } = settings;
  const sources = { configuration, predefined, compressions: addon.compressions };
  const decided = (given: AllOptions, origin: string): AllOptions => ({
    dbOptions: decidedDBOptions(given.dbOptions, { origin, shared: plan !== undefined }),
    columnFamilyOptions: decidedColumnFamilyOptions(given.columnFamilyOptions, {
      origin,
      plan,
      partitioned: memory.usePartitionedIndexFilters,
    }),
  });
  const configured = {
    dbOptions: configuredDBOptions(sources),
    columnFamilyOptions: configuredColumnFamilyOptions(sources),
  };
  const ofConfiguration = decided(configured, CONFIGURATION_ORIGIN);
  check(ofConfiguration, CONFIGURATION_ORIGIN, addon);
  if (optionsFactory === undefined) {
    return ofConfiguration;
  }
  const ofFactory = decided(
    {
      dbOptions: askFactory(optionsFactory, 'createDBOptions', configured.dbOptions),
      columnFamilyOptions: askFactory(
        optionsFactory,
        'createColumnOptions',
        configured.columnFamilyOptions,
      ),
    },
    FACTORY_ORIGIN,
  );
  check(ofFactory, FACTORY_ORIGIN, addon);
  return ofFactory;
}

function check(given: AllOptions, origin: string, addon: NativeAddon): void {
  const { dbOptions, columnFamilyOptions } = given;
  try {
    addon.checkOptions(optionString(dbOptions), optionString(columnFamilyOptions));
  } catch (cause) {
    const culprit = refusedTableOption(columnFamilyOptions, addon);
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `RocksDB ${addon.rocksdbVersion} does not take the options of ${origin}: ${errorMessage(cause)}` +
        (culprit === undefined ? '' : `: ${culprit}`),
      { cause },
    );
  }
}

/** RocksDB says only that something is wrong with the table: each of its options is tried alone. */
function refusedTableOption(
  { block_based_table_factory: table = {} }: ColumnFamilyOptions,
  addon: NativeAddon,
): string | undefined {
  return Object.entries(table)
    .map(([name, value]) => ({ [name]: value }))
    .map((option) => optionString({ block_based_table_factory: option }))
    .find((text) => {
      try {
        addon.checkOptions('', text);
        return false;
      } catch {
        return true;
      }
    });
}

function metricOptions({ configuration, optionsFactory }: ResourceSettings): NativeMetricOptions {
  const configured = nativeMetricOptions(configuration);
  return askFactory(optionsFactory ?? {}, 'createNativeMetricsOptions', configured);
}

/** A write buffer whose first block is beyond the limit is flushed at once, and so on. */
function warnOfConstantFlushes(
  plan: MemoryPlan | undefined,
  columnFamilyOptions: ColumnFamilyOptions,
  warn: (message: string) => void,
): void {
  if (plan === undefined) {
    return;
  }
  const arena = arenaBlockBytes(columnFamilyOptions);
  const limit = mutableLimitBytes(plan.writeBufferBytes);
  if (arena > limit) {
    warn(
      `RocksDB will be slow: its memory of the slot lets write buffers take ${limit} bytes before they ` +
        `are flushed, and one block of a write buffer is ${arena}; give it more memory ` +
        '(taskmanager.memory.managed.size), or lower state.backend.rocksdb.writebuffer.size',
    );
  }
}

function restoreOptions(configuration: Configuration): RestoreOptions {
  return {
    overlapFractionThreshold: configuration.get(RocksDBOptions.RESTORE_OVERLAP_FRACTION_THRESHOLD),
    useIngestDbRestoreMode: configuration.get(RocksDBOptions.USE_INGEST_DB_RESTORE_MODE),
    asyncCompactAfterRescale: configuration.get(
      RocksDBOptions.INCREMENTAL_RESTORE_ASYNC_COMPACT_AFTER_RESCALE,
    ),
    useDeleteFilesInRange: configuration.get(
      RocksDBOptions.USE_DELETE_FILES_IN_RANGE_DURING_RESCALING,
    ),
  };
}

function manualCompactionOptions(configuration: Configuration): ManualCompactionOptions {
  return {
    minIntervalMs: configuration.get(ManualKeys.MIN_INTERVAL),
    maxParallelCompactions: configuration.get(ManualKeys.MAX_PARALLEL_COMPACTIONS),
    maxFileSizeToCompactBytes: configuration.get(ManualKeys.MAX_FILE_SIZE_TO_COMPACT),
    minFilesToCompact: configuration.get(ManualKeys.MIN_FILES_TO_COMPACT),
    maxFilesToCompact: configuration.get(ManualKeys.MAX_FILES_TO_COMPACT),
    maxOutputFileSizeBytes: configuration.get(ManualKeys.MAX_OUTPUT_FILE_SIZE),
    maxAutoCompactions: configuration.get(ManualKeys.MAX_AUTO_COMPACTIONS),
  };
}
