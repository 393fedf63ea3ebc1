/** What is special about values that live on the heap, as on Flink's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type State,
  type StateDescriptor,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { createStateBackend } from './hashmap-state-backend.ts';

const NUMBERS = Types.LIST(Types.LONG);

function open(): Promise<KeyedStateBackend<string>> {
  return createStateBackend().createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: 4,
    keyGroupRange: new KeyGroupRange(0, 3),
    stateHandles: [],
    openStateHandle: new MemoryCheckpointStreams().openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
}

function declare<S extends State>(
  backend: KeyedStateBackend<string>,
  descriptor: StateDescriptor,
): S {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, descriptor);
}

describe('a value on the heap', () => {
  it('is the object that was written, and each read gives it again: no copy is made', async () => {
    const backend = await open();
    backend.setCurrentKey('a');
    const value = declare<ValueState<number[]>>(backend, new ValueStateDescriptor('v', NUMBERS));
    const list = declare<ListState<number[]>>(backend, new ListStateDescriptor('l', NUMBERS));
    const map = declare<MapState<string, number[]>>(
      backend,
      new MapStateDescriptor('m', Types.STRING, NUMBERS),
    );
    const written = [1];

    value.update(written);
    list.add(written);
    map.put('k', written);
    written.push(2);

    for (const read of [value.value(), value.value(), [...list.get()][0], map.get('k')]) {
      assert.equal(read, written);
    }
  });
});
