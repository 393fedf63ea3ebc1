import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MapState, MapStateDescriptor, Types } from '@millrace/core';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { declare, openHeap } from './heap-fixture.ts';

const SIGNED = new MapStateDescriptor('signed', Types.DOUBLE, Types.STRING);

describe('user keys 0 and -0 on the heap', () => {
  it('are two entries while the job runs, and one of key 0 after a restore', async () => {
    const streams = new MemoryCheckpointStreams();
    const before = await openHeap(streams);
    before.setCurrentKey('a');
    const state = declare<MapState<number, string>>(before, SIGNED);
    state.put(0, 'plus');
    state.put(-0, 'minus');
    const handle = await before.snapshot(1, streams).write();

    const after = await openHeap(streams, handle === undefined ? [] : [handle]);
    after.setCurrentKey('a');
    const restored = declare<MapState<number, string>>(after, SIGNED);

    assert.deepEqual([state.get(0), state.get(-0)], ['plus', 'minus']);
    // A `Map`, which snapshots are decoded to, has no key -0.
    assert.deepEqual(
      [...restored.entries()].map(([key, value]) => [key, value]),
      [[0, 'minus']],
    );
    assert.equal(restored.get(-0), undefined);
  });
});
