/**
 * Deletes a savepoint that its owner does not want any more.
 *
 * Invariants:
 * - What is no savepoint is refused before anything is deleted: a checkpoint may share files with
 *   others, and belongs to its job.
 * - `_metadata` goes first, then the savepoint's own files in its folder, then the folder when nothing
 *   else is in it. Files that it names elsewhere stay: another snapshot may be where they come from.
 *
 * Flink: Checkpoints.disposeSavepoint, which deletes retained checkpoints too, with shared files.
 */
import { CheckpointError, fileName } from '@millrace/core';
import { type FileSystemProvider, loadCheckpointMetadata } from './load-checkpoint.ts';

/**
 * @param pointer - folder of the savepoint, or its `_metadata`
 * @throws CheckpointError `SNAPSHOT_NOT_A_SAVEPOINT`, `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`,
 * `IO_EXCEPTION`
 */
export async function disposeSavepoint(
  fileSystems: FileSystemProvider,
  pointer: string,
): Promise<void> {
  const { metadata, externalPointer, dispose } = await loadCheckpointMetadata(fileSystems, pointer);
  // Before format version 4 a snapshot does not say what it is.
  const isSavepoint =
    metadata.properties === undefined
      ? fileName(externalPointer).startsWith('savepoint-')
      : metadata.properties.snapshotType.kind === 'savepoint';
  if (!isSavepoint) {
    throw new CheckpointError(
      'SNAPSHOT_NOT_A_SAVEPOINT',
      `${externalPointer} is a checkpoint, not a savepoint: nothing was deleted, as others may need its ` +
        'files; a job that starts from it with execution.state-recovery.claim-mode CLAIM deletes it ' +
        'when it needs it no more',
    );
  }
  await dispose();
}
