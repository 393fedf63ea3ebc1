/**
 * Removes a snapshot that is no longer wanted.
 *
 * Invariants:
 * - `_metadata` goes first: what is left by a crash is no snapshot.
 * - Only files of this snapshot go; shared ones and a user's files in the folder stay.
 *
 * Flink: CompletedCheckpoint.discard.
 */
import { type FileSystem, joinPath } from '@millrace/core';
import type { CheckpointMetadata } from '../snapshot/operator-state.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import { METADATA_FILE_NAME } from './checkpoint-paths.ts';
import { OPERATOR_NAMES_FILE_NAME } from './operator-names.ts';
import { streamsOfSubtask } from './snapshot-files.ts';

/**
 * @param files - what goes with it: what lies in its folder, unless given by who knows better
 * @throws CheckpointError `IO_EXCEPTION`; files that are gone already are no error
 */
export async function disposeCheckpointDirectory(
  fileSystem: FileSystem,
  directory: string,
  files: Iterable<string>,
): Promise<void> {
  try {
    await fileSystem.delete(joinPath(directory, METADATA_FILE_NAME), { recursive: false });
    await fileSystem.delete(joinPath(directory, OPERATOR_NAMES_FILE_NAME), { recursive: false });
    for (const path of files) {
      await fileSystem.delete(path, { recursive: false });
    }
    await removeEmptyDirectory(fileSystem, directory);
  } catch (error) {
    throw checkpointIoError(`cannot remove the snapshot ${directory}`, error);
  }
}

/** Nothing for a folder that holds something, or that is not there. */
export async function removeEmptyDirectory(
  fileSystem: FileSystem,
  directory: string,
): Promise<void> {
  const status = await fileSystem.getFileStatus(directory);
  if (status !== undefined && (await fileSystem.listStatus(directory)).length === 0) {
    await fileSystem.delete(directory, { recursive: false });
  }
}

/** The files in the folder of the snapshot that its handles name: those with a relative path. */
export function filesInFolder(metadata: CheckpointMetadata): Set<string> {
  const paths = new Set<string>();
  for (const operator of metadata.operatorStates) {
    for (const subtask of operator.subtaskStates.values()) {
      for (const stream of streamsOfSubtask(subtask)) {
        if (stream.kind === 'relative-file') {
          paths.add(stream.path);
        }
      }
    }
  }
  return paths;
}
