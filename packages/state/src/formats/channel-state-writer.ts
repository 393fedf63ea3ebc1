/**
 * Writes the records that were in flight around one task: one stream, which its channels share.
 *
 * Invariants:
 * - The chunks of a channel are in the order in which they were added.
 * - A channel without bytes has no handle, and nothing in flight leaves no stream.
 * - What is inside the metadata is a stream of its own for each channel, as in Flink.
 *
 * Bytes: docs/formats/channel-state.md. Flink: ChannelStateCheckpointWriter, ChannelStateSerializerImpl.
 */
import { DataOutputView } from '@millrace/core';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';

const VERSION = 0;
const HEADER_BYTES = 4;
const LENGTH_BYTES = 4;

export interface ChannelPlace {
  readonly side: 'input' | 'result';
  /** Input gate, or result partition. */
  readonly partitionIndex: number;
  /** Channel of the gate, or subpartition. */
  readonly channelIndex: number;
}

export interface ChannelStateHandles {
  readonly inputChannelState: readonly ChannelStateHandle[];
  readonly resultSubpartitionState: readonly ChannelStateHandle[];
}

/** As far as it is needed here; see `CheckpointStateOutputStream`. */
export interface ChannelStateStream {
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
  closeAndGetHandle(): Promise<StreamStateHandle | undefined>;
  abort(): Promise<void>;
}

interface WrittenChannel {
  readonly place: ChannelPlace;
  readonly offsets: number[];
  /** Of the chunks with their lengths. */
  sizeBytes: number;
}

export class ChannelStateWriter {
  private readonly subtaskIndex: number;
  private readonly createStream: () => ChannelStateStream;
  private readonly channels = new Map<string, WrittenChannel>();
  private stream: ChannelStateStream | undefined;

  /** @param createStream - called for the first chunk */
  constructor(subtaskIndex: number, createStream: () => ChannelStateStream) {
    this.subtaskIndex = subtaskIndex;
    this.createStream = createStream;
  }

  /** One after the other. @throws CheckpointError `IO_EXCEPTION` */
  async addChunk(place: ChannelPlace, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) {
      return;
    }
    if (this.stream === undefined) {
      this.stream = this.createStream();
      await this.stream.write(intBytes(VERSION));
    }
    const { stream } = this;
    const channel = this.channelOf(place);
    channel.offsets.push(stream.position);
    channel.sizeBytes += LENGTH_BYTES + bytes.length;
    await stream.write(intBytes(bytes.length));
    await stream.write(bytes);
  }

  /** @throws CheckpointError `IO_EXCEPTION`, `STATE_TOO_LARGE_FOR_JOBMANAGER` */
  async close(): Promise<ChannelStateHandles> {
    const handle = await this.stream?.closeAndGetHandle();
    const handles = (side: ChannelPlace['side']): ChannelStateHandle[] =>
      handle === undefined
        ? []
        : [...this.channels.values()]
            .filter(({ place }) => place.side === side)
            .map((channel) => this.handleOf(channel, handle));
    return { inputChannelState: handles('input'), resultSubpartitionState: handles('result') };
  }

  /** Leaves no file. Never throws. */
  async abort(): Promise<void> {
    await this.stream?.abort();
  }

  private channelOf(place: ChannelPlace): WrittenChannel {
    const key = `${place.side} ${place.partitionIndex} ${place.channelIndex}`;
    const known = this.channels.get(key);
    if (known !== undefined) {
      return known;
    }
    const created: WrittenChannel = { place, offsets: [], sizeBytes: 0 };
    this.channels.set(key, created);
    return created;
  }

  private handleOf(channel: WrittenChannel, handle: StreamStateHandle): ChannelStateHandle {
    const { partitionIndex, channelIndex } = channel.place;
    const place = { subtaskIndex: this.subtaskIndex, partitionIndex, channelIndex };
    if (handle.kind !== 'byte-stream') {
      const { offsets, sizeBytes } = channel;
      return { ...place, offsets, sizeBytes, delegate: handle };
    }
    const data = mergedChunks(handle.data, channel.offsets);
    const handleName = `${handle.handleName}-${channel.place.side}-${partitionIndex}-${channelIndex}`;
    const delegate = { kind: 'byte-stream', handleName, data } as const;
    return { ...place, offsets: [HEADER_BYTES], sizeBytes: data.length, delegate };
  }
}

/** A stream with the chunks at these offsets as one. */
function mergedChunks(data: Uint8Array, offsets: readonly number[]): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const chunks = offsets.map((offset) => {
    const start = offset + LENGTH_BYTES;
    return data.subarray(start, start + view.getInt32(offset));
  });
  const merged = new DataOutputView();
  merged.writeInt(VERSION);
  merged.writeInt(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  for (const chunk of chunks) {
    merged.write(chunk);
  }
  return merged.copyBytes();
}

function intBytes(value: number): Uint8Array {
  const output = new DataOutputView(LENGTH_BYTES);
  output.writeInt(value);
  return output.copyBytes();
}
