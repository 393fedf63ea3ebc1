/**
 * What one slot sends to others and takes from them, over rings in shared memory.
 *
 * Made on the main thread: `allocateDoorbells` once, with the slots of the job, and `allocateRing`
 * for each channel between two slots. Each slot makes a `RingExchange` and its ends of the rings.
 *
 * Invariants:
 * - Nothing here waits: the loop of the slot polls, and sleeps after `wakeOnWork`.
 * - Whoever gives a sleeping slot data or the room that it waits for wakes it; see `doorbell.ts`.
 * - A buffer that is not full goes at the latest one buffer timeout after the poll that found it.
 *
 * Flink: NettyShuffleEnvironment, the output flusher of RecordWriter.
 */
import type { Clock, Timer, TypeInformation } from '@millrace/core';
import type { Exchange } from '../exchange.ts';
import type { LocalChannel } from '../local-channel.ts';
import { BufferDebloating, type BufferDebloatingOptions } from './buffer-debloating.ts';
import type { ChannelNames } from './channel-names.ts';
import { Doorbell, OwnDoorbell } from './doorbell.ts';
import { RingReader } from './ring-reader.ts';
import { type BufferTimeoutMs, RingWriter } from './ring-writer.ts';

/** A channel between two slots, as both ends name it. */
export interface RingChannel {
  /** From `allocateRing`. */
  readonly ring: SharedArrayBuffer;
  readonly type: TypeInformation<unknown>;
  readonly names: ChannelNames;
}

export interface RingExchangeOptions {
  /** The own one, from 0. */
  readonly slot: number;
  /** Of all slots, from `allocateDoorbells`. */
  readonly doorbells: SharedArrayBuffer;
  readonly clock: Clock;
  /** Of channels that have none of their own. */
  readonly bufferTimeoutMs: BufferTimeoutMs;
  /** Left out where buffers keep their size; from `bufferDebloatingOf`. */
  readonly debloating?: BufferDebloatingOptions | undefined;
}

/** Of this thread: those that are not closed, for who sums up what their rings hold. */
export const openExchanges: Set<RingExchange> = new Set();

export class RingExchange implements Exchange {
  readonly readers: RingReader<unknown>[] = [];
  readonly writers: RingWriter<unknown>[] = [];
  /** By gate; none where buffers keep their size. */
  readonly debloatings: Map<string, BufferDebloating> = new Map();
  private readonly options: RingExchangeOptions;
  private readonly clock: Clock;
  private readonly doorbell: OwnDoorbell;
  private isClosed = false;
  private wake: () => void = () => {};
  private readonly onRung = (): void => this.wake();
  private flushTimer: Timer | undefined;
  private flushTimerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: RingExchangeOptions) {
    this.options = options;
    this.clock = options.clock;
    this.doorbell = new OwnDoorbell(options.doorbells, options.slot);
    openExchanges.add(this);
  }

  /** The sending end of a channel, whose other end is in `receiverSlot`. */
  createWriter(
    channel: RingChannel & {
      readonly receiverSlot: number;
      readonly bufferTimeoutMs?: BufferTimeoutMs | undefined;
    },
  ): RingWriter<unknown> {
    const writer = new RingWriter({
      ring: channel.ring,
      serializer: channel.type.createSerializer(),
      names: channel.names,
      bufferTimeoutMs: channel.bufferTimeoutMs ?? this.options.bufferTimeoutMs,
      receiver: new Doorbell(this.options.doorbells, channel.receiverSlot),
    });
    this.writers.push(writer);
    return writer;
  }

  /**
   * What comes from `senderSlot` goes into `target`.
   *
   * @param channel - `gate` is the same for all channels of one input of one subtask: the size of
   *   their buffers is computed together
   */
  createReader(
    channel: RingChannel & { readonly senderSlot: number; readonly gate?: string },
    target: LocalChannel,
  ): RingReader<unknown> {
    const reader = new RingReader({
      ring: channel.ring,
      serializer: channel.type.createSerializer(),
      names: channel.names,
      channel: target,
      sender: new Doorbell(this.options.doorbells, channel.senderSlot),
    });
    this.readers.push(reader);
    const { debloating } = this.options;
    if (debloating !== undefined) {
      const gate = channel.gate ?? '';
      const ofGate =
        this.debloatings.get(gate) ?? new BufferDebloating(debloating, reader.segmentSizeBytes);
      ofGate.add(reader);
      this.debloatings.set(gate, ofGate);
    }
    return reader;
  }

  /**
   * Takes in what has come and sends what there is room for.
   *
   * @returns true when anything moved
   * @throws TaskError `SERIALIZER_FAILED` naming the edge: the attempt is over
   */
  poll(): boolean {
    if (this.isClosed) {
      return false;
    }
    this.doorbell.disarm();
    let moved = false;
    for (let i = 0; i < this.readers.length; i++) {
      if ((this.readers[i] as RingReader<unknown>).poll()) {
        moved = true;
      }
    }
    const now = this.clock.now();
    if (this.debloatings.size > 0) {
      for (const debloating of this.debloatings.values()) {
        debloating.poll(now);
      }
    }
    for (let i = 0; i < this.writers.length; i++) {
      if ((this.writers[i] as RingWriter<unknown>).poll(now)) {
        moved = true;
      }
    }
    return moved;
  }

  /**
   * Before the loop sleeps: `wake` will be called once there may be something to move. Asked again
   * before that, only the last one is called.
   *
   * @returns false when there is something to move already, also since the last poll: do not sleep
   */
  wakeOnWork(wake: () => void): boolean {
    if (this.isClosed) {
      return true;
    }
    this.wake = wake;
    this.doorbell.arm();
    if (this.findsWork()) {
      this.doorbell.disarm();
      return false;
    }
    return this.doorbell.whenRung(this.onRung);
  }

  /** True while something that was pushed has not gone to its slot. */
  get hasUnsent(): boolean {
    return this.writers.some((writer) => writer.hasUnsent);
  }

  /** Nothing is sent or taken any more. */
  close(): void {
    this.isClosed = true;
    openExchanges.delete(this);
    this.wake = () => {};
    this.flushTimer?.cancel();
    this.doorbell.close();
  }

  /** The last look before sleep: what each ring is to wake the slot for is said first. */
  private findsWork(): boolean {
    let found = false;
    for (const reader of this.readers) {
      reader.prepareSleep();
      found ||= reader.canMove;
    }
    const now = this.clock.now();
    let nextFlushMs = Number.POSITIVE_INFINITY;
    for (const writer of this.writers) {
      found = writer.prepareSleep(now) || found;
      nextFlushMs = Math.min(nextFlushMs, writer.nextFlushMs);
    }
    if (!found && nextFlushMs > now) {
      this.setFlushTimer(nextFlushMs, now);
    }
    return found;
  }

  private setFlushTimer(atMs: number, nowMs: number): void {
    if (atMs >= this.flushTimerAtMs) {
      return; // It wakes earlier, and then the slot looks again.
    }
    this.flushTimer?.cancel();
    this.flushTimerAtMs = atMs;
    this.flushTimer = this.clock.setTimer(atMs - nowMs, () => {
      this.flushTimerAtMs = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }
}
