/** The files that the handles of a snapshot name, and what it uses of each. */
import {
  asUri,
  type CheckpointMetadata,
  type KeyedStateHandle,
  type StreamStateHandle,
  snapshotFiles,
  stateHandleSizeBytes,
  streamsOfSubtask,
} from '@millrace/state';
import type { SnapshotFile } from './snapshot.ts';

/** By path. The coordinator's state is always inline. */
export function describeFiles(metadata: CheckpointMetadata): SnapshotFile[] {
  const used = new Map<string, { parts: Map<number, number>; operatorIds: Set<string> }>();
  for (const { operatorId, subtaskStates } of metadata.operatorStates) {
    for (const stream of [...subtaskStates.values()].flatMap(streamsOfSubtask)) {
      const path = pathOf(stream);
      if (path === undefined) {
        continue;
      }
      const uri = asUri(path);
      const file = used.get(uri) ?? { parts: new Map(), operatorIds: new Set() };
      used.set(uri, file);
      const start = stream.kind === 'segment-file' ? stream.startPosition : 0;
      file.parts.set(start, stateHandleSizeBytes(stream));
      file.operatorIds.add(operatorId);
    }
  }
  return Array.from(snapshotFiles(metadata), ([path, scope]) => {
    const { parts, operatorIds } = used.get(path)!;
    const sizeBytes = [...parts.values()].reduce((sum, size) => sum + size, 0);
    return { path, sizeBytes, scope, operatorIds: [...operatorIds] };
  }).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `undefined` for what is inline. */
export function pathOf(stream: StreamStateHandle): string | undefined {
  return 'path' in stream ? stream.path : undefined;
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
