/**
 * The sending end of a channel to another slot: elements are written to a buffer, and buffers to the
 * ring, when they are full, when their time is over, and with each event.
 *
 * Invariants:
 * - Buffers go into the ring in order; those that find no room wait here, and the channel is full
 *   until they are gone.
 * - A record is in a buffer whole or, when its serializer threw, not at all.
 * - A buffer is never larger than a segment: longer records span buffers.
 *
 * Flink: RecordWriter, PipelinedSubpartition, BufferBuilder.
 */
// Hot path.

import { serialize } from 'node:v8';
import {
  DataOutputView,
  type StreamElement,
  StreamElementSerializer,
  type TypeSerializer,
} from '@millrace/core';
import {
  type CheckpointBarrier,
  withUnalignedUnsupported,
} from '../../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from '../channel-event.ts';
import type { ChannelWriter } from '../channel-writer.ts';
import { type ChannelNames, notSerializable, recordTooLarge } from './channel-names.ts';
import type { Doorbell } from './doorbell.ts';
import { RingInlet } from './ring-ends.ts';
import { BUFFER_HEADER_BYTES, BufferKind, ringBytesOf } from './ring-layout.ts';
import { WaitingBuffers } from './waiting-buffers.ts';

const LENGTH_BYTES = 4;
/** Strings cannot be longer, and a buffer that grows by doubling stays below what a typed array holds. */
export const RECORD_BYTES_MAX: number = 2 ** 29;
/** An open buffer that a large record made larger than so many segments is let go. */
const KEPT_SEGMENTS_MAX = 4;

/** When buffers that are not full are sent, ms: 0 with each record, -1 never. */
export type BufferTimeoutMs = number;

export interface RingWriterParts<T> {
  readonly ring: SharedArrayBuffer;
  readonly serializer: TypeSerializer<T>;
  readonly names: ChannelNames;
  readonly bufferTimeoutMs: BufferTimeoutMs;
  /** Of the slot that receives. */
  readonly receiver: Doorbell;
  /** Of one record, with its timestamp. Default: `RECORD_BYTES_MAX`. */
  readonly recordBytesMax?: number;
}

export class RingWriter<T> implements ChannelWriter {
  /** Since the beginning; bytes without the headers of buffers. */
  numBuffersOut = 0;
  numBytesOut = 0;
  private readonly ring: RingInlet;
  private readonly elements: StreamElementSerializer<T>;
  private readonly names: ChannelNames;
  private readonly receiver: Doorbell;
  private readonly bufferTimeoutMs: number;
  private readonly recordBytesMax: number;
  private readonly keptBytesMax: number;
  /** The buffer that is being filled: it begins where the one before it ended. */
  private open: DataOutputView;
  private readonly waiting = new WaitingBuffers();
  /** The most that a buffer holds. */
  private bufferBytes: number;
  /** When the open buffer is to be sent though it is not full; `Infinity` when that is not known yet. */
  private flushAtMs = Number.POSITIVE_INFINITY;
  /** What lately was written between two polls, at most: a guess at what the next slice writes. */
  private sliceBytes = 0;
  private bytesAtPoll = 0;
  /** `isFull` said so since the last poll: who was told waits for room. */
  private saidFull = false;

  constructor(parts: RingWriterParts<T>) {
    this.ring = new RingInlet(parts.ring);
    this.elements = new StreamElementSerializer(parts.serializer);
    this.names = parts.names;
    this.receiver = parts.receiver;
    this.bufferTimeoutMs = parts.bufferTimeoutMs;
    this.recordBytesMax = parts.recordBytesMax ?? RECORD_BYTES_MAX;
    this.bufferBytes = this.ring.segmentSizeBytes - BUFFER_HEADER_BYTES;
    this.keptBytesMax = this.ring.segmentSizeBytes * KEPT_SEGMENTS_MAX;
    this.open = new DataOutputView(this.ring.segmentSizeBytes);
  }

