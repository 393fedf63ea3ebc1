/**
 * The sending end of a channel to another slot: elements are written to a buffer, and buffers to the
 * ring, when they are full, when their time is over, and with each event; with watermarks and statuses
 * that follow each other closely, with the first.
 *
 * Invariants:
 * - Buffers go into the ring in order; those that find no room wait here, and the channel is full
 *   until they are gone.
 * - A record is in a buffer whole or, when its serializer threw, not at all.
 * - A barrier that overtakes goes beside the ring with the position that it overtakes up to; behind it
 *   nothing goes into the ring until it is there.
 * - A buffer is never larger than a segment: longer records span buffers.
 *
 * Flink: RecordWriter, PipelinedSubpartition, BufferBuilder.
 */
// Hot path.

import { serialize } from 'node:v8';
import {
  DataOutputView,
  type ElementWriter,
  elementWriter,
  type StreamElement,
  StreamElementSerializer,
  type TypeSerializer,
} from '@millrace/core';
import {
  asUnaligned,
  type CheckpointBarrier,
  isTimeoutable,
  isUnaligned,
} from '../../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from '../channel-event.ts';
import type { ChannelWriter, OvertakenBytes } from '../channel-writer.ts';
import {
  type ChannelNames,
  isOutOfMemory,
  notSerializable,
  recordTooLarge,
} from './channel-names.ts';
import type { Doorbell } from './doorbell.ts';
import { RingInlet } from './ring-ends.ts';
import { BUFFER_HEADER_BYTES, BufferKind, ringBytesOf } from './ring-layout.ts';
import { SentBarriers } from './sent-barriers.ts';
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
  /** It is bytes when `push` returns. */
  readonly handsOver: boolean;
  /** Since the beginning; bytes without the headers of buffers. */
  numBuffersOut = 0;
  numBytesOut = 0;
  private readonly ring: RingInlet;
  private readonly elements: StreamElementSerializer<T>;
  private readonly writeRecord: ElementWriter<T>;
  private readonly names: ChannelNames;
  private readonly receiver: Doorbell;
  private readonly bufferTimeoutMs: number;
  private readonly recordBytesMax: number;
  private readonly keptBytesMax: number;
  /** The buffer that is being filled: it begins where the one before it ended. */
  private open: DataOutputView;
  private readonly waiting = new WaitingBuffers();
  private readonly sentBarriers = new SentBarriers();
  /** A barrier that overtakes, while the receiver is just taking another one. */
  private unposted: { readonly position: number; readonly bytes: Uint8Array } | undefined =
    undefined;
  /** The most that a buffer holds. */
  private bufferBytes: number;
  private announcedSize: number;
  private newestPostedId = 0;
  /** When the open buffer is to be sent though it is not full; `Infinity` when that is not known yet. */
  private flushAtMs = Number.POSITIVE_INFINITY;
  /** What lately was written between two polls, at most: a guess at what the next slice writes. */
  private sliceBytes = 0;
  private bytesAtPoll = 0;
  /** `isFull` said so since the last poll: who was told waits for room. */
  private saidFull = false;
  /** A watermark or status was sent at once since the last poll. */
  private hurried = false;

  constructor(parts: RingWriterParts<T>) {
    this.handsOver = false;
    this.ring = new RingInlet(parts.ring);
    this.elements = new StreamElementSerializer(parts.serializer);
    this.writeRecord = elementWriter(parts.serializer);
    this.names = parts.names;
    this.receiver = parts.receiver;
    this.bufferTimeoutMs = parts.bufferTimeoutMs;
    this.recordBytesMax = parts.recordBytesMax ?? RECORD_BYTES_MAX;
    this.announcedSize = this.ring.segmentSizeBytes;
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
      this.writeRecord(value as T, timestamp, open);
    } catch (error) {
      throw this.undo(start, value, error);
    }
    if (open.position - start - LENGTH_BYTES > this.recordBytesMax) {
      throw this.refuseSize(start, value);
    }
    this.endElement(start);
  }

  /** The key is read of the record where it arrives. */
  pushKeyed(value: unknown, timestamp: number, _key: string, _hashCode: number): void {
    this.push(value, timestamp);
  }

  pushEvent(event: ChannelEvent): void {
    switch (event.kind) {
      case 'watermark':
        this.pushMark({ kind: 'watermark', timestamp: event.watermark });
        this.hurry();
        return;
      case 'watermark-status':
        this.pushMark({ kind: 'watermark-status', isIdle: event.status === 'idle' });
        this.hurry();
        return;
      case 'latency-marker':
        this.pushMark({ kind: 'latency-marker', ...event.marker });
        return;
    }
    this.sendEvent(event);
    this.wakeReceiver();
  }

  pushBarrier(barrier: CheckpointBarrier): Promise<OvertakenBytes> | undefined {
    if (isUnaligned(barrier)) {
      return this.overtake(barrier);
    }
    if (!isTimeoutable(barrier)) {
      this.pushEvent({ kind: 'barrier', barrier });
      return undefined;
    }
    if (this.open.position > 0) {
      this.flush();
    }
    const { last } = this.waiting;
    const position = this.ring.writePosition;
    this.sendEvent({ kind: 'barrier', barrier });
    this.wakeReceiver();
    const waitingAs = this.waiting.after(last);
    if (waitingAs === undefined || this.ring.writePosition !== position) {
      this.sentBarriers.addInRing(barrier, position);
      return undefined;
    }
    return this.sentBarriers.addWaiting(barrier, waitingAs);
  }

  timeOutBarrier(checkpointId: number): void {
    const sent = this.sentBarriers.take(checkpointId);
    if (sent === undefined) {
      return;
    }
    const barrier = asUnaligned(sent.barrier);
    if (sent.waitingAs !== undefined) {
      sent.tell(this.waiting.before(sent.waitingAs, BufferKind.DATA));
      this.post(barrier, this.ring.writePosition);
    } else if (this.ring.isBehind(sent.position)) {
      this.post(barrier, sent.position);
    } // Else it is at the receiver, which has a timeout of its own.
  }

  forgetBarrier(checkpointId: number): void {
    this.sentBarriers.forget(checkpointId);
  }

  /** Barriers that may overtake yet, or wait for room. */
  get numSentBarriers(): number {
    return this.sentBarriers.size;
  }

  get isFull(): boolean {
    const full = !this.waiting.isEmpty || !this.ring.hasRoom(this.roomForASlice);
    this.saidFull ||= full;
    return full;
  }

  /** True while something was pushed that is not in the ring. */
  get hasUnsent(): boolean {
    return !this.waiting.isEmpty || this.open.position > 0 || this.unposted !== undefined;
  }

  /**
   * Sends what waits, as far as there is room, and what waited long enough.
   *
   * @returns true when anything moved
   */
  poll(nowMs: number): boolean {
    this.obeyBufferSize();
    let moved = this.sendWaiting();
    if (this.isFlushDue(nowMs) && this.canFlush) {
      this.flush();
      moved = true;
    }
    if (moved) {
      this.wakeReceiver();
    }
    this.saidFull = false;
    this.hurried = false;
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
    if (this.unposted !== undefined) {
      return true;
    }
    const flushWaits = this.isFlushDue(nowMs);
    if (this.waiting.isEmpty && !flushWaits && !this.saidFull) {
      this.ring.wantRoom(0);
      return false;
    }
    this.ring.wantRoom(Math.max(this.ring.limitBytes >> 1, this.nextRingBytes));
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
    const { capacity, freeBytes, limitBytes } = this.ring;
    return (capacity - freeBytes + this.waiting.sizeBytes) / limitBytes;
  }

  private obeyBufferSize(): void {
    const { ring } = this;
    const announced = ring.announcedBufferSize;
    if (announced !== this.announcedSize) {
      this.announcedSize = announced;
      // Buffers begin at multiples of 8; an element takes several if need be.
      const size = Math.max(2 * BUFFER_HEADER_BYTES, announced & ~7);
      this.bufferBytes = size - BUFFER_HEADER_BYTES;
      ring.limitTo(size * (ring.capacity / ring.segmentSizeBytes));
    }
  }

  private get roomForASlice(): number {
    const wanted = Math.max(this.bufferBytes, this.sliceBytes) + BUFFER_HEADER_BYTES;
    return Math.min(wanted, this.ring.limitBytes >> 1);
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
    open.view.setInt32(start, open.position - start - LENGTH_BYTES);
    this.endElement(start);
  }

  /**
   * Windows that fire here by the same watermark take this thread for long: those of the receiver are
   * to fire meanwhile. Once between two polls, as there may be a watermark for each record. A
   * status may let windows fire as well.
   */
  private hurry(): void {
    if (!this.hurried && this.bufferTimeoutMs >= 0 && this.open.position > 0 && this.canFlush) {
      this.hurried = true;
      this.flush();
      this.wakeReceiver();
    }
  }

  private endElement(start: number): void {
    if (this.open.position >= this.bufferBytes) {
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
    if (!this.waiting.isEmpty || !this.tryPut(kind, bytes, start, end)) {
      this.waiting.add(kind, isGivenAway ? bytes.subarray(start, end) : bytes.slice(start, end));
    }
  }

  /** Behind a barrier that overtakes and is not posted yet, nothing goes into the ring. */
  private tryPut(kind: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.tryPost() && this.ring.tryPut(kind, bytes, start, end);
  }

  /** @returns true when anything went */
  private sendWaiting(): boolean {
    let moved = this.unposted !== undefined && this.tryPost();
    for (let next = this.waiting.first; next !== undefined; next = this.waiting.first) {
      const position = this.ring.writePosition;
      if (!this.tryPut(next.kind, next.bytes, 0, next.bytes.length)) {
        break;
      }
      this.waiting.removeFirst();
      this.sentBarriers.bufferLeft(next, position);
      moved = true;
    }
    return moved;
  }

  /** With all that is open in front of it. */
  private sendEvent(event: ChannelEvent): void {
    if (this.open.position > 0) {
      this.flush();
    }
    const bytes = serialize(event);
    let at = 0;
    for (; bytes.length - at > this.bufferBytes; at += this.bufferBytes) {
      this.send(BufferKind.EVENT_PART, bytes, at, at + this.bufferBytes);
    }
    this.send(BufferKind.EVENT, bytes, at, bytes.length);
  }

  private overtake(barrier: CheckpointBarrier): Promise<OvertakenBytes> | undefined {
    this.sentBarriers.subsume(barrier.checkpointId);
    this.sendWaiting();
    if (this.open.position > 0 && this.canFlush) {
      this.flush();
    }
    const overtaken = this.waiting.before(undefined, BufferKind.DATA);
    if (this.open.position > 0) {
      overtaken.push(this.open.copyBytes());
    }
    this.post(barrier, this.ring.writePosition);
    return overtaken.length === 0 ? undefined : Promise.resolve(overtaken);
  }

  /** The newest takes the place of one that was not taken. */
  private post(barrier: CheckpointBarrier, position: number): void {
    if (barrier.checkpointId < this.newestPostedId) {
      return;
    }
    this.newestPostedId = barrier.checkpointId;
    this.unposted = { position, bytes: serialize(barrier) };
    this.tryPost();
  }

  /** @returns true when there is none to post any more */
  private tryPost(): boolean {
    const { unposted } = this;
    if (unposted === undefined) {
      return true;
    }
    if (!this.ring.tryPostPriority(unposted.position, unposted.bytes)) {
      return false;
    }
    this.unposted = undefined;
    if (this.ring.takeBarrierWanted()) {
      this.receiver.ring();
    }
    return true;
  }

  private wakeReceiver(): void {
    if (this.ring.takeDataWanted()) {
      this.receiver.ring();
    }
  }

  private undo(start: number, value: unknown, error: unknown): Error {
    this.forgetFrom(start);
    return error instanceof RangeError && isOutOfMemory(error)
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
