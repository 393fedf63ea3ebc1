/**
 * Elements out of the buffers of one channel, also those that span buffers.
 *
 * Invariant: an element is given when it is there whole, once.
 *
 * Bytes: docs/formats/channel-state.md. Flink: SpillingAdaptiveSpanningRecordDeserializer.
 */
// Hot path.

import {
  DataInputView,
  type ElementReader,
  elementReader,
  invariant,
  type StreamElement,
  type StreamElementSink,
  TaskError,
  type TypeSerializer,
} from '@millrace/core';
import type { LocalChannel } from '../local-channel.ts';
import { type ChannelNames, notDeserializable } from './channel-names.ts';

const LENGTH_BYTES = 4;

export class ElementDecoder<T> implements StreamElementSink<T> {
  private readonly names: ChannelNames;
  private readonly read: ElementReader<T>;
  private readonly channel: LocalChannel;
  /** Enough for most. */
  private readonly ownBuffer: Uint8Array;
  private buffer: Uint8Array;
  private readonly input: DataInputView;
  /** What was not decoded yet is `[start, end)` of the buffer. */
  private start = 0;
  private end = 0;

  constructor(
    parts: {
      readonly serializer: TypeSerializer<T>;
      readonly channel: LocalChannel;
      readonly names: ChannelNames;
    },
    bufferBytes: number,
  ) {
    this.names = parts.names;
    this.read = elementReader(parts.serializer);
    this.channel = parts.channel;
    this.ownBuffer = new Uint8Array(2 * bufferBytes);
    this.buffer = this.ownBuffer;
    this.input = new DataInputView(this.buffer);
  }

  /** Bytes that came and are not decoded. */
  get pendingBytes(): number {
    return this.end - this.start;
  }

  get hasElement(): boolean {
    return this.pendingBytes >= LENGTH_BYTES && this.pendingBytes >= this.wantedBytes;
  }

  /** A copy of what has come of an element whose rest has not; `undefined` when there is no such. */
  cutElement(): Uint8Array | undefined {
    return this.start === this.end ? undefined : this.buffer.slice(this.start, this.end);
  }

  /** Where the next `length` bytes of the channel are to be written: `target`, from the result on. */
  reserve(length: number): number {
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
      if (this.buffer !== this.ownBuffer && length <= this.ownBuffer.length) {
        this.useBuffer(this.ownBuffer);
      }
    }
    if (this.end + length > this.buffer.length) {
      this.makeRoom(length);
    }
    const at = this.end;
    this.end += length;
    return at;
  }

  get target(): Uint8Array {
    return this.buffer;
  }

  /**
   * Gives at most so many elements to the channel.
   *
   * @returns how many there were
   * @throws TaskError `SERIALIZER_FAILED`
   */
  decode(elementsMax: number): number {
    const { buffer, input, end } = this;
    let at = this.start;
    let count = 0;
    try {
      while (count < elementsMax && end - at >= LENGTH_BYTES) {
        const next = at + LENGTH_BYTES + readInt(buffer, at);
        if (next > end) {
          break;
        }
        input.position = at + LENGTH_BYTES;
        this.read(input, this);
        if (input.position !== next) {
          throw readOtherLength(input.position - at - LENGTH_BYTES, next - at - LENGTH_BYTES);
        }
        at = next;
        count++;
      }
    } catch (error) {
      throw notDeserializable(this.names, error);
    }
    this.start = at;
    return count;
  }

  record(value: T, timestamp: number): void {
    this.channel.push(value, timestamp);
  }

  mark(element: StreamElement<T>): void {
    switch (element.kind) {
      case 'watermark':
        this.channel.pushEvent({ kind: 'watermark', watermark: element.timestamp });
        return;
      case 'watermark-status':
        this.channel.pushEvent({
          kind: 'watermark-status',
          status: element.isIdle ? 'idle' : 'active',
        });
        return;
      case 'latency-marker': {
        const { markedTime, operatorId, subtaskIndex } = element;
        const marker = { markedTime, operatorId, subtaskIndex };
        this.channel.pushEvent({ kind: 'latency-marker', marker });
        return;
      }
      default:
        invariant(false, `no task sends a ${element.kind}`);
    }
  }

  /** Of the element at the start, with its length; only with 4 bytes of it. */
  private get wantedBytes(): number {
    return LENGTH_BYTES + readInt(this.buffer, this.start);
  }

  /** For the rest of an element at once, however many buffers bring it. */
  private makeRoom(length: number): void {
    const pending = this.pendingBytes;
    const needed = Math.max(
      pending + length,
      pending >= LENGTH_BYTES ? this.wantedBytes + this.ownBuffer.length : 0,
    );
    if (needed <= this.buffer.length) {
      this.buffer.copyWithin(0, this.start, this.end);
    } else {
      const grown = new Uint8Array(needed);
      grown.set(this.buffer.subarray(this.start, this.end));
      this.useBuffer(grown);
    }
    this.start = 0;
    this.end = pending;
  }

  private useBuffer(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.input.setBuffer(buffer);
  }
}

function readInt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

function readOtherLength(read: number, written: number): TaskError {
  return new TaskError('SERIALIZER_FAILED', `it read ${read} bytes of the ${written} written`);
}
