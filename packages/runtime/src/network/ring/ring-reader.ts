/**
 * The receiving end of a channel from another slot: what comes through the ring goes into a
 * `LocalChannel`, up to its capacity.
 *
 * Invariant: what a barrier that overtakes brought beyond the capacity keeps its room in the ring until
 * the channel has room again. So what is in flight has a bound, however slow the task is and however
 * many checkpoints are taken meanwhile.
 *
 * Flink: RemoteInputChannel, SpillingAdaptiveSpanningRecordDeserializer.
 */
// Hot path.

import { deserialize } from 'node:v8';
import { invariant, MillraceError, type TypeSerializer } from '@millrace/core';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import type { ChannelEvent } from '../channel-event.ts';
import type { LocalChannel } from '../local-channel.ts';
import { type ChannelNames, notReadable } from './channel-names.ts';
import type { Doorbell } from './doorbell.ts';
import { ElementDecoder } from './element-decoder.ts';
import { RingOutlet } from './ring-ends.ts';
import { BufferKind, ringBytesOf } from './ring-layout.ts';

export class RingReader<T> {
  /** Since the beginning; bytes without the headers of buffers. */
  numBuffersIn = 0;
  numBytesIn = 0;
  private readonly ring: RingOutlet;
  private readonly channel: LocalChannel;
  private readonly decoder: ElementDecoder<T>;
  private readonly sender: Doorbell;
  private readonly names: ChannelNames;
  private numElementsIn = 0;
  /** So many elements may be in the channel. */
  private elementsMax: number;
  /** Of an event that is not there whole. */
  private eventParts: Uint8Array[] = [];

  constructor(parts: {
    readonly ring: SharedArrayBuffer;
    readonly serializer: TypeSerializer<T>;
    readonly channel: LocalChannel;
    readonly names: ChannelNames;
    /** Of the slot that sends. */
    readonly sender: Doorbell;
  }) {
    this.ring = new RingOutlet(parts.ring);
    this.channel = parts.channel;
    this.sender = parts.sender;
    this.names = parts.names;
    this.elementsMax = parts.channel.capacity;
    this.decoder = new ElementDecoder(parts, this.ring.segmentSizeBytes);
  }

  /**
   * Takes what has come, as far as the channel has room; what a barrier overtakes in any case.
   *
   * @returns true when anything moved
   * @throws TaskError `SERIALIZER_FAILED`, `RECORD_TOO_LARGE` when memory does not hold what comes
   * @throws InvariantError `INVARIANT_VIOLATED` for what no sender puts into a ring
   */
  poll(): boolean {
    try {
      return this.takeIn();
    } catch (error) {
      throw error instanceof MillraceError ? error : notReadable(this.names, error);
    }
  }

  private takeIn(): boolean {
    const { channel, decoder, ring } = this;
    let moved = this.takeOvertakingBarrier();
    this.giveRoomBack();
    let room = this.elementsMax - channel.size;
    while (room > 0) {
      const decoded = decoder.decode(room);
      room -= decoded;
      this.numElementsIn += decoded;
      moved ||= decoded > 0;
      if (room <= 0 || ring.isEmpty) {
        break;
      }
      // A buffer that is there came after the barrier that overtakes what is before it.
      if (this.takeOvertakingBarrier()) {
        room = this.elementsMax - channel.size;
      } else {
        room -= this.takeBuffer();
      }
      moved = true;
    }
    return moved;
  }

  /** True when `poll` would move something. */
  get canMove(): boolean {
    return (
      this.ring.hasPriority ||
      (this.hasRoom && (this.decoder.hasElement || !this.ring.isEmpty || this.ring.keepsRoom))
    );
  }

  /** Before its slot sleeps: the sender wakes it, with data only if the channel has room for it. */
  prepareSleep(): void {
    this.ring.wantBarriers(this.hasRoom);
  }

  /** True when there is anything to take for the task. */
  get hasInput(): boolean {
    return this.channel.size > 0 || this.decoder.hasElement || !this.ring.isEmpty;
  }

