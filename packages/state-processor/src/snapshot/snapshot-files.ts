/** The files that the handles of a snapshot name. */
import {
  type CheckpointMetadata,
  type KeyedStateHandle,
  type OperatorSubtaskState,
  type StreamStateHandle,
  stateHandleSizeBytes,
  streamsOfSubtask,
} from '@millrace/state';
import type { SnapshotFile } from './snapshot.ts';

/** By path. The coordinator's state is always inline. */
export function filesOfSnapshot(metadata: CheckpointMetadata): SnapshotFile[] {
  const files = new Map<
    string,
    { parts: Map<string, number>; shared: boolean; operatorIds: Set<string> }
  >();
  for (const { operatorId, subtaskStates } of metadata.operatorStates) {
    for (const subtask of subtaskStates.values()) {
      const shared = sharedPaths(subtask);
      for (const stream of streamsOfSubtask(subtask)) {
        const path = pathOf(stream);
        if (path === undefined) {
          continue;
        }
        let file = files.get(path);
        if (file === undefined) {
          file = { parts: new Map(), shared: false, operatorIds: new Set() };
          files.set(path, file);
        }
        const start = stream.kind === 'segment-file' ? stream.startPosition : 0;
        file.parts.set(`${start}`, stateHandleSizeBytes(stream));
        file.shared ||= shared.has(path);
        file.operatorIds.add(operatorId);
      }
    }
  }
  return Array.from(files, ([path, { parts, shared, operatorIds }]) => ({
    path,
    sizeBytes: [...parts.values()].reduce((sum, size) => sum + size, 0),
    scope: shared ? ('shared' as const) : ('exclusive' as const),
    operatorIds: [...operatorIds],
  })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `undefined` for what is inline. */
export function pathOf(stream: StreamStateHandle): string | undefined {
  return 'path' in stream ? stream.path : undefined;
}

function sharedPaths(subtask: OperatorSubtaskState): Set<string> {
  const paths = new Set<string>();
  for (const stream of streamsOfSubtask(subtask)) {
    if (stream.kind === 'segment-file' && stream.scope === 'shared') {
      paths.add(stream.path);
    }
  }
  for (const handle of [subtask.managedKeyedState, subtask.rawKeyedState]) {
    if (handle !== undefined) {
      addShared(handle, paths);
    }
  }
  return paths;
}

function addShared(handle: KeyedStateHandle, paths: Set<string>): void {
  if (handle.kind === 'incremental-remote') {
    for (const { handle: file } of handle.shared) {
      if (file.kind === 'file') {
        paths.add(file.path);
      }
    }
  } else if (handle.kind === 'changelog') {
    for (const nested of [...handle.materialized, ...handle.nonMaterialized]) {
      addShared(nested, paths);
    }
  } else if (handle.kind === 'changelog-stream') {
    for (const { handle: file } of handle.streams) {
      if (file.kind === 'file') {
        paths.add(file.path);
      }
    }
  }
}

/** What a keyed state handle takes, wherever it is: a log shared by several counts for each. */
export function keyedStateBytes(handle: KeyedStateHandle | undefined): number {
  switch (handle?.kind) {
    case undefined:
      return 0;
    case 'key-groups':
    case 'key-groups-savepoint':
      return stateHandleSizeBytes(handle.stream);
    case 'incremental-remote':
      return [...handle.shared, ...handle.private].reduce(
        (sum, file) => sum + stateHandleSizeBytes(file.handle),
        stateHandleSizeBytes(handle.meta),
      );
    case 'with-raw-timers':
      return keyedStateBytes(handle.managed) + keyedStateBytes(handle.timers);
    case 'changelog':
      return [...handle.materialized, ...handle.nonMaterialized].reduce(
        (sum, nested) => sum + keyedStateBytes(nested),
        0,
      );
    case 'in-memory-changelog':
      return handle.changes.reduce((sum, { change }) => sum + change.length, 0);
    case 'changelog-stream':
      return handle.sizeBytes;
  }
}
