/**
 * Turns the configuration into a checkpoint storage: files when a directory is set, else memory.
 *
 * Flink: CheckpointStorageLoader.
 */
import { CheckpointingOptions, ConfigError, type Configuration } from '@millrace/core';
import {
  type CheckpointStorage,
  type CheckpointStorageContext,
  filesystemStorageOf,
  jobManagerStorageOf,
  type StateBackend,
} from '@millrace/state';

/** Makes the storage of one job. */
export type CheckpointStorageFactory = (context: CheckpointStorageContext) => CheckpointStorage;

/**
 * A backend of the older names says itself where checkpoints go, and wins over all else, which warns.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`, `FILE_SYSTEM_UNKNOWN`
 */
export function chooseCheckpointStorage(
  choice: {
    readonly stateBackend: StateBackend;
    readonly ofProgram: CheckpointStorageFactory | undefined;
    readonly configuration: Configuration;
    warn(message: string): void;
  },
  context: CheckpointStorageContext,
): CheckpointStorage {
  const { stateBackend, ofProgram, configuration, warn } = choice;
  const ofBackend = stateBackend.createCheckpointStorage?.(context, configuration);
  if (ofBackend === undefined) {
    return ofProgram?.(context) ?? loadCheckpointStorage(configuration, context);
  }
  if (ofProgram !== undefined || configuration.contains(CheckpointingOptions.CHECKPOINT_STORAGE)) {
    warn(
      `the state backend ${stateBackend.constructor.name} says itself where checkpoints go, so the ` +
        'checkpoint storage that is set beside it is passed over; use hashmap or rocksdb to have it',
    );
  }
  return ofBackend;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID`, `FILE_SYSTEM_UNKNOWN` */
export function loadCheckpointStorage(
  configuration: Configuration,
  context: CheckpointStorageContext,
): CheckpointStorage {
  const checkpointDirectory = configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
  const storage = configuration.get(CheckpointingOptions.CHECKPOINT_STORAGE);
  switch (storage ?? (checkpointDirectory === undefined ? 'jobmanager' : 'filesystem')) {
    case 'jobmanager':
      return jobManagerStorageOf(context, configuration);
    case 'filesystem':
      if (checkpointDirectory === undefined) {
        throw new ConfigError(
          'CONFIG_VALUE_INVALID',
          'execution.checkpointing.storage is filesystem, but execution.checkpointing.dir is not ' +
            'set; name the directory of the checkpoints',
        );
      }
      return filesystemStorageOf(context, configuration, { checkpointDirectory });
  }
}
