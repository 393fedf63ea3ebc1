/** Channel state as Flink writes it, cut wherever a test wants. */
import { DataOutputView, type StreamElement, type StreamElementSerializer } from '@millrace/core';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';

/** What the network sees of elements: each with its length before it. */
export function elementBytes<T>(
  elements: readonly StreamElement<T>[],
  serializer: StreamElementSerializer<T>,
): Uint8Array {
  const target = new DataOutputView();
  const one = new DataOutputView();
  for (const element of elements) {
    serializer.serialize(element, one.reset());
    target.writeInt(one.position);
    target.write(one.bytes());
  }
  return target.copyBytes();
}

/** Cuts bytes at places, which may come in any order and more than once. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  ends.sort((a, b) => a - b);
  let start = 0;
  return ends.map((end) => {
    const chunk = bytes.slice(start, end);
    start = end;
    return chunk;
  });
}

export type ChannelPlace = Pick<
  ChannelStateHandle,
  'subtaskIndex' | 'partitionIndex' | 'channelIndex'
>;

export const FIRST_CHANNEL: ChannelPlace = { subtaskIndex: 0, partitionIndex: 0, channelIndex: 0 };

/** Several channels in one file, chunk by chunk in turn, as one task manager writes them. */
export function channelStateFile(
  path: string,
  channels: readonly { readonly place: ChannelPlace; readonly chunks: readonly Uint8Array[] }[],
): { readonly data: Uint8Array; readonly handles: ChannelStateHandle[] } {
  const target = new DataOutputView();
  target.writeInt(0);
  const offsets = channels.map((): number[] => []);
  const rounds = Math.max(...channels.map(({ chunks }) => chunks.length));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { chunks }] of channels.entries()) {
      const chunk = chunks[round];
      if (chunk !== undefined) {
        offsets[index]?.push(target.position);
        target.writeInt(chunk.length);
        target.write(chunk);
      }
    }
  }
  const data = target.copyBytes();
  const handles = channels.map(({ place, chunks }, index) => ({
    ...place,
    offsets: offsets[index]!,
    sizeBytes: chunks.reduce((sum, chunk) => sum + 4 + chunk.length, 0),
    delegate: { kind: 'file' as const, path, sizeBytes: data.length },
  }));
  return { data, handles };
}

/** A channel whose data is inside the metadata: always one chunk. */
export function inlineChannelState(place: ChannelPlace, data: Uint8Array): ChannelStateHandle {
  const target = new DataOutputView();
  target.writeInt(0);
  target.writeInt(data.length);
  target.write(data);
  const bytes = target.copyBytes();
  return {
    ...place,
    offsets: [4],
    sizeBytes: bytes.length,
    delegate: { kind: 'byte-stream', handleName: 'channel', data: bytes },
  };
}
