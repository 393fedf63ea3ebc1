/** Flink: ClusterClient.disposeSavepoint. */
import { FileSystems } from '@millrace/core';
import { disposeSavepoint as disposeSavepointOf } from '@millrace/state';

/**
 * Deletes a savepoint; needs no job.
 *
 * @param path - folder of the savepoint, or its `_metadata`
 * @throws CheckpointError `SNAPSHOT_NOT_A_SAVEPOINT` for a checkpoint, `SNAPSHOT_NOT_FOUND`,
 * `SNAPSHOT_CORRUPT`, `IO_EXCEPTION`
 */
export async function disposeSavepoint(
  path: string,
  options: { readonly fileSystems?: FileSystems } = {},
): Promise<void> {
  await disposeSavepointOf(options.fileSystems ?? new FileSystems(), path);
}
