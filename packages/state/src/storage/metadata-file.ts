/**
 * Writes `_metadata` in one step: under another name first, made durable, then renamed. The names of
 * the operators are written before it.
 *
 * Flink: FsCheckpointMetadataOutputStream.
 */
import { type FileSystem, type FileWriter, joinPath } from '@millrace/core';
import { writeCheckpointMetadata } from '../formats/checkpoint-metadata.ts';
import type { CheckpointMetadata } from '../snapshot/operator-state.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import { METADATA_FILE_NAME } from './checkpoint-paths.ts';
import type { CompletedCheckpointLocation } from './checkpoint-storage.ts';
import { completedLocation } from './load-checkpoint.ts';
import { writeOperatorNames } from './operator-names.ts';

/** @throws CheckpointError `IO_EXCEPTION`, `DISK_FULL`, `FILE_PERMISSION_DENIED` */
export async function writeMetadataFile(
  fileSystem: FileSystem,
  directory: string,
  metadata: CheckpointMetadata,
): Promise<CompletedCheckpointLocation> {
  const bytes = writeCheckpointMetadata(metadata);
  const temporary = joinPath(directory, `${METADATA_FILE_NAME}.inprogress`);
  await writeOperatorNames(fileSystem, directory, metadata);
  let writer: FileWriter | undefined;
  try {
    writer = await fileSystem.create(temporary, { overwrite: true });
    await writer.write(bytes);
    await writer.close();
    await fileSystem.rename(temporary, joinPath(directory, METADATA_FILE_NAME));
  } catch (error) {
    await removeTemporary(writer);
    throw checkpointIoError(`cannot write the metadata of checkpoint ${directory}`, error);
  }
  return completedLocation(fileSystem, { directory, metadata, metadataSizeBytes: bytes.length });
}

async function removeTemporary(writer: FileWriter | undefined): Promise<void> {
  try {
    await writer?.abort();
  } catch {
    // What failed before is what is reported; a temporary file is never taken for a checkpoint.
  }
}