  /** Of the announced size, with what is in the channel as one. */
  get buffersInUse(): number {
    const inRing = Math.ceil(this.ring.usedBytes / this.ring.announcedBufferSize);
    return inRing + (this.channel.size > 0 || this.decoder.hasElement ? 1 : 0);
  }

  /** What the task has taken of `numBytesIn`, if its elements were all of one size. */
  get numBytesConsumed(): number {
    const decoded = this.numBytesIn - this.decoder.pendingBytes;
    return decoded - Math.min(decoded, this.channel.size * this.elementBytes);
  }

  get segmentSizeBytes(): number {
    return this.ring.segmentSizeBytes;
  }

  /**
   * The sender makes new buffers so large, with their headers, and puts no more of them into the ring
   * than segments fit; about one buffer is decoded ahead.
   */
  announceBufferSize(bytes: number): void {
    this.ring.announceBufferSize(bytes);
    const elements = Math.floor(bytes / Math.max(1, this.elementBytes));
    this.elementsMax = Math.max(1, Math.min(elements, this.channel.capacity));
  }

  get capacityBytes(): number {
    return this.ring.capacity;
  }

  /** In the ring, with the headers of buffers. */
  get waitingBytes(): number {
    return this.ring.usedBytes;
  }

  /** 0 empty to 1 full. */
  get usage(): number {
    return this.ring.usedBytes / this.ring.capacity;
  }

  /** On average until now. */
  private get elementBytes(): number {
    return (this.numBytesIn - this.decoder.pendingBytes) / Math.max(1, this.numElementsIn);
  }

  private get hasRoom(): boolean {
    return this.channel.size < this.elementsMax;
  }

  /** All that it overtakes goes into the channel before it, however full that is. */
  private takeOvertakingBarrier(): boolean {
    const { ring, decoder, channel } = this;
    if (!ring.hasPriority) {
      return false;
    }
    const taken = ring.takePriority();
    if (taken === undefined) {
      // A newer one is just being put in its place. That the records go on meanwhile is right only since
      // unaligned checkpoints go one at a time: the checkpoint of the older one has been given up, and the
      // newer one overtakes all that is in the ring by now.
      return false;
    }
    const barrier = deserialize(taken.bytes) as CheckpointBarrier;
    const aheadBytes = ring.aheadBytes(taken.position);
    if (aheadBytes < 0) {
      // It is in the channel in its place, and its timeout is over.
      channel.timeOutBarrier(barrier.checkpointId);
      return true;
    }
    invariant(
      aheadBytes <= ring.usedBytes,
      'a barrier overtakes nothing beyond the end of what was put into the ring',
    );
    decoder.decode(Number.POSITIVE_INFINITY);
    while (ring.aheadBytes(taken.position) > 0) {
      this.takeBuffer();
      decoder.decode(Number.POSITIVE_INFINITY);
    }
    channel.pushBarrier(barrier, decoder.cutElement());
    return true;
  }

  /** @returns how many elements went into the channel */
  private takeBuffer(): number {
    const { ring, decoder } = this;
    const length = ring.nextLength;
    invariant(
      length >= 0 && ringBytesOf(length) <= ring.usedBytes,
      'a buffer is whole in the ring before it is read',
    );
    this.numBuffersIn++;
    this.numBytesIn += length;
    const kind = ring.nextKind;
    if (kind === BufferKind.DATA) {
      const at = decoder.reserve(length);
      ring.take(decoder.target, at);
      this.giveRoomBack();
      return 0;
    }
    const part = new Uint8Array(length);
    ring.take(part, 0);
    this.giveRoomBack();
    this.eventParts.push(part);
    if (kind === BufferKind.EVENT_PART) {
      return 0;
    }
    const event = deserialize(Buffer.concat(this.eventParts)) as ChannelEvent;
    this.eventParts = [];
    if (event.kind === 'barrier') {
      this.channel.pushBarrier(event.barrier);
    } else {
      this.channel.pushEvent(event);
    }
    return 1;
  }

  private giveRoomBack(): void {
    if (this.ring.keepsRoom && this.hasRoom && this.ring.giveRoomBack()) {
      this.sender.ring();
    }
  }
}
