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

/** Of 32 bits, but not of 16: not looked at where it is given, but to the first key. */
const NO_SHORT = 40_000;

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
      "value state 'v'": (backend) => {
        const state = declare<ValueState<number>>(
          backend,
          new ValueStateDescriptor('v', Types.SHORT),
        );
        state.update(1);
        state.update(NO_SHORT);
      },
      "list state 'l'": (backend) => {
        const state = declare<ListState<number>>(
          backend,
          new ListStateDescriptor('l', Types.SHORT),
        );
        state.add(1);
        state.add(NO_SHORT);
      },
      "map state 'm'": (backend) => {
        const state = declare<MapState<string, number>>(
          backend,
          new MapStateDescriptor('m', Types.STRING, Types.SHORT),
        );
        state.put('k', 1);
        state.put('k', NO_SHORT);
      },
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
        const told = error.message.startsWith(`${name}: `);
        assert.ok(told && / is not a (Short|Long); /.test(error.message), error.message);
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
