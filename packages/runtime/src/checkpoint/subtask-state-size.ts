/**
 * Bytes of the state of subtasks, as checkpoint statistics count them.
 *
 * Flink: StateObject.getStateSize, CompositeStateHandle.getCheckpointedSize.
 */
import {
  type KeyedStateHandle,
  type OperatorState,
  type OperatorSubtaskState,
  stateHandleSizeBytes,
} from '@millrace/state';

/** Of all subtasks. Flink: CompletedCheckpoint.getStateSize. */
export function stateSizeBytes(operators: readonly OperatorState[]): number {
  return sum(
    operators.flatMap(({ subtaskStates }) =>
      [...subtaskStates.values()].map(subtaskStateSizeBytes),
    ),
  );
}

/** All that the state is made of, whichever checkpoint wrote it. */
export function subtaskStateSizeBytes(state: OperatorSubtaskState): number {
  return sizeOf(state, keyedStateSizeBytes);
}

/** What was written for this checkpoint. */
export function subtaskCheckpointedSizeBytes(state: OperatorSubtaskState): number {
  return sizeOf(state, keyedCheckpointedSizeBytes);
}

function sizeOf(
  state: OperatorSubtaskState,
  keyedSizeOf: (handle: KeyedStateHandle) => number,
): number {
  let size = 0;
  for (const handle of [state.managedKeyedState, state.rawKeyedState]) {
    size += handle === undefined ? 0 : keyedSizeOf(handle);
  }
  for (const handle of [state.managedOperatorState, state.rawOperatorState]) {
    size += handle === undefined ? 0 : stateHandleSizeBytes(handle.delegate);
  }
  for (const handle of [...state.inputChannelState, ...state.resultSubpartitionState]) {
    size += handle.sizeBytes;
  }
  return size;
}

function keyedStateSizeBytes(handle: KeyedStateHandle): number {
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return stateHandleSizeBytes(handle.stream);
    case 'incremental-remote':
      return sum(
        [handle.meta, ...[...handle.shared, ...handle.private].map((h) => h.handle)].map(
          stateHandleSizeBytes,
        ),
      );
    case 'with-raw-timers':
      return sum(
        [...(handle.managed ? [handle.managed] : []), handle.timers].map(keyedStateSizeBytes),
      );
    case 'changelog':
      return sum([...handle.materialized, ...handle.nonMaterialized].map(keyedStateSizeBytes));
    case 'in-memory-changelog':
      return sum(handle.changes.map(({ change }) => change.length));
    case 'changelog-stream':
      return handle.sizeBytes;
  }
}

function keyedCheckpointedSizeBytes(handle: KeyedStateHandle): number {
  switch (handle.kind) {
    case 'incremental-remote':
    case 'changelog':
    case 'changelog-stream':
      // -1 in handles of old versions, which do not say it.
      return handle.checkpointedSizeBytes < 0
        ? keyedStateSizeBytes(handle)
        : handle.checkpointedSizeBytes;
    case 'with-raw-timers':
      return sum(
        [...(handle.managed ? [handle.managed] : []), handle.timers].map(
          keyedCheckpointedSizeBytes,
        ),
      );
    default:
      return keyedStateSizeBytes(handle);
  }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
