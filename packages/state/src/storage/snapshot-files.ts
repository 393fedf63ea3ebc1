/**
 * Which files a snapshot names, and which of them are its own.
 *
 * - `exclusive`: belongs to this snapshot, and goes with it: what lies beside `_metadata`, and what
 *   RocksDB uploads anew for each checkpoint, which lies in `shared/` all the same.
 * - `shared`: other snapshots may name it too: SST files, parts of a changelog, and files in which
 *   segments of several snapshots lie. It goes with the last one that names it.
 *
 * Paths are absolute URIs. State inside `_metadata` has no file.
 *
 * Flink: CompositeStateHandle.registerSharedStates, StateObject.discardState.
 */
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { CheckpointMetadata, OperatorSubtaskState } from '../snapshot/operator-state.ts';
import type { CheckpointedStateScope, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { asUri } from './checkpoint-paths.ts';

/** By path; a file that is named in both ways is shared. */
export type SnapshotFiles = ReadonlyMap<string, CheckpointedStateScope>;

export function snapshotFiles(metadata: CheckpointMetadata): SnapshotFiles {
  return filesOf(
    metadata.operatorStates.flatMap(({ subtaskStates }) => [...subtaskStates.values()]),
  );
}

/** The files of what subtasks handed in, or of a whole snapshot's subtasks. */
export function filesOf(subtasks: Iterable<OperatorSubtaskState>): SnapshotFiles {
  const files = new Map<string, CheckpointedStateScope>();
  for (const subtask of subtasks) {
    for (const { stream, scope } of scopedStreams(subtask)) {
      if (stream.kind === 'byte-stream' || stream.kind === 'empty-segment-file') {
        continue;
      }
      const path = asUri(stream.path);
      // Nobody knows who else has a segment in the file.
      if (scope === 'shared' || stream.kind === 'segment-file') {
        files.set(path, 'shared');
      } else if (!files.has(path)) {
        files.set(path, 'exclusive');
      }
    }
  }
  return files;
}

/** All streams of one subtask, channel state too. */
export function streamsOfSubtask(subtask: OperatorSubtaskState): StreamStateHandle[] {
  return scopedStreams(subtask).map(({ stream }) => stream);
}

interface ScopedStream {
  readonly stream: StreamStateHandle;
  readonly scope: CheckpointedStateScope;
}

function scopedStreams(subtask: OperatorSubtaskState): ScopedStream[] {
  const streams: ScopedStream[] = [];
  for (const handle of [subtask.managedOperatorState, subtask.rawOperatorState]) {
    if (handle !== undefined) {
      streams.push({ stream: handle.delegate, scope: 'exclusive' });
    }
  }
  for (const handle of [subtask.managedKeyedState, subtask.rawKeyedState]) {
    if (handle !== undefined) {
      streams.push(...streamsOfKeyedState(handle));
    }
  }
  for (const handle of [...subtask.inputChannelState, ...subtask.resultSubpartitionState]) {
    streams.push({ stream: handle.delegate, scope: 'exclusive' });
  }
  return streams;
}

function streamsOfKeyedState(handle: KeyedStateHandle): ScopedStream[] {
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return [{ stream: handle.stream, scope: 'exclusive' }];
    case 'incremental-remote':
      return [
        { stream: handle.meta, scope: 'exclusive' },
        ...handle.private.map((file) => ({ stream: file.handle, scope: 'exclusive' }) as const),
        ...handle.shared.map((file) => ({ stream: file.handle, scope: 'shared' }) as const),
      ];
    case 'changelog':
      // The same materialized state stands in every checkpoint until the next materialization.
      return [...handle.materialized, ...handle.nonMaterialized]
        .flatMap(streamsOfKeyedState)
        .map(({ stream }) => ({ stream, scope: 'shared' }));
    case 'changelog-stream':
      return handle.streams.map((stream) => ({ stream: stream.handle, scope: 'shared' }));
    case 'with-raw-timers':
      return [...(handle.managed ? [handle.managed] : []), handle.timers].flatMap(
        streamsOfKeyedState,
      );
    case 'in-memory-changelog':
      return [];
  }
}
