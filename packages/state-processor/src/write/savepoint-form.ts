/** Makes the folder of a new savepoint, and what a savepoint says of itself. */
import { type FileSystem, FileSystems } from '@millrace/core';
import {
  asUri,
  type CheckpointProperties,
  type CheckpointStorageLocation,
  type FileSystemProvider,
  savepointLocationAt,
} from '@millrace/state';

/** A canonical savepoint, as a user asks for one. Flink: CheckpointProperties.forSavepoint. */
export const SAVEPOINT_PROPERTIES: CheckpointProperties = {
  snapshotType: {
    kind: 'savepoint',
    name: 'Savepoint',
    formatType: 'canonical',
    postCheckpointAction: 'none',
  },
  forced: true,
  unclaimed: false,
  discardSubsumed: false,
  discardFinished: false,
  discardCancelled: false,
  discardFailed: false,
  discardSuspended: false,
};

const WRITE_BUFFER_BYTES = 1024 * 1024;

export interface NewSavepoint extends CheckpointStorageLocation {
  /** As a URI. */
  readonly directory: string;
}

/**
 * @param target - a folder that is not there or is empty
 * @throws CheckpointError `FILE_EXISTS`, `IO_EXCEPTION`, `FILE_PERMISSION_DENIED`
 */
export async function beginSavepoint(
  target: string,
  options: {
    readonly fileSystems?: FileSystemProvider | undefined;
    readonly inlineThresholdBytes: number;
    readonly snapshotCompression?: boolean | undefined;
  },
): Promise<NewSavepoint> {
  const directory = asUri(target);
  const fileSystem: FileSystem = (options.fileSystems ?? new FileSystems()).getFileSystem(
    directory,
  );
  const location = await savepointLocationAt(directory, {
    fileSystem,
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: options.inlineThresholdBytes,
    writeBufferSizeBytes: WRITE_BUFFER_BYTES,
  });
  return { ...location, directory, snapshotCompression: options.snapshotCompression ?? false };
}
