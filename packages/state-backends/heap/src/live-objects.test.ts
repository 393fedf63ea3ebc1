/** What is special about values that live on the heap, as on Flink's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { declare, openHeap } from './heap-fixture.ts';

const NUMBERS = Types.LIST(Types.LONG);

async function openStates() {
  const backend = await openHeap();
  backend.setCurrentKey('a');
  return {
    backend,
    value: declare<ValueState<number[]>>(backend, new ValueStateDescriptor('v', NUMBERS)),
    list: declare<ListState<number[]>>(backend, new ListStateDescriptor('l', NUMBERS)),
    map: declare<MapState<string, number[]>>(
      backend,
      new MapStateDescriptor('m', Types.STRING, NUMBERS),
    ),
  };
}

describe('a value on the heap', () => {
  it('is the object that was written, and each read gives it again: no copy is made', async () => {
    const { value, list, map } = await openStates();
    const written = [1];

    value.update(written);
    list.add(written);
    map.put('k', written);
    written.push(2);

    for (const read of [value.value(), value.value(), [...list.get()][0], map.get('k')]) {
      assert.equal(read, written);
    }
  });

  it('is one and the same for all reads that follow the begin of a snapshot', async () => {
    const { backend, value, list, map } = await openStates();
    value.update([1]);
    list.add([1]);
    map.put('k', [1]);

    const snapshot = backend.snapshot(1, new MemoryCheckpointStreams());
    for (const read of [() => value.value(), () => [...list.get()][0], () => map.get('k')]) {
      assert.equal(read(), read());
    }
    snapshot.cancel();
  });
});
