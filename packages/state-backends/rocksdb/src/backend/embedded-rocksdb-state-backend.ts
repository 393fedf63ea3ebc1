/**
 * Keyed state in RocksDB: as large as the local disk, with snapshots as small as the change.
 *
 * Invariant: what the program sets wins over the configuration, which fills what is left open.
 *
 * Flink: EmbeddedRocksDBStateBackend.
 */
import {
  CheckpointingOptions,
  ConfigError,
  Configuration,
  errorMessage,
  RocksDBOptions,
  StateRecoveryOptions,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateBackendParameters, StateBackend } from '@millrace/state';
import { loadNativeAddon } from '../binding/load-native-addon.ts';
import type { LocalCopies } from '../database/local-copies.ts';
import { loadOptionsFactory } from '../options/load-options-factory.ts';
import {
  checkedDirectories,
  LocalDirectories,
  localDirectories,
} from '../options/local-directories.ts';
import { RocksDBMemoryConfiguration } from '../options/memory-configuration.ts';
import { checkOptions, openResources, type ResourceSettings } from '../options/open-resources.ts';
import { PredefinedOptions } from '../options/predefined-options.ts';
import {
  type ConfigurableRocksDBOptionsFactory,
  configureFactory,
  type RocksDBOptionsFactory,
} from '../options/rocksdb-options-factory.ts';
import { localBackup } from './local-backup.ts';
import {
  openRocksDBKeyedStateBackend,
  type PriorityQueueStateType,
} from './open-rocksdb-keyed-state-backend.ts';

export class EmbeddedRocksDBStateBackend implements StateBackend {
  readonly name: string = 'rocksdb';
  private readonly memory: RocksDBMemoryConfiguration;
  private readonly incremental: boolean | undefined;
  private configuration: Configuration;
  private storagePaths: readonly string[] | undefined;
  private predefined: PredefinedOptions | undefined;
  private factory: RocksDBOptionsFactory | undefined;
  private priorityQueues: PriorityQueueStateType | undefined;
  private transferThreads: number | undefined;
  private batchSize: number | undefined;
  private settings: ResourceSettings | undefined;
  private localCopies: LocalCopies | undefined;

  /** @param enableIncrementalCheckpointing - `execution.checkpointing.incremental` unless given */
  constructor(enableIncrementalCheckpointing?: boolean) {
    this.memory = new RocksDBMemoryConfiguration();
    this.incremental = enableIncrementalCheckpointing;
    this.configuration = new Configuration();
    this.storagePaths = undefined;
    this.predefined = undefined;
    this.factory = undefined;
    this.priorityQueues = undefined;
    this.transferThreads = undefined;
    this.batchSize = undefined;
    this.settings = undefined;
    this.localCopies = undefined;
  }

