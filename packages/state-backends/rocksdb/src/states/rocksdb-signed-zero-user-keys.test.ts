import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  type MapState,
  MapStateDescriptor,
  SystemClock,
  Types,
} from '@millrace/core';
import type { KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { EmbeddedRocksDBStateBackend } from '../backend/embedded-rocksdb-state-backend.ts';

const SIGNED = new MapStateDescriptor('signed', Types.DOUBLE, Types.STRING);

describe('user keys 0 and -0 in RocksDB', () => {
  it('are two entries while the job runs, and after a restore', async () => {
    const streams = new MemoryCheckpointStreams();
    const open = async (handles: readonly KeyedStateHandle[]) => {
      const backend = await new EmbeddedRocksDBStateBackend().createKeyedStateBackend({
        operatorName: 'counter',
        keyType: Types.STRING,
        numberOfKeyGroups: 4,
        keyGroupRange: new KeyGroupRange(0, 3),
        stateHandles: handles,
        openStateHandle: streams.openStateHandle,
        clock: new SystemClock(),
        snapshotSliceMs: 2,
      });
      backend.setCurrentKey('a');
      const state: MapState<number, string> = backend.getOrCreateKeyedState(
        Types.VOID_NAMESPACE,
        SIGNED,
      );
      return { backend, state };
    };
    const before = await open([]);
    before.state.put(0, 'plus');
    before.state.put(-0, 'minus');
    const handle = await before.backend.snapshot(1, streams).write();

    const after = await open(handle === undefined ? [] : [handle]);

    assert.deepEqual([after.state.get(0), after.state.get(-0)], ['plus', 'minus']);
    await before.backend.dispose();
    await after.backend.dispose();
  });
});
