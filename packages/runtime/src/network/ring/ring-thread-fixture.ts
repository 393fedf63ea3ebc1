/**
 * One slot of a test on real threads: sends numbers in order through some rings, checks and counts
 * those that come through others, and answers on a third kind. It sleeps whenever it can.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { encodeError, SystemClock, Types } from '@millrace/core';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import { LocalChannel } from '../local-channel.ts';
import { RingExchange } from './ring-exchange.ts';
import type { RingWriter } from './ring-writer.ts';

const RECORDS_PER_SLICE = 256;

export interface SlotOfTest {
  readonly slot: number;
  readonly doorbells: SharedArrayBuffer;
  readonly bufferTimeoutMs: number;
  /** Sends 0 to `count - 1` to each, then the end. */
  readonly sends: readonly { readonly ring: SharedArrayBuffer; readonly slot: number }[];
  readonly count: number;
  /** Takes until the end of each; sends each record back, if there is somewhere to. */
  readonly receives: readonly { readonly ring: SharedArrayBuffer; readonly slot: number }[];
  /** A record is sent only when the one before it has come back. */
  readonly pingPong: boolean;
  /** After so many records an unaligned barrier, whose checkpoint is the count until then; 0 never. */
  readonly barrierEvery?: number;
}

export interface SlotResult {
  readonly slot: number;
  readonly received: number;
  readonly sleeps: number;
  readonly buffersIn: number;
  /** That overtook something in the channel. */
  readonly barriers: number;
}

const names = { sender: 'the sender', edge: 'the edge' };

class SlotThread {
  private readonly spec: SlotOfTest;
  private readonly exchange: RingExchange;
  private readonly writers: readonly RingWriter<unknown>[];
  private readonly channels: readonly LocalChannel[];
  private readonly expected: number[];
  private ended = 0;
  private sent = 0;
  private sleeps = 0;
  private barriers = 0;

  constructor(spec: SlotOfTest) {
    this.spec = spec;
    this.exchange = new RingExchange({ ...spec, clock: new SystemClock() });
    this.writers = spec.sends.map(({ ring, slot }) =>
      this.exchange.createWriter({ ring, type: Types.LONG, names, receiverSlot: slot }),
    );
    this.channels = spec.receives.map(() => new LocalChannel(64));
    spec.receives.forEach(({ ring, slot }, index) => {
      const channel = this.channels[index] as LocalChannel;
      this.exchange.createReader({ ring, type: Types.LONG, names, senderSlot: slot }, channel);
    });
    this.expected = spec.receives.map(() => 0);
  }

  async run(): Promise<SlotResult> {
    while (!this.isDone) {
      const moved = this.exchange.poll();
      const received = this.receive();
      const sent = this.send();
      if (!moved && !received && !sent && !this.isDone) {
        this.sleeps++;
        await new Promise<void>((resolve) => {
          if (!this.exchange.wakeOnWork(resolve)) {
            resolve();
          }
        });
      }
    }
    this.exchange.close();
    return {
      slot: this.spec.slot,
      received: this.expected.reduce((sum, next) => sum + next, 0),
      sleeps: this.sleeps,
      barriers: this.barriers,
      buffersIn: this.exchange.readers.reduce((sum, reader) => sum + reader.numBuffersIn, 0),
    };
  }

  private get isDone(): boolean {
    const allSent =
      this.writers.every((writer) => !writer.hasUnsent) && this.sent > this.spec.count;
    return this.ended === this.channels.length && (this.writers.length === 0 || allSent);
  }

  private receive(): boolean {
    let progress = false;
    for (let index = 0; index < this.channels.length; index++) {
      const channel = this.channels[index] as LocalChannel;
      this.checkBarrier(channel);
      for (; channel.size > 0; channel.head++) {
        progress = true;
        const at = channel.head & channel.mask;
        if (LocalChannel.isEvent(channel.timestamps[at] as number)) {
          this.ended++;
        } else if (channel.values[at] === this.expected[index]) {
          this.expected[index]!++;
        } else {
          throw new Error(`expected ${this.expected[index]}, got ${channel.values[at]}`);
        }
      }
    }
    return progress;
  }

  /** No record that was sent after it stands before it. */
  private checkBarrier(channel: LocalChannel): void {
    const overtaking = channel.takeOvertakingBarrier();
    if (overtaking === undefined || overtaking.position <= channel.head) {
      return;
    }
    this.barriers++;
    const last = channel.values[(overtaking.position - 1) & channel.mask] as number;
    if (last >= overtaking.barrier.checkpointId) {
      throw new Error(`record ${last} before barrier ${overtaking.barrier.checkpointId}`);
    }
  }

  private send(): boolean {
    const { count, pingPong, barrierEvery = 0 } = this.spec;
    const until = pingPong ? this.answered : Math.min(this.sent + RECORDS_PER_SLICE, count);
    if (this.sent > count || this.writers.some((writer) => writer.isFull)) {
      return false;
    }
    const first = this.sent;
    for (; this.sent < until; this.sent++) {
      for (const writer of this.writers) {
        writer.push(this.sent, this.sent);
      }
      if ((this.sent + 1) % barrierEvery === 0) {
        this.pushBarriers(this.sent + 1);
      }
    }
    if (this.sent === count) {
      this.sent++;
      for (const writer of this.writers) {
        writer.pushEvent({ kind: 'end-of-partition' });
      }
    }
    return this.sent > first;
  }

  private pushBarriers(checkpointId: number): void {
    for (const writer of this.writers) {
      void writer.pushBarrier({
        checkpointId,
        timestamp: 0,
        snapshotType: CHECKPOINT,
        alignmentType: 'unaligned',
        alignedTimeoutMs: 0,
      });
    }
  }

  /** Slot 0 begins, and is one ahead. */
  private get answered(): number {
    const came = this.expected[0] as number;
    return Math.min(this.spec.count, this.spec.slot === 0 ? came + 1 : came);
  }
}

// A wait for the doorbell does not keep a thread alive; a port does.
parentPort?.on('message', () => {});
new SlotThread(workerData as SlotOfTest)
  .run()
  .then(
    (result) => parentPort?.postMessage({ result }),
    (error: unknown) => parentPort?.postMessage({ error: encodeError(error) }),
  )
  .finally(() => parentPort?.close());
