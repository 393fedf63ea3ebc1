import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StreamElement, StreamElementSerializer, Types } from '@millrace/core';
import fc from 'fast-check';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { ChannelStateReader } from './channel-state.ts';
import { cutAt, elementBytes } from './channel-state-fixture.ts';
import {
  type ChannelPlace,
  type ChannelStateStream,
  ChannelStateWriter,
} from './channel-state-writer.ts';

const SERIALIZER = new StreamElementSerializer(Types.STRING.createSerializer());

class MemoryStream implements ChannelStateStream {
  position = 0;
  aborted = false;
  private readonly isInline: boolean;
  private readonly parts: Uint8Array[] = [];

  constructor(isInline: boolean) {
    this.isInline = isInline;
  }

  get data(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(bytes.slice());
    this.position += bytes.length;
  }

  async closeAndGetHandle(): Promise<StreamStateHandle> {
    const { data } = this;
    return this.isInline
      ? { kind: 'byte-stream', handleName: 'inline', data }
      : { kind: 'file', path: 'file', sizeBytes: data.length };
  }

  async abort(): Promise<void> {
    this.aborted = true;
  }
}

const element: fc.Arbitrary<StreamElement<string>> = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 30 }), fc.maxSafeInteger())
    .map(([value, timestamp]): StreamElement<string> => ({ kind: 'record', value, timestamp })),
  fc.maxSafeInteger().map((timestamp): StreamElement<string> => ({ kind: 'watermark', timestamp })),
);

const channel = fc.record({
  place: fc.record({
    side: fc.constantFrom('input' as const, 'result' as const),
    partitionIndex: fc.nat(2),
    channelIndex: fc.nat(3),
  }),
  elements: fc.array(element, { maxLength: 10 }),
  cuts: fc.array(fc.nat(300), { maxLength: 4 }),
});

const keyOf = ({ side, partitionIndex, channelIndex }: ChannelPlace) =>
  `${side} ${partitionIndex} ${channelIndex}`;

describe('channel state that is written', () => {
  it('is read again channel by channel, in a file or inside the metadata', async () => {
    const channels = fc.uniqueArray(channel, {
      selector: ({ place }) => keyOf(place),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(channels, fc.boolean(), async (all, isInline) => {
        const stream = new MemoryStream(isInline);
        const writer = new ChannelStateWriter(5, () => stream);
        // Chunks of all channels take turns.
        const chunks = all.map(({ elements, cuts }) =>
          cutAt(elementBytes(elements, SERIALIZER), cuts),
        );
        for (let turn = 0; chunks.some((each) => each.length > turn); turn++) {
          for (const [index, { place }] of all.entries()) {
            await writer.addChunk(place, chunks[index]?.[turn] ?? new Uint8Array(0));
          }
        }

        const { inputChannelState, resultSubpartitionState } = await writer.close();

        const handles = new Map<string, ChannelStateHandle>();
        for (const handle of inputChannelState) {
          handles.set(keyOf({ side: 'input', ...handle }), handle);
        }
        for (const handle of resultSubpartitionState) {
          handles.set(keyOf({ side: 'result', ...handle }), handle);
        }
        const reader = new ChannelStateReader(async (handle) => {
          const bytes = handle.kind === 'byte-stream' ? handle.data : stream.data;
          return {
            sizeBytes: bytes.length,
            read: async (position, length) => bytes.slice(position, position + length),
            close: async () => {},
          };
        });
        for (const { place, elements } of all) {
          const handle = handles.get(keyOf(place));
          const found: StreamElement<string>[] = [];
          assert.equal(handle === undefined, elements.length === 0, 'a handle for what is there');
          if (handle !== undefined) {
            assert.equal(handle.subtaskIndex, 5);
            const what = { name: 'c', handles: [handle], elementSerializer: () => SERIALIZER };
            await reader.readElements(what, (each) => found.push(each));
          }
          assert.deepEqual(found, elements);
        }
      }),
    );
  });

  it('has no stream when nothing was in flight', async () => {
    const writer = new ChannelStateWriter(0, () => assert.fail('no stream is wanted'));

    await writer.addChunk({ side: 'input', partitionIndex: 0, channelIndex: 0 }, new Uint8Array(0));

    const nothing = { inputChannelState: [], resultSubpartitionState: [] };
    assert.deepEqual(await writer.close(), nothing);
  });

  it('leaves no file when it is given up', async () => {
    const stream = new MemoryStream(false);
    const writer = new ChannelStateWriter(0, () => stream);
    const place = { side: 'input', partitionIndex: 0, channelIndex: 0 } as const;
    await writer.addChunk(place, new Uint8Array(3));

    await writer.abort();

    assert.equal(stream.aborted, true);
  });
});
