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
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { CheckpointMetadata, OperatorSubtaskState } from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import { METADATA_FILE_NAME } from './checkpoint-paths.ts';
import { OPERATOR_NAMES_FILE_NAME } from './operator-names.ts';

/** Files that are gone already are no error. @throws CheckpointError `IO_EXCEPTION` */
export async function disposeCheckpointDirectory(
  fileSystem: FileSystem,
  directory: string,
  metadata: CheckpointMetadata,
): Promise<void> {
  try {
    await fileSystem.delete(joinPath(directory, METADATA_FILE_NAME), { recursive: false });
    await fileSystem.delete(joinPath(directory, OPERATOR_NAMES_FILE_NAME), { recursive: false });
    for (const path of exclusiveFiles(metadata)) {
      await fileSystem.delete(path, { recursive: false });
    }
    const status = await fileSystem.getFileStatus(directory);
    if (status !== undefined && (await fileSystem.listStatus(directory)).length === 0) {
      await fileSystem.delete(directory, { recursive: false });
    }
  } catch (error) {
    throw checkpointIoError(`cannot remove the snapshot ${directory}`, error);
  }
}

/** The files beside `_metadata` that the handles name. */
export function exclusiveFiles(metadata: CheckpointMetadata): Set<string> {
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

/** All streams of one subtask, channel state too. */
export function streamsOfSubtask(subtask: OperatorSubtaskState): StreamStateHandle[] {
  const streams: StreamStateHandle[] = [];
  for (const handle of [subtask.managedOperatorState, subtask.rawOperatorState]) {
    if (handle !== undefined) {
      streams.push(handle.delegate);
    }
  }
  for (const handle of [subtask.managedKeyedState, subtask.rawKeyedState]) {
    if (handle !== undefined) {
      streams.push(...streamsOfKeyedState(handle));
    }
  }
  for (const handle of [...subtask.inputChannelState, ...subtask.resultSubpartitionState]) {
    streams.push(handle.delegate);
  }
  return streams;
}

function streamsOfKeyedState(handle: KeyedStateHandle): StreamStateHandle[] {
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return [handle.stream];
    case 'incremental-remote':
      return [handle.meta, ...[...handle.shared, ...handle.private].map((file) => file.handle)];
    case 'changelog':
      return [...handle.materialized, ...handle.nonMaterialized].flatMap(streamsOfKeyedState);
    case 'changelog-stream':
      return handle.streams.map((stream) => stream.handle);
    case 'in-memory-changelog':
      return [];
  }
}
