import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { declare, openHeap } from './heap-fixture.ts';

const streams = new MemoryCheckpointStreams();

describe('restoring heap state', () => {
  it('keeps the order of a map of many numbers, and of those that come to it', async () => {
    const before = await openHeap(streams);
    before.setCurrentKey('a');
    const sums = new MapStateDescriptor('sums', Types.LONG, Types.STRING);
    const running = declare<MapState<number, string>>(before, sums);
    for (let i = 30; i > 0; i--) {
      running.put(i, `${i}`);
    }
    const handle = await before.snapshot(1, streams).write();
    const after = await openHeap(streams, handle === undefined ? [] : [handle]);
    after.setCurrentKey('a');

    const restored = declare<MapState<number, string>>(after, sums);
    restored.put(0, '0');

    assert.deepEqual([...restored.keys()], [0, ...running.keys()]);
  });

  it('gives longs as the program declares them: numbers in the snapshot, bigints now', async () => {
    const { LONG, BIGINT_LONG } = Types;
    const before = await openHeap(streams);
    before.setCurrentKey('a');
    declare<ValueState<number>>(before, new ValueStateDescriptor('v', LONG)).update(7);
    declare<ListState<number>>(before, new ListStateDescriptor('l', LONG)).add(8);
    declare<MapState<number, number>>(before, new MapStateDescriptor('m', LONG, LONG)).put(9, 10);

    const handle = await before.snapshot(1, streams).write();
    assert.ok(handle);
    const after = await openHeap(streams, [handle]);
    after.setCurrentKey('a');

    const value = declare<ValueState<bigint>>(after, new ValueStateDescriptor('v', BIGINT_LONG));
    const list = declare<ListState<bigint>>(after, new ListStateDescriptor('l', BIGINT_LONG));
    const map = declare<MapState<bigint, bigint>>(
      after,
      new MapStateDescriptor('m', BIGINT_LONG, BIGINT_LONG),
    );
    assert.equal(value.value(), 7n);
    assert.deepEqual([...list.get()], [8n]);
    assert.equal(map.get(9n), 10n);
  });

  it('refuses by name what is only a part of a snapshot', async () => {
    const handle: KeyedStateHandle = {
      kind: 'in-memory-changelog',
      keyGroupRange: new KeyGroupRange(0, 3),
      fromSequence: 0,
      toSequence: 0,
      changes: [],
      stateHandleId: 's',
    };

    await assert.rejects(openHeap(streams, [handle]), {
      code: 'UNSUPPORTED',
      message: /'in-memory-changelog'/,
    });
  });
});
