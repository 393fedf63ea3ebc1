import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ListState,
  ListStateDescriptor,
  MapStateDescriptor,
  StateTtlConfig,
  Types,
} from '@millrace/core';
import { createOperatorStateBackend } from '../backend/default-operator-state-backend.ts';
import type { OperatorStateBackend } from '../backend/operator-state-backend.ts';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type { OperatorStateHandle } from '../snapshot/operator-state-handle.ts';
import { redistributeOperatorState } from './redistribute-operator-state.ts';

const ITEMS = new ListStateDescriptor('items', Types.LONG);
const RULES = new MapStateDescriptor('rules', Types.STRING, Types.LONG);
const streams = new MemoryCheckpointStreams();

function open(stateHandles: readonly OperatorStateHandle[]): Promise<OperatorStateBackend> {
  const { openStateHandle } = streams;
  return createOperatorStateBackend({ operatorName: 'op', stateHandles, openStateHandle });
}

/** What the subtasks of a new parallelism read of what those of an old one wrote. */
async function rescaled<T>(
  old: readonly ((backend: OperatorStateBackend) => void)[],
  newParallelism: number,
  read: (backend: OperatorStateBackend) => T,
): Promise<T[]> {
  const handles = await Promise.all(
    old.map(async (write, subtask) => {
      const backend = await open([]);
      write(backend);
      return backend.snapshot(subtask, streams).write();
    }),
  );
  const dealt = redistributeOperatorState(handles, newParallelism);
  const backends = await Promise.all(dealt.map(open));
  return backends.map(read);
}

function items(state: ListState<number>): number[] {
  return [...state.get()];
}

describe('operator state', () => {
  const split = [[1, 2, 3, 4], [5], []].map((numbers) => (backend: OperatorStateBackend) => {
    backend.getListState(ITEMS).update(numbers);
  });
  const union = [[1, 2], [3], []].map((numbers) => (backend: OperatorStateBackend) => {
    backend.getUnionListState(ITEMS).update(numbers);
  });
  const readList = (backend: OperatorStateBackend) => items(backend.getListState(ITEMS));
  const readUnion = (backend: OperatorStateBackend) => items(backend.getUnionListState(ITEMS));

  it('of getListState stays put when the parallelism is unchanged', async () => {
    assert.deepEqual(await rescaled(split, 3, readList), [[1, 2, 3, 4], [5], []]);
  });

  it('of getListState is dealt out evenly over the new subtasks', async () => {
    assert.deepEqual(await rescaled(split, 2, readList), [
      [1, 2, 3],
      [4, 5],
    ]);
    assert.deepEqual(await rescaled(split, 4, readList), [[1, 2], [3], [4], [5]]);
  });

  it('of getUnionListState goes to every subtask, also without a new parallelism', async () => {
    for (const parallelism of [1, 3, 4]) {
      const expected = Array.from({ length: parallelism }, () => [1, 2, 3]);
      assert.deepEqual(await rescaled(union, parallelism, readUnion), expected);
    }
  });

  it('of getBroadcastState is a copy in each subtask, taken round-robin when there are more', async () => {
    const old = [1, 2].map((n) => (backend: OperatorStateBackend) => {
      backend.getBroadcastState(RULES).put('written by', n);
    });
    const read = (backend: OperatorStateBackend) =>
      backend.getBroadcastState(RULES).get('written by');

    assert.deepEqual(await rescaled(old, 2, read), [1, 2]);
    assert.deepEqual(await rescaled(old, 5, read), [1, 2, 1, 2, 1]);
    assert.deepEqual(await rescaled(old, 1, read), [1]);
  });

  it('has no time to live and cannot be queryable: only keyed state can', async () => {
    const backend = await open([]);
    const ttl = new StateTtlConfig({ timeToLive: '1 h' });
    const living = new ListStateDescriptor('l', Types.LONG).enableTimeToLive(ttl);
    const queryable = new MapStateDescriptor('m', Types.STRING, Types.LONG).setQueryable('q');

    for (const access of [
      () => backend.getListState(living),
      () => backend.getUnionListState(living),
      () => backend.getBroadcastState(queryable),
    ]) {
      assert.throws(access, { code: 'UNSUPPORTED', message: /only keyed state/ });
    }
  });
});
