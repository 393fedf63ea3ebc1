/**
 * Turns the configuration into a checkpoint storage: files when a directory is set, else memory.
 *
 * Flink: CheckpointStorageLoader.
 */
import {
  CheckpointingOptions,
  ConfigError,
  type Configuration,
  type FileSystems,
} from '@millrace/core';
import {
  type CheckpointStorage,
  FileSystemCheckpointStorage,
  JobManagerCheckpointStorage,
} from '@millrace/state';

export interface CheckpointStorageContext {
  readonly jobId: string;
  readonly fileSystems: FileSystems;
}

/** Makes the storage of one job. */
export type CheckpointStorageFactory = (context: CheckpointStorageContext) => CheckpointStorage;

/** @throws ConfigError `CONFIG_VALUE_INVALID`, `FILE_SYSTEM_UNKNOWN` */
export function loadCheckpointStorage(
  configuration: Configuration,
  { jobId, fileSystems }: CheckpointStorageContext,
): CheckpointStorage {
  const checkpointDirectory = configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
  const storage = configuration.get(CheckpointingOptions.CHECKPOINT_STORAGE)?.toLowerCase();
  const createSubdirectory = configuration.get(CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR);
  switch (storage ?? (checkpointDirectory === undefined ? 'jobmanager' : 'filesystem')) {
    case 'jobmanager':
      return new JobManagerCheckpointStorage(
        fileSystems.getFileSystem(checkpointDirectory ?? '/'),
        {
          jobId,
          createSubdirectory,
          ...(checkpointDirectory === undefined ? {} : { checkpointDirectory }),
        },
      );
    case 'filesystem':
      if (checkpointDirectory === undefined) {
        throw new ConfigError(
          'CONFIG_VALUE_INVALID',
          'execution.checkpointing.storage is filesystem, but execution.checkpointing.dir is not ' +
            'set; name the directory of the checkpoints',
        );
      }
      return new FileSystemCheckpointStorage(fileSystems.getFileSystem(checkpointDirectory), {
        checkpointDirectory,
        jobId,
        createSubdirectory,
        inlineThresholdBytes: configuration.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD),
        writeBufferSizeBytes: configuration.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE),
      });
    default:
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `execution.checkpointing.storage is '${storage}'; use jobmanager or filesystem`,
      );
  }
}
