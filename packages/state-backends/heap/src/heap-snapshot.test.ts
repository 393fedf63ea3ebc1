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
import type { KeyedStateBackend } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { declare, openHeap } from './heap-fixture.ts';

for (const format of ['native', 'canonical'] as const) {
  describe(`a ${format} snapshot of what does not fit its declared type`, () => {
    const refusal = async (
      fill: (backend: KeyedStateBackend<string>) => void,
    ): Promise<{ error: unknown; streams: MemoryCheckpointStreams }> => {
      const streams = new MemoryCheckpointStreams(format);
      const backend = await openHeap(streams);
      backend.setCurrentKey('a');
      declare<ValueState<number>>(backend, new ValueStateDescriptor('fits', Types.LONG)).update(1);
      fill(backend);
      const error = await backend
        .snapshot(1, streams)
        .write()
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      return { error, streams };
    };

    const states: Record<string, (backend: KeyedStateBackend<string>) => void> = {
      "value state 'v'": (backend) =>
        declare<ValueState<number>>(backend, new ValueStateDescriptor('v', Types.LONG)).update(0.5),
      "list state 'l'": (backend) =>
        declare<ListState<number>>(backend, new ListStateDescriptor('l', Types.LONG)).add(0.5),
      "map state 'm'": (backend) =>
        declare<MapState<string, number>>(
          backend,
          new MapStateDescriptor('m', Types.STRING, Types.LONG),
        ).put('k', 0.5),
      "the timers 't'": (backend) =>
        void backend
          .createTimerQueue('t', Types.LONG)
          .add({ timestamp: 1, key: 'a', namespace: 0.5 }),
    };
    for (const [name, fill] of Object.entries(states)) {
      it(`names ${name}`, async () => {
        const { error, streams } = await refusal(fill);

        assert.ok(error instanceof Error);
        assert.equal((error as Error & { code?: string }).code, 'VALUE_NOT_SERIALIZABLE');
        assert.ok(error.message.startsWith(`${name}: 0.5 is not a Long; `), error.message);
        assert.equal(streams.openStreams, 0);
      });
    }

    it('names no state when it is the stream that fails', async () => {
      const streams = new MemoryCheckpointStreams(format);
      streams.failure = new Error('the disk is gone');
      const backend = await openHeap(streams);
      backend.setCurrentKey('a');
      declare<ValueState<number>>(backend, new ValueStateDescriptor('v', Types.LONG)).update(1);

      await assert.rejects(backend.snapshot(1, streams).write(), { message: 'the disk is gone' });
    });
  });
}