  /**
   * @throws TaskError `RECORD_TOO_LARGE`, `VALUE_NOT_SERIALIZABLE` and its kin for a value that is
   *   not of the declared type, `SERIALIZER_FAILED` when the serializer threw something else; then
   *   nothing of the record is sent
   */
  push(value: unknown, timestamp: number): void {
    const { open } = this;
    const start = open.position;
    try {
      open.writeInt(0);
      this.elements.serializeRecord(value as T, timestamp, open);
    } catch (error) {
      throw this.undo(start, value, error);
    }
    if (open.position - start - LENGTH_BYTES > this.recordBytesMax) {
      throw this.refuseSize(start, value);
    }
    this.endElement(start);
  }

  pushEvent(event: ChannelEvent): void {
    switch (event.kind) {
      case 'watermark':
        this.pushMark({ kind: 'watermark', timestamp: event.watermark });
        return;
      case 'watermark-status':
        this.pushMark({ kind: 'watermark-status', isIdle: event.status === 'idle' });
        return;
      case 'latency-marker':
        this.pushMark({ kind: 'latency-marker', ...event.marker });
        return;
    }
    if (this.open.position > 0) {
      this.flush();
    }
    const bytes = serialize(event);
    let at = 0;
    for (; bytes.length - at > this.bufferBytes; at += this.bufferBytes) {
      this.send(BufferKind.EVENT_PART, bytes, at, at + this.bufferBytes);
    }
    this.send(BufferKind.EVENT, bytes, at, bytes.length);
    this.wakeReceiver();
  }

  /** Barriers do not overtake here yet: all keep their place. */
  pushBarrier(barrier: CheckpointBarrier): undefined {
    this.pushEvent({ kind: 'barrier', barrier: withUnalignedUnsupported(barrier) });
  }

  timeOutBarrier(_checkpointId: number): void {}

  get isFull(): boolean {
    const full = !this.waiting.isEmpty || !this.ring.hasRoom(this.roomForASlice);
    this.saidFull ||= full;
    return full;
  }

  /** True while something was pushed that is not in the ring. */
  get hasUnsent(): boolean {
    return !this.waiting.isEmpty || this.open.position > 0;
  }

  /**
   * Sends what waits, as far as there is room, and what waited long enough.
   *
   * @returns true when anything moved
   */
  poll(nowMs: number): boolean {
    let moved = false;
    for (let next = this.waiting.first; next !== undefined; next = this.waiting.first) {
      if (!this.ring.tryPut(next.kind, next.bytes, 0, next.bytes.length)) {
        break;
      }
      this.waiting.removeFirst();
      moved = true;
    }
    if (this.isFlushDue(nowMs) && this.canFlush) {
      this.flush();
      moved = true;
    }
    if (moved) {
      this.wakeReceiver();
    }
    this.saidFull = false;
    const bytes = this.numBytesOut + this.open.position;
    this.sliceBytes = Math.max(bytes - this.bytesAtPoll, this.sliceBytes - (this.sliceBytes >> 3));
    this.bytesAtPoll = bytes;
    return moved;
  }

  /**
   * Before its slot sleeps: the receiver wakes it when there is room for what waits.
   *
   * @returns true when there is something to do at once
   */
  prepareSleep(nowMs: number): boolean {
    const flushWaits = this.isFlushDue(nowMs);
    if (this.waiting.isEmpty && !flushWaits && !this.saidFull) {
      this.ring.wantRoom(0);
      return false;
    }
    this.ring.wantRoom(Math.max(this.ring.capacity >> 1, this.nextRingBytes));
    const { first } = this.waiting;
    if (first !== undefined) {
      return this.ring.hasRoom(ringBytesOf(first.bytes.length));
    }
    return (flushWaits && this.canFlush) || (this.saidFull && !this.isFull);
  }

  /** When `poll` is to be called next, in any case; `Infinity` when it need not be. */
  get nextFlushMs(): number {
    return this.waiting.isEmpty && this.open.position > 0
      ? this.flushAtMs
      : Number.POSITIVE_INFINITY;
  }

  /** 0 empty to 1 full; more when buffers wait that find no room. */
  get usage(): number {
    return (this.ring.capacity - this.ring.freeBytes + this.waiting.sizeBytes) / this.ring.capacity;
  }

  private get roomForASlice(): number {
    const wanted = Math.max(this.bufferBytes, this.sliceBytes) + BUFFER_HEADER_BYTES;
    return Math.min(wanted, this.ring.capacity >> 1);
  }

