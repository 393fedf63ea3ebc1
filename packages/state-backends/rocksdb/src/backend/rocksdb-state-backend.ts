/**
 * The name that RocksDB had when a backend also said where checkpoints go.
 *
 * Flink: RocksDBStateBackend.
 */
import { CheckpointingOptions, ConfigError, type Configuration } from '@millrace/core';
import {
  type CheckpointStorage,
  type CheckpointStorageContext,
  filesystemStorageOf,
  type StateBackend,
} from '@millrace/state';
import { EmbeddedRocksDBStateBackend } from './embedded-rocksdb-state-backend.ts';

/**
 * `EmbeddedRocksDBStateBackend` whose checkpoints go to `checkpoints`, whatever storage is set beside it.
 *
 * @deprecated Set an `EmbeddedRocksDBStateBackend`, and `checkpointConfig.setCheckpointStorage`.
 */
export class RocksDBStateBackend extends EmbeddedRocksDBStateBackend {
  private readonly checkpoints: string | StateBackend;

  /**
   * @param checkpoints - the directory of checkpoints, or a backend that says where they go: an `FsStateBackend`
   * @throws ConfigError `CONFIG_VALUE_INVALID` for no directory, or a backend that says nothing of it
   */
  constructor(checkpoints: string | StateBackend, enableIncrementalCheckpointing?: boolean) {
    super(enableIncrementalCheckpointing);
    if (
      typeof checkpoints !== 'string' &&
      (typeof checkpoints !== 'object' || checkpoints === null)
    ) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `RocksDBStateBackend was given ${String(checkpoints)}; give it the directory of checkpoints`,
      );
    }
    if (typeof checkpoints !== 'string' && checkpoints.createCheckpointStorage === undefined) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `RocksDBStateBackend was given the backend ${checkpoints.name}, which says nothing of where ` +
          'checkpoints go; give it a directory',
      );
    }
    this.checkpoints = checkpoints;
  }

  createCheckpointStorage(
    context: CheckpointStorageContext,
    configuration: Configuration,
  ): CheckpointStorage {
    const { checkpoints } = this;
    return typeof checkpoints === 'string'
      ? filesystemStorageOf(context, configuration, { checkpointDirectory: checkpoints })
      : (checkpoints.createCheckpointStorage?.(context, configuration) as CheckpointStorage);
  }
}

/** What Flink's older factory class makes: it insists on a directory. Flink: RocksDBStateBackendFactory. */
export function createRocksDBStateBackend(
  configuration: Configuration,
): Promise<RocksDBStateBackend> {
  const directory = configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
  if (directory === undefined) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'state.backend.type names RocksDBStateBackendFactory, which needs the directory of checkpoints; ' +
        'set execution.checkpointing.dir, or use rocksdb',
    );
  }
  return new RocksDBStateBackend(directory).configure(configuration);
}
