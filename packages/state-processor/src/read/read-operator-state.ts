/**
 * Reads the operator state of one operator: lists, and maps that are broadcast.
 *
 * Invariants:
 * - Of a list the items of all subtasks are given, in the order of the subtasks; one subtask's state
 *   is in memory at a time.
 * - Of a broadcast map one copy is given: all subtasks have the same.
 *
 * Flink: ListStateInputFormat, UnionStateInputFormat, BroadcastStateInputFormat.
 */
import { ListStateDescriptor, type MapStateDescriptor, type TypeInformation } from '@millrace/core';
import {
  createOperatorStateBackend,
  type OperatorStateDistributionMode,
  type OperatorStateHandle,
  readOperatorBackendState,
} from '@millrace/state';
import { type OpenedSavepoint, operatorOf, stateNotInSnapshot } from './open-savepoint.ts';
import type { OperatorIdentifier } from './operator-identifier.ts';

export interface OperatorStateToRead {
  readonly savepoint: OpenedSavepoint;
  readonly id: OperatorIdentifier;
  readonly name: string;
}

export async function* readList<T>(
  state: OperatorStateToRead,
  mode: 'split-distribute' | 'union',
  elementType: TypeInformation<T> | undefined,
): AsyncGenerator<T, void, undefined> {
  const { openStateHandle } = state.savepoint;
  for (const handle of handlesWith(state, mode)) {
    if (elementType === undefined) {
      const restored = await readOperatorBackendState(handle, openStateHandle);
      yield* (restored.lists.find((list) => list.name === state.name)?.items ?? []) as T[];
      continue;
    }
    const backend = await openBackend(state, handle);
    const descriptor = new ListStateDescriptor(state.name, elementType);
    const list =
      mode === 'union' ? backend.getUnionListState(descriptor) : backend.getListState(descriptor);
    yield* list.get();
    backend.dispose();
  }
}

export async function* readBroadcast<K, V>(
  state: OperatorStateToRead,
  descriptor: MapStateDescriptor<K, V> | undefined,
): AsyncGenerator<readonly [key: K, value: V], void, undefined> {
  const [handle] = handlesWith(state, 'broadcast');
  if (handle === undefined) {
    return;
  }
  if (descriptor === undefined) {
    const restored = await readOperatorBackendState(handle, state.savepoint.openStateHandle);
    const map = restored.broadcasts.find((each) => each.name === state.name);
    yield* (map?.entries ?? new Map()) as ReadonlyMap<K, V>;
    return;
  }
  const backend = await openBackend(state, handle);
  yield* backend.getBroadcastState(descriptor).entries();
  backend.dispose();
}

function openBackend({ savepoint, id }: OperatorStateToRead, handle: OperatorStateHandle) {
  return createOperatorStateBackend({
    operatorName: id.uid ?? id.operatorId,
    operatorUid: id.uid,
    stateHandles: [handle],
    openStateHandle: savepoint.openStateHandle,
  });
}

/** @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT` */
function handlesWith(
  { savepoint, id, name }: OperatorStateToRead,
  mode: OperatorStateDistributionMode,
): OperatorStateHandle[] {
  const handles = [...operatorOf(savepoint, id).subtaskStates.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([, subtask]) => subtask.managedOperatorState ?? []);
  const known = new Map(
    handles.flatMap((handle) =>
      [...handle.stateNameToPartitionOffsets].map(([each, meta]) => [each, meta.mode] as const),
    ),
  );
  if (known.get(name) !== mode) {
    const names = [...known].map(([each, kind]) => `${each} (${KINDS[kind]})`);
    const what = `${KINDS[mode]} '${name}'`;
    throw stateNotInSnapshot(savepoint, id, { what, known: names });
  }
  return handles.filter((handle) => handle.stateNameToPartitionOffsets.has(name));
}

const KINDS: Readonly<Record<OperatorStateDistributionMode, string>> = {
  'split-distribute': 'list state',
  union: 'union list state',
  broadcast: 'broadcast state',
};