  /** What has to fit for the first to go that waits. */
  private get nextRingBytes(): number {
    return ringBytesOf(this.waiting.first?.bytes.length ?? this.open.position);
  }

  /** The time of a buffer begins when it is asked for first. */
  private isFlushDue(nowMs: number): boolean {
    if (this.open.position === 0 || this.bufferTimeoutMs < 0) {
      return false;
    }
    if (this.flushAtMs === Number.POSITIVE_INFINITY) {
      this.flushAtMs = nowMs + this.bufferTimeoutMs;
    }
    return nowMs >= this.flushAtMs;
  }

  private get canFlush(): boolean {
    return this.waiting.isEmpty && this.ring.hasRoom(ringBytesOf(this.open.position));
  }

  private pushMark(mark: StreamElement<T>): void {
    const { open } = this;
    const start = open.position;
    open.writeInt(0);
    this.elements.serialize(mark, open);
    this.endElement(start);
  }

  private endElement(start: number): void {
    const { buffer, position } = this.open;
    const length = position - start - LENGTH_BYTES;
    buffer[start] = length >>> 24;
    buffer[start + 1] = length >>> 16;
    buffer[start + 2] = length >>> 8;
    buffer[start + 3] = length;
    if (position >= this.bufferBytes) {
      this.sendOpen(start);
      this.wakeReceiver();
    } else if (this.bufferTimeoutMs === 0) {
      this.flushAtMs = 0;
      if (this.canFlush) {
        this.flush();
        this.wakeReceiver();
      }
    }
  }

  private flush(): void {
    this.send(BufferKind.DATA, this.open.buffer, 0, this.open.position);
    this.open.position = 0;
    this.flushAtMs = Number.POSITIVE_INFINITY;
  }

  /** Sends whole buffers of what is open: up to `start`, where the last element begins, and of it. */
  private sendOpen(start: number): void {
    const { open, bufferBytes } = this;
    const { buffer, position: end } = open;
    let at = 0;
    if (end > bufferBytes && start > 0) {
      this.send(BufferKind.DATA, buffer, 0, start);
      at = start;
    }
    // What waits of a large record is not copied: the buffer is given away with it.
    const giveAway = end > this.keptBytesMax;
    while (end - at >= bufferBytes || (giveAway && at < end)) {
      const next = Math.min(at + bufferBytes, end);
      this.send(BufferKind.DATA, buffer, at, next, giveAway);
      at = next;
    }
    if (giveAway) {
      this.open = new DataOutputView(this.ring.segmentSizeBytes);
    } else {
      buffer.copyWithin(0, at, end);
      open.position = end - at;
    }
    this.flushAtMs = Number.POSITIVE_INFINITY;
  }

  private send(
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    isGivenAway = false,
  ): void {
    this.numBuffersOut++;
    this.numBytesOut += end - start;
    if (!this.waiting.isEmpty || !this.ring.tryPut(kind, bytes, start, end)) {
      this.waiting.add(kind, isGivenAway ? bytes.subarray(start, end) : bytes.slice(start, end));
    }
  }

  private wakeReceiver(): void {
    if (this.ring.takeDataWanted()) {
      this.receiver.ring();
    }
  }

  private undo(start: number, value: unknown, error: unknown): Error {
    this.forgetFrom(start);
    return error instanceof RangeError && /allocation|array length/i.test(error.message)
      ? recordTooLarge(this.names, value, { bytes: undefined, bytesMax: this.recordBytesMax })
      : notSerializable(this.names, value, error);
  }

  private refuseSize(start: number, value: unknown): Error {
    const bytes = this.open.position - start - LENGTH_BYTES;
    this.forgetFrom(start);
    return recordTooLarge(this.names, value, { bytes, bytesMax: this.recordBytesMax });
  }

  private forgetFrom(start: number): void {
    this.open.position = start;
    if (this.open.buffer.length > this.keptBytesMax) {
      const kept = new DataOutputView(this.ring.segmentSizeBytes);
      kept.write(this.open.bytes());
      this.open = kept;
    }
  }
}
