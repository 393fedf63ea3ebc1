import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StreamElement, StreamElementSerializer, Types } from '@millrace/core';
import fc from 'fast-check';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import { ChannelStateReader } from './channel-state.ts';
import {
  channelStateFile,
  cutAt,
  elementBytes,
  FIRST_CHANNEL,
  inlineChannelState,
} from './channel-state-fixture.ts';

const SERIALIZER = new StreamElementSerializer(Types.STRING.createSerializer());

const element: fc.Arbitrary<StreamElement<string>> = fc.oneof(
  fc
    .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.maxSafeInteger())
    .map(([value, timestamp]): StreamElement<string> => ({ kind: 'record', value, timestamp })),
  fc
    .string()
    .map((value): StreamElement<string> => ({ kind: 'record', value, timestamp: -Infinity })),
  fc.maxSafeInteger().map((timestamp): StreamElement<string> => ({ kind: 'watermark', timestamp })),
  fc.boolean().map((isIdle): StreamElement<string> => ({ kind: 'watermark-status', isIdle })),
);

/** What one channel held, where it was cut, and at which cut its subpartition begins. */
const channel = fc.record({
  elements: fc.array(element, { maxLength: 12 }),
  cuts: fc.array(fc.nat(1000), { maxLength: 6 }),
  inputChunks: fc.nat(6),
  inputIsInline: fc.boolean(),
});

function openerOf(files: ReadonlyMap<string, Uint8Array>): OpenStateHandle {
  return async (handle) => {
    const data = handle.kind === 'byte-stream' ? handle.data : undefined;
    const bytes = data ?? files.get((handle as { path: string }).path)!;
    return {
      sizeBytes: bytes.length,
      read: async (position, length) => bytes.slice(position, position + length),
      close: async () => {},
    };
  };
}

describe('channels in files that they share', () => {
  it('give back their elements, wherever buffers cut them and whichever end held them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(channel, { minLength: 1, maxLength: 4 }), async (channels) => {
        const parts = channels.map(({ elements, cuts, inputChunks }) => {
          const chunks = cutAt(elementBytes(elements, SERIALIZER), cuts);
          return { input: chunks.slice(0, inputChunks), result: chunks.slice(inputChunks) };
        });
        const place = FIRST_CHANNEL;
        const inputs = channelStateFile(
          'inputs',
          parts.map(({ input: chunks }) => ({ place, chunks })),
        );
        const results = channelStateFile(
          'results',
          parts.map(({ result: chunks }) => ({ place, chunks })),
        );
        const files = new Map([
          ['inputs', inputs.data],
          ['results', results.data],
        ]);
        const reader = new ChannelStateReader(openerOf(files));

        for (const [index, { elements, inputIsInline }] of channels.entries()) {
          const inline = inlineChannelState(place, Buffer.concat(parts[index]!.input));
          const input = inputIsInline ? inline : inputs.handles[index]!;
          const found: StreamElement<string>[] = [];
          await reader.readElements(
            {
              name: 'a channel',
              handles: [input, results.handles[index]!],
              elementSerializer: () => SERIALIZER,
            },
            (each) => found.push(each),
          );
          assert.deepEqual(found, elements);
        }
        await reader.close();
      }),
    );
  });
});