  get isIncrementalCheckpointsEnabled(): boolean {
    return this.incremental ?? this.configuration.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS);
  }

  /** What is not set in it is the configuration's. */
  get memoryConfiguration(): RocksDBMemoryConfiguration {
    return this.memory;
  }

  /** As the program set them; `undefined` where the configuration decides. */
  get dbStoragePaths(): readonly string[] | undefined {
    return this.storagePaths;
  }

  /** See `setDbStoragePaths`; `undefined` lets the configuration decide. */
  setDbStoragePath(path: string | undefined): this {
    return this.setDbStoragePaths(path === undefined ? undefined : [path]);
  }

  /**
   * The local folders of the databases, absolute or as file: URIs, dealt out in turn.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  setDbStoragePaths(paths: readonly string[] | undefined): this {
    this.storagePaths =
      paths === undefined ? undefined : checkedDirectories(paths, 'setDbStoragePaths');
    return this.changed();
  }

  get predefinedOptions(): PredefinedOptions {
    return this.predefined ?? this.configuration.get(RocksDBOptions.PREDEFINED_OPTIONS);
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  setPredefinedOptions(options: PredefinedOptions): this {
    if (!Object.hasOwn(PredefinedOptions, options)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `there are no predefined options '${options}'; use ${Object.keys(PredefinedOptions).join(', ')}`,
      );
    }
    this.predefined = options;
    return this.changed();
  }

  get rocksDBOptions(): RocksDBOptionsFactory | undefined {
    return this.factory;
  }

  /** Wins over `state.backend.rocksdb.options-factory`; a configurable one is given the configuration. */
  setRocksDBOptions(
    factory: RocksDBOptionsFactory | ConfigurableRocksDBOptionsFactory | undefined,
  ): this {
    this.factory = factory;
    return this.changed();
  }

  get priorityQueueStateType(): PriorityQueueStateType {
    return this.priorityQueues ?? this.configuration.get(RocksDBOptions.TIMER_SERVICE_FACTORY);
  }

  setPriorityQueueStateType(type: PriorityQueueStateType): this {
    this.priorityQueues = type;
    return this.changed();
  }

  get numberOfTransferThreads(): number {
    return (
      this.transferThreads ?? this.configuration.get(RocksDBOptions.CHECKPOINT_TRANSFER_THREAD_NUM)
    );
  }

  /** How many files a subtask uploads or downloads at once: 1 to 1024. @throws ConfigError `CONFIG_VALUE_INVALID` */
  setNumberOfTransferThreads(count: number): this {
    this.transferThreads = wholeNumber('setNumberOfTransferThreads', count, { min: 1, max: 1024 });
    return this.changed();
  }

  /** Bytes. */
  get writeBatchSize(): number {
    return this.batchSize ?? this.configuration.get(RocksDBOptions.WRITE_BATCH_SIZE);
  }

  /** Bytes, 0 to 256 MiB; 0 is after 500 writes, whatever their size. @throws ConfigError `CONFIG_VALUE_INVALID` */
  setWriteBatchSize(bytes: number): this {
    this.batchSize = wholeNumber('setWriteBatchSize', bytes, { min: 0, max: 256 * 1024 * 1024 });
    return this.changed();
  }

  /**
   * The same with the configuration for what the program left open. Flink: configure.
   *
   * @throws ConfigError `ROCKSDB_NOT_BUILT`, `CONFIG_VALUE_INVALID`
   */
  async configure(configuration: Configuration): Promise<this> {
    loadNativeAddon();
    const configured = Object.assign(Object.create(Object.getPrototypeOf(this)), this, {
      memory: this.memory.copy(),
      configuration,
      factory: this.factory ?? (await loadOptionsFactory(configuration)),
      settings: undefined,
    }) as this;
    configured.settings = configured.resourceSettings();
    checkOptions(configured.settings);
    configured.localCopies = localBackup(configuration);
    return configured;
  }

  async createKeyedStateBackend<K>(
    parameters: KeyedStateBackendParameters<K>,
  ): Promise<KeyedStateBackend<K>> {
    this.settings ??= this.resourceSettings();
    return openRocksDBKeyedStateBackend(parameters, {
      resources: await openResources(this.settings, parameters),
      incrementalCheckpoints: this.isIncrementalCheckpointsEnabled,
      priorityQueueStateType: this.priorityQueueStateType,
      localBackup: this.localCopies,
      localRecovery: this.configuration.get(StateRecoveryOptions.LOCAL_RECOVERY)
        ? this.localCopies
        : undefined,
    });
  }

  /** The job is over: copies of its checkpoints that are kept on this machine go. */
  async close(): Promise<void> {
    await this.localCopies?.clear();
  }

  private resourceSettings(): ResourceSettings {
    const { configuration, factory } = this;
    return {
      configuration,
      predefined: this.predefinedOptions,
      optionsFactory: factory === undefined ? undefined : configured(factory, configuration),
      memory: this.memory.resolve(configuration),
      directories: new LocalDirectories(this.storagePaths ?? localDirectories(configuration)),
      transferConcurrency: this.numberOfTransferThreads,
      writeBatchBytes: this.writeBatchSize,
    };
  }

  private changed(): this {
    this.settings = undefined;
    return this;
  }
}

/** What `state.backend.type: rocksdb` loads. Flink: EmbeddedRocksDBStateBackendFactory. */
export function createStateBackend(
  configuration: Configuration,
): Promise<EmbeddedRocksDBStateBackend> {
  return new EmbeddedRocksDBStateBackend().configure(configuration);
}

function configured(
  factory: RocksDBOptionsFactory,
  configuration: Configuration,
): RocksDBOptionsFactory {
  try {
    return configureFactory(factory, configuration);
  } catch (cause) {
    if (cause instanceof ConfigError) {
      throw cause;
    }
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the options factory of RocksDB could not be configured: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

function wholeNumber(
  what: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} was given ${value}; use a whole number from ${min} to ${max}`,
    );
  }
  return value;
}
