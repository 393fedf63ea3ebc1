import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataOutputView,
  INT_SERIALIZER,
  KeyGroupRange,
  STRING_SERIALIZER,
  TimerSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import {
  type KeyedBackendHeader,
  type KeyedStateHandle,
  openKeyedState,
  rowCodecs,
  rowInput,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { RawTimersWriter } from './raw-timers-writer.ts';
import type { HeapTimers } from './snapshot-strategy.ts';

type Timer = readonly [timestamp: number, key: string, namespace: number];

const RANGE = new KeyGroupRange(3, 5);
const SERIALIZER = new TimerSerializer(STRING_SERIALIZER, INT_SERIALIZER);

function timersOf(name: string, byKeyGroup: Record<number, readonly Timer[]>): HeapTimers {
  return {
    name,
    fix: () => ({
      of: (keyGroup) =>
        (byKeyGroup[keyGroup] ?? []).map(([timestamp, key, namespace]) => {
          const output = new DataOutputView();
          SERIALIZER.serialize({ timestamp, key, namespace }, output);
          return output.copyBytes();
        }),
      release: () => {},
    }),
  };
}

function headerOf(names: readonly string[]): KeyedBackendHeader {
  const states = names.map(
    (name): StateMetaInfoSnapshot => ({
      name,
      backendStateType: 'PRIORITY_QUEUE',
      options: new Map(),
      serializers: new Map([
        ['VALUE_SERIALIZER', SERIALIZER.snapshotConfiguration() as TypeSerializerSnapshot<unknown>],
      ]),
    }),
  );
  return { compressed: false, keySerializer: STRING_SERIALIZER.snapshotConfiguration(), states };
}

async function writtenAndRead(timers: readonly HeapTimers[]): Promise<unknown[]> {
  const streams = new MemoryCheckpointStreams();
  const header = headerOf(timers.map(({ name }) => name));
  const writer = new RawTimersWriter(timers, { header, keyGroupRange: RANGE });
  const stream = streams.createCheckpointStateOutputStream();
  await writer.write(stream);
  const raw = writer.handle((await stream.closeAndGetHandle())!);
  const handle: KeyedStateHandle = {
    kind: 'with-raw-timers',
    keyGroupRange: RANGE,
    managed: undefined,
    timers: raw,
  };
  const reader = await openKeyedState(handle, {
    numberOfKeyGroups: 128,
    openStateHandle: streams.openStateHandle,
  });
  const codecs = rowCodecs(reader.header, { numberOfKeyGroups: 128 });
  const read: unknown[] = [];
  for await (const batch of reader.rows()) {
    const input = rowInput(reader, batch);
    for (const row of batch.rows) {
      const codec = codecs[row.stateId]!;
      const { timestamp, key, namespace } = codec.readTimer(input, row);
      read.push([batch.keyGroup, codec.state.name, timestamp, key, namespace]);
    }
  }
  await reader.close();
  return read;
}

describe('timers as raw keyed state', () => {
  it('are read back by service, time domain and key group', async () => {
    const read = await writtenAndRead([
      timersOf('_timer_state/event_user-timers', { 3: [[-5, 'a', 1]], 5: [[7, 'b', 2]] }),
      timersOf('_timer_state/processing_user-timers', { 5: [[2 ** 40, 'b', 2]] }),
      timersOf('_timer_state/processing_window_timers', { 4: [[9, 'c', 3]] }),
    ]);

    assert.deepEqual(read, [
      [3, '_timer_state/event_user-timers', -5, 'a', 1],
      [4, '_timer_state/processing_window_timers', 9, 'c', 3],
      [5, '_timer_state/event_user-timers', 7, 'b', 2],
      [5, '_timer_state/processing_user-timers', 2 ** 40, 'b', 2],
    ]);
  });

  it('are written in parts when there are many', async () => {
    const many = Array.from({ length: 30_000 }, (_, i): Timer => [i, `key ${i}`, i]);

    const read = await writtenAndRead([timersOf('_timer_state/event_user-timers', { 4: many })]);

    assert.deepEqual(
      read,
      many.map((timer) => [4, '_timer_state/event_user-timers', ...timer]),
    );
  });
});
