import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  keyGroupRangeForOperatorIndex,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend, KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

const KEY_GROUPS = 300; // two bytes of key group
const KEYS = Array.from({ length: 1000 }, (_, i) => `key-${i}`);
const LONG_TEXT = 'x'.repeat(1000);
const COUNT = new ValueStateDescriptor('count', Types.LONG);
const LIST = new ListStateDescriptor('list', Types.STRING);
const MAP = new MapStateDescriptor('map', Types.STRING, Types.LONG);
const streams = new MemoryCheckpointStreams('canonical');

function open(
  handles: (KeyedStateHandle | undefined)[] = [],
  range: KeyGroupRange = new KeyGroupRange(0, KEY_GROUPS - 1),
): Promise<KeyedStateBackend<string>> {
  return new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: KEY_GROUPS,
    keyGroupRange: range,
    stateHandles: handles.filter((handle) => handle !== undefined),
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 1,
  });
}

function statesOf(backend: KeyedStateBackend<string>) {
  const plain = Types.VOID_NAMESPACE;
  return {
    count: backend.getOrCreateKeyedState<unknown, ValueState<number>>(plain, COUNT),
    map: backend.getOrCreateKeyedState<unknown, MapState<string, number | null>>(plain, MAP),
    // A namespace of any length beside a key of any length.
    list: backend.getOrCreateKeyedState<
      string,
      ListState<string> & InternalKvState<string, string>
    >(Types.STRING, LIST),
    timers: backend.createTimerQueue('_timer_state/event_user-timers', plain),
  };
}

async function filled(): Promise<KeyedStateBackend<string>> {
  const backend = await open();
  const { count, map, list, timers } = statesOf(backend);
  for (const [index, key] of KEYS.entries()) {
    backend.setCurrentKey(key);
    count.update(index);
    map.put('one', index);
    map.put('nothing', null);
    list.setCurrentNamespace(`namespace ${index % 7}`);
    list.addAll([LONG_TEXT, ',', `${index}`]);
    timers.add({ timestamp: index, key, namespace: VOID_NAMESPACE });
  }
  backend.setCurrentKey('long');
  list.setCurrentNamespace('');
  list.addAll(Array.from({ length: 500 }, () => LONG_TEXT)); // many buffers long
  return backend;
}

async function contentOf(backends: readonly KeyedStateBackend<string>[]) {
  const content = new Map<string, unknown>();
  for (const backend of backends) {
    const { count, map, list, timers } = statesOf(backend);
    for (const [key, index] of KEYS.map((key, i) => [key, i] as const)) {
      if (![...backend.getKeys('count', VOID_NAMESPACE)].includes(key)) {
        continue;
      }
      backend.setCurrentKey(key);
      list.setCurrentNamespace(`namespace ${index % 7}`);
      assert.ok(!content.has(key), `${key} is in two subtasks`);
      content.set(key, [count.value(), [...map.entries()], [...list.get()]]);
    }
    for (let timer = timers.poll(); timer !== undefined; timer = timers.poll()) {
      content.set(`timer ${timer.key}`, timer.timestamp);
    }
  }
  return [...content].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('a canonical savepoint of the heap backend', () => {
  it('gives all state and timers back, with two bytes of key group and ambiguous keys', async () => {
    const before = await filled();

    const handle = await before.snapshot(1, streams).write();
    const after = await open([handle]);

    assert.equal(handle?.kind, 'key-groups-savepoint');
    const { list } = statesOf(after);
    after.setCurrentKey('long');
    list.setCurrentNamespace('');
    assert.equal([...list.get()].length, 500);
    const content = await contentOf([before]);
    assert.equal(content.length, 2 * KEYS.length);
    assert.deepEqual(await contentOf([after]), content);
  });

  it('is restored at another parallelism, each key in one subtask', async () => {
    const before = await filled();
    const handle = await before.snapshot(2, streams).write();

    const subtasks = await Promise.all(
      [0, 1, 2].map((subtask) =>
        open(
          [handle],
          keyGroupRangeForOperatorIndex(subtask, { parallelism: 3, maxParallelism: KEY_GROUPS }),
        ),
      ),
    );

    assert.deepEqual(await contentOf(subtasks), await contentOf([before]));
  });

  it('marks key groups without entries by offset 0', async () => {
    const backend = await open();
    backend.setCurrentKey('only');
    statesOf(backend).count.update(1);

    const handle = await backend.snapshot(3, streams).write();

    assert.ok(handle?.kind === 'key-groups-savepoint');
    assert.equal(handle.offsets.length, KEY_GROUPS);
    assert.equal(handle.offsets.filter((offset) => offset !== 0).length, 1);
  });
});
