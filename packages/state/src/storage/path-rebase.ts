/**
 * Snapshots that were moved although they name files by absolute path.
 *
 * A rebase is applied to the handles when a snapshot is read, so whatever opens, deletes or names a
 * file of it again means the same one.
 */
import { ConfigError, joinPath } from '@millrace/core';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type {
  ChannelStateHandle,
  CheckpointMetadata,
  OperatorSubtaskState,
} from '../snapshot/operator-state.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { asUri } from './checkpoint-paths.ts';

/** Files that a snapshot names below `from` are below `to` now. */
export interface PathRebase {
  readonly from: string;
  readonly to: string;
}

/** The longest prefix first, which is the one that counts. */
export function sortedRebases(rebases: readonly PathRebase[]): PathRebase[] {
  return [...rebases].sort((a, b) => asUri(b.from).length - asUri(a.from).length);
}

/** The path of a moved file; the path itself when no prefix fits. @param rebases - sorted */
export function rebasePath(path: string, rebases: readonly PathRebase[]): string {
  const uri = asUri(path);
  for (const { from, to } of rebases) {
    const prefix = asUri(from);
    if (uri === prefix || uri.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)) {
      return joinPath(asUri(to), uri.slice(prefix.length));
    }
  }
  return uri;
}

/** The snapshot with every absolute path where its file is now; relative ones stay. */
export function rebaseMetadata(
  metadata: CheckpointMetadata,
  rebases: readonly PathRebase[],
): CheckpointMetadata {
  if (rebases.length === 0) {
    return metadata;
  }
  const sorted = sortedRebases(rebases);
  const rebase = (path: string): string => rebasePath(path, sorted);
  return {
    ...metadata,
    operatorStates: metadata.operatorStates.map((operator) => ({
      ...operator,
      subtaskStates: new Map(
        [...operator.subtaskStates].map(([index, state]) => [index, rebasedSubtask(state, rebase)]),
      ),
    })),
  };
}

type Rebase = (path: string) => string;

function rebasedSubtask(state: OperatorSubtaskState, rebase: Rebase): OperatorSubtaskState {
  const channel = (handle: ChannelStateHandle): ChannelStateHandle => ({
    ...handle,
    delegate: rebasedStream(handle.delegate, rebase),
  });
  const { managedOperatorState, rawOperatorState, managedKeyedState, rawKeyedState } = state;
  return {
    ...state,
    managedOperatorState: managedOperatorState && rebasedOperator(managedOperatorState, rebase),
    rawOperatorState: rawOperatorState && rebasedOperator(rawOperatorState, rebase),
    managedKeyedState: managedKeyedState && rebasedKeyed(managedKeyedState, rebase),
    rawKeyedState: rawKeyedState && rebasedKeyed(rawKeyedState, rebase),
    inputChannelState: state.inputChannelState.map(channel),
    resultSubpartitionState: state.resultSubpartitionState.map(channel),
  };
}

function rebasedOperator(handle: OperatorStateHandle, rebase: Rebase): OperatorStateHandle {
  const { fileMerging } = handle;
  return {
    ...handle,
    delegate: rebasedStream(handle.delegate, rebase),
    ...(fileMerging === undefined
      ? {}
      : {
          fileMerging: {
            ...fileMerging,
            taskOwnedDirectory: rebase(fileMerging.taskOwnedDirectory),
            sharedDirectory: rebase(fileMerging.sharedDirectory),
          },
        }),
  };
}

function rebasedKeyed(handle: KeyedStateHandle, rebase: Rebase): KeyedStateHandle {
  const stream = (each: StreamStateHandle): StreamStateHandle => rebasedStream(each, rebase);
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return { ...handle, stream: stream(handle.stream) };
    case 'incremental-remote':
      return {
        ...handle,
        meta: stream(handle.meta),
        shared: handle.shared.map((file) => ({ ...file, handle: stream(file.handle) })),
        private: handle.private.map((file) => ({ ...file, handle: stream(file.handle) })),
      };
    case 'changelog':
      return {
        ...handle,
        materialized: handle.materialized.map((each) => rebasedKeyed(each, rebase)),
        nonMaterialized: handle.nonMaterialized.map((each) => rebasedKeyed(each, rebase)),
      };
    case 'changelog-stream':
      return {
        ...handle,
        streams: handle.streams.map((each) => ({ ...each, handle: stream(each.handle) })),
      };
    case 'with-raw-timers':
      return {
        ...handle,
        managed: handle.managed && rebasedKeyed(handle.managed, rebase),
        timers: { ...handle.timers, stream: stream(handle.timers.stream) },
      };
    case 'in-memory-changelog':
      return handle;
  }
}

function rebasedStream(handle: StreamStateHandle, rebase: Rebase): StreamStateHandle {
  return handle.kind === 'file' || handle.kind === 'segment-file'
    ? { ...handle, path: rebase(handle.path) }
    : handle;
}

/**
 * Reads `FROM=TO`; the first equals sign divides, so a folder with one in its name can only be `TO`.
 *
 * @param where - the option that it comes from
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function parsePathRebase(text: string, where: string): PathRebase {
  const at = text.indexOf('=');
  const from = text.slice(0, at).trim();
  const to = text.slice(at + 1).trim();
  if (at < 0 || from === '' || to === '') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${where} is '${text}'; use FROM=TO, the folder that the snapshot names and the one where its ` +
        'files are now, such as /old/checkpoints=/new/checkpoints',
    );
  }
  return { from, to };
}
