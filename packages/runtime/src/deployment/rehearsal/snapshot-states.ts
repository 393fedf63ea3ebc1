/** Which states a snapshot holds of one operator: what its headers say, no entries. */
import {
  DataInputView,
  errorCode,
  type TypeSerializerSnapshot,
  typeDescription,
} from '@millrace/core';
import {
  type KeyedBackendHeader,
  type KeyedStateHandle,
  keyedStateOf,
  type OpenKeyedStateOptions,
  type OpenStateHandle,
  type OperatorState,
  type OperatorStateHandle,
  openKeyedState,
  readOperatorBackendHeader,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import type { StateDescription } from './job-rehearsal.ts';

/**
 * @param keySerializer - of the program, where the operator has keys: not all snapshots say it
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`
 */
export async function statesInSnapshot(
  operator: OperatorState,
  openStateHandle: OpenStateHandle,
  keySerializer?: TypeSerializerSnapshot<unknown>,
): Promise<StateDescription[]> {
  const states = new Map<string, StateDescription>();
  const add = (state: StateDescription) => {
    const known = states.get(state.name);
    states.set(state.name, known ?? state);
  };
  for (const subtask of operator.subtaskStates.values()) {
    const { managedOperatorState } = subtask;
    const keyed = await keyedHeader(keyedStateOf(subtask), {
      numberOfKeyGroups: operator.maxParallelism,
      openStateHandle,
      ...(keySerializer === undefined ? {} : { keySerializer }),
    });
    if (keyed !== undefined) {
      add({ name: KEY_NAME, kind: 'key', type: typeDescription(keyed.keySerializer) });
      keyed.states.forEach((state) => {
        add(describeState(state));
      });
    }
    if (managedOperatorState !== undefined) {
      const header = await operatorHeader(managedOperatorState, openStateHandle);
      for (const state of [...header.operatorStates, ...header.broadcastStates]) {
        add(describeState(state));
      }
    }
  }
  return [...states.values()];
}

/** The name under which the key of an operator stands among its states. */
export const KEY_NAME = '(key)';

/** None where the kind of handle is not read here: the restore says so. */
async function keyedHeader(
  handle: KeyedStateHandle | undefined,
  options: OpenKeyedStateOptions,
): Promise<KeyedBackendHeader | undefined> {
  if (handle === undefined) {
    return undefined;
  }
  try {
    const reader = await openKeyedState(handle, options);
    await reader.close();
    return reader.header;
  } catch (error) {
    if (errorCode(error) === 'UNSUPPORTED') {
      return undefined;
    }
    throw error;
  }
}

async function operatorHeader(handle: OperatorStateHandle, openStateHandle: OpenStateHandle) {
  const reader = await openStateHandle(handle.delegate);
  try {
    const metaInfos = [...handle.stateNameToPartitionOffsets.values()];
    const firstItem = metaInfos.flatMap(({ offsets }) => offsets.slice(0, 1));
    const length = Math.min(reader.sizeBytes, ...firstItem);
    return readOperatorBackendHeader(new DataInputView(await reader.read(0, length)));
  } finally {
    await reader.close();
  }
}

function describeState(state: StateMetaInfoSnapshot): StateDescription {
  const { name, backendStateType, options, serializers } = state;
  const value = serializers.get('VALUE_SERIALIZER');
  const key = serializers.get('KEY_SERIALIZER');
  const type = value === undefined ? '?' : typeDescription(value);
  switch (backendStateType) {
    case 'PRIORITY_QUEUE':
      return { name, kind: 'timers', type };
    case 'BROADCAST':
      return {
        name,
        kind: 'broadcast',
        type: `Map<${key === undefined ? '?' : typeDescription(key)}, ${type}>`,
      };
    case 'OPERATOR': {
      const isUnion = options.get('OPERATOR_STATE_DISTRIBUTION_MODE') === 'UNION';
      return { name, kind: isUnion ? 'union list' : 'operator list', type: `List<${type}>` };
    }
    case 'KEY_VALUE':
      return { name, kind: (options.get('KEYED_STATE_TYPE') ?? 'value').toLowerCase(), type };
  }
}
