/** Makes the folder of a new savepoint. */
import { type FileSystem, FileSystems } from '@millrace/core';
import {
  asUri,
  type CheckpointStorageLocation,
  type FileSystemProvider,
  savepointLocationAt,
} from '@millrace/state';

const WRITE_BUFFER_BYTES = 1024 * 1024;

export interface NewSavepoint extends CheckpointStorageLocation {
  /** As a URI. */
  readonly directory: string;
}

export interface NewSavepointForm {
  readonly fileSystems?: FileSystemProvider | undefined;
  readonly inlineThresholdBytes: number;
  readonly snapshotCompression?: boolean | undefined;
}

/**
 * Of a savepoint that fails nothing is left. Where what was written cannot be removed either, it is the
 * first error that is thrown; what stays has no `_metadata`.
 *
 * @param target - a folder that is not there or is empty
 * @param write - writes the state and, last, the metadata
 * @throws CheckpointError `FILE_EXISTS`, `IO_EXCEPTION`, `FILE_PERMISSION_DENIED`, and what `write` throws
 */
export async function writeSavepoint<T>(
  target: string,
  form: NewSavepointForm,
  write: (savepoint: NewSavepoint) => Promise<T>,
): Promise<T> {
  const savepoint = await beginSavepoint(target, form);
  try {
    return await write(savepoint);
  } catch (error) {
    await savepoint.disposeOnFailure().catch(() => {});
    throw error;
  }
}

async function beginSavepoint(target: string, form: NewSavepointForm): Promise<NewSavepoint> {
  const directory = asUri(target);
  const fileSystem: FileSystem = (form.fileSystems ?? new FileSystems()).getFileSystem(directory);
  const location = await savepointLocationAt(directory, {
    fileSystem,
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: form.inlineThresholdBytes,
    writeBufferSizeBytes: WRITE_BUFFER_BYTES,
  });
  return { ...location, directory, snapshotCompression: form.snapshotCompression ?? false };
}
