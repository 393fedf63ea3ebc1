/** A heap backend with four key groups, for tests. */
import {
  KeyGroupRange,
  type State,
  type StateDescriptor,
  SystemClock,
  Types,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { createStateBackend } from './hashmap-state-backend.ts';

export function openHeap(
  streams: MemoryCheckpointStreams = new MemoryCheckpointStreams(),
  stateHandles: readonly KeyedStateHandle[] = [],
): Promise<KeyedStateBackend<string>> {
  return createStateBackend().createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: 4,
    keyGroupRange: new KeyGroupRange(0, 3),
    stateHandles,
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
}

/** A state without a namespace. */
export function declare<S extends State>(
  backend: KeyedStateBackend<string>,
  descriptor: StateDescriptor,
): S {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
}
