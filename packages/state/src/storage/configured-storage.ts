/** Storages with what the configuration says of them. Flink: CheckpointStorageLoader. */
import { CheckpointingOptions, type Configuration, type FileSystems } from '@millrace/core';
import {
  FileSystemCheckpointStorage,
  type FileSystemCheckpointStorageOptions,
} from './filesystem-checkpoint-storage.ts';
import {
  JobManagerCheckpointStorage,
  type JobManagerCheckpointStorageOptions,
} from './jobmanager-checkpoint-storage.ts';

export interface CheckpointStorageContext {
  readonly jobId: string;
  readonly fileSystems: FileSystems;
}

/** In files; what is `set` wins over the configuration. */
export function filesystemStorageOf(
  { jobId, fileSystems }: CheckpointStorageContext,
  configuration: Configuration,
  set: Omit<FileSystemCheckpointStorageOptions, 'jobId'>,
): FileSystemCheckpointStorage {
  return new FileSystemCheckpointStorage(fileSystems.getFileSystem(set.checkpointDirectory), {
    createSubdirectory: configuration.get(CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR),
    inlineThresholdBytes: configuration.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD),
    writeBufferSizeBytes: configuration.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE),
    ...set,
    jobId,
  });
}

/** In memory, with the metadata in a file where a directory is configured. */
export function jobManagerStorageOf(
  { jobId, fileSystems }: CheckpointStorageContext,
  configuration: Configuration,
  set: Omit<JobManagerCheckpointStorageOptions, 'jobId'> = {},
): JobManagerCheckpointStorage {
  const checkpointDirectory =
    set.checkpointDirectory ?? configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
  return new JobManagerCheckpointStorage(fileSystems.getFileSystem(checkpointDirectory ?? '/'), {
    createSubdirectory: configuration.get(CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR),
    ...set,
    ...(checkpointDirectory === undefined ? {} : { checkpointDirectory }),
    jobId,
  });
}
