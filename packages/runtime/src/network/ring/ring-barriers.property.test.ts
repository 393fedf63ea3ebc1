import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import fc from 'fast-check';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import type { ChannelEvent } from '../channel-event.ts';
import type { OvertakenBytes } from '../channel-writer.ts';
import { LocalChannel } from '../local-channel.ts';
import { ElementDecoder } from './element-decoder.ts';
import { NAMES, openRing, type RingFixture, takeAll } from './ring-fixture.ts';

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ pushLength: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ pushLength: fc.integer({ min: 200, max: 900 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ barrier: fc.constantFrom('unaligned', 'with a timeout', 'aligned') }),
  },
  { weight: 2, arbitrary: fc.record({ timeOut: fc.constantFrom(0, 0, 0, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.constantFrom(0, 0, 1) }) },
  { weight: 3, arbitrary: fc.record({ pollWriterAfterMs: fc.constantFrom(0, 10) }) },
  { weight: 4, arbitrary: fc.constant({ pollReader: true } as const) },
  { weight: 4, arbitrary: fc.record({ consume: fc.integer({ min: 1, max: 8 }) }) },
);

const setting = fc.record({
  segmentSizeBytes: fc.constantFrom(16, 64, 512),
  segments: fc.integer({ min: 1, max: 5 }),
  bufferTimeoutMs: fc.constantFrom(-1, 0, 10),
  channelCapacity: fc.constantFrom(1, 4),
  startPosition: fc.constantFrom(0, -64, 2 ** 31 - 64),
});

describe('a barrier that overtakes on its way to another slot', () => {
  it('comes out at the next poll, with every element in flight before it told once, at one of the ends', async () => {
    const seen = {
      ...{ atReceiverOnly: 0, atBoth: 0, cut: 0, timedOut: 0 },
      ...{ lateAfterRead: 0, lateAfterItsEnd: 0, lateAfterNewer: 0 },
    };

    await fc.assert(
      fc.asyncProperty(
        setting,
        fc.array(step, { maxLength: 80, size: 'max' }),
        async (of, steps) => {
          fc.pre(of.segmentSizeBytes * of.segments >= 64);
          const run = new Run(openRing({ ...of, size: of }), seen);
          for (const command of steps) {
            if ('pushLength' in command) {
              run.push(command.pushLength);
            } else if ('barrier' in command) {
              run.pushBarrier(command.barrier);
            } else if ('timeOut' in command) {
              run.timeOut(command.timeOut);
            } else if ('forget' in command) {
              run.forget(command.forget);
            } else if ('pollWriterAfterMs' in command) {
              run.pollWriter(command.pollWriterAfterMs);
            } else if ('pollReader' in command) {
              await run.pollReader();
            } else {
              run.consume(command.consume);
            }
          }
          await run.drain();
        },
      ),
      { numRuns: 500 },
    );

    // All that may happen did.
    assert.equal(Math.min(...Object.values(seen)) > 10, true, JSON.stringify(seen));
  });
});

interface Seen {
  atReceiverOnly: number;
  atBoth: number;
  cut: number;
  timedOut: number;
  /** Timeouts that are over when the barrier may not overtake any more. */
  lateAfterRead: number;
  lateAfterItsEnd: number;
  lateAfterNewer: number;
}

class Run {
  private readonly fixture: RingFixture;
  private readonly seen: Seen;
  private readonly pushed: string[] = [];
  private consumed = 0;
  private checkpointId = 0;
  private unalignedAwaited = 0;
  private timedOut = 0;
  /** The newest with a timeout or unaligned. */
  private newestThatMay = 0;
  private readonly withTimeout = new Set<number>();
  private readonly mayOvertake = new Set<number>();
  private readonly read = new Set<number>();
  private readonly forgotten = new Set<number>();
  private nowMs = 0;
  /** Of each barrier: how many records were pushed before it, and what was told at the sender. */
  private readonly before = new Map<number, number>();
  private readonly told = new Map<number, Promise<OvertakenBytes>>();

  constructor(fixture: RingFixture, seen: Seen) {
    this.fixture = fixture;
    this.seen = seen;
  }

  push(length: number): void {
    const value = `${this.pushed.length}:${'x'.repeat(length)}`;
    this.pushed.push(value);
    this.fixture.writer.push(value, this.pushed.length);
  }

  pushBarrier(kind: string): void {
    this.checkpointId++;
    const plain = { checkpointId: this.checkpointId, timestamp: 5, snapshotType: CHECKPOINT };
    const barrier: CheckpointBarrier =
      kind === 'aligned'
        ? plain
        : {
            ...plain,
            alignmentType: kind === 'unaligned' ? 'unaligned' : 'aligned',
            alignedTimeoutMs: 10,
          };
    this.before.set(this.checkpointId, this.pushed.length);
    const told = this.fixture.writer.pushBarrier(barrier);
    if (told !== undefined) {
      this.told.set(this.checkpointId, told);
    }
    if (kind === 'unaligned') {
      this.unalignedAwaited = this.checkpointId;
      this.mayOvertake.add(this.checkpointId);
    }
    if (kind === 'with a timeout') {
      this.withTimeout.add(this.checkpointId);
    }
    if (kind !== 'aligned') {
      this.newestThatMay = this.checkpointId;
    }
  }

  /** Of the newest barrier, or of one before it; that of a checkpoint that is over comes too late. */
  timeOut(back: number): void {
    const checkpointId = this.checkpointId - back;
    if (this.withTimeout.has(checkpointId)) {
      if (this.read.has(checkpointId)) {
        this.seen.lateAfterRead++;
      } else if (this.forgotten.has(checkpointId)) {
        this.seen.lateAfterItsEnd++;
      } else if (checkpointId < this.newestThatMay) {
        this.seen.lateAfterNewer++;
      } else {
        this.mayOvertake.add(checkpointId);
      }
    }
    this.timedOut = checkpointId;
    this.fixture.writer.timeOutBarrier(checkpointId);
  }

  /** The checkpoint is complete, or was aborted. */
  forget(back: number): void {
    const checkpointId = this.checkpointId - back;
    this.forgotten.add(checkpointId);
    this.fixture.writer.forgetBarrier(checkpointId);
  }

  pollWriter(afterMs: number): void {
    this.nowMs += afterMs;
    this.fixture.writer.poll(this.nowMs);
  }

  async pollReader(): Promise<void> {
    const { reader, channel } = this.fixture;
    reader.poll();
    const overtaking = channel.takeOvertakingBarrier();
    if (overtaking === undefined) {
      assert.equal(this.unalignedAwaited, 0);
      return;
    }
    const { checkpointId, alignmentType } = overtaking.barrier;
    assert.equal(alignmentType, 'unaligned');
    assert.equal(this.mayOvertake.has(checkpointId) && !this.read.has(checkpointId), true);
    assert.equal(checkpointId >= this.unalignedAwaited, true);
    this.unalignedAwaited = 0;
    const inFlight: unknown[] = [];
    for (let at = channel.head; at < overtaking.position; at++) {
      if (!LocalChannel.isEvent(channel.timestamps[at & channel.mask] as number)) {
        inFlight.push(channel.values[at & channel.mask]);
      }
    }
    const atSender = (await this.told.get(checkpointId)) ?? [];
    this.seen[atSender.length > 0 ? 'atBoth' : 'atReceiverOnly']++;
    this.seen.cut += overtaking.cutElement === undefined ? 0 : 1;
    this.seen.timedOut += this.timedOut === checkpointId ? 1 : 0;
    const bytes = [overtaking.cutElement ?? new Uint8Array(0), ...atSender];

    assert.deepEqual(
      [...inFlight, ...decoded(bytes)],
      this.pushed.slice(this.consumed, this.before.get(checkpointId)),
    );
  }

  consume(count: number): void {
    const { channel } = this.fixture;
    for (let i = 0; i < count && channel.size > 0; i++) {
      const at = channel.head & channel.mask;
      if (!LocalChannel.isEvent(channel.timestamps[at] as number)) {
        assert.equal(channel.values[at], this.pushed[this.consumed]);
        this.consumed++;
      } else {
        const event = channel.values[at] as ChannelEvent;
        if (event.kind === 'barrier') {
          this.read.add(event.barrier.checkpointId);
        }
      }
      channel.head++;
    }
  }

  async drain(): Promise<void> {
    const { writer, reader, channel } = this.fixture;
    writer.pushEvent({ kind: 'end-of-partition' }); // Sends what is open.
    for (let turns = 0; writer.hasUnsent || reader.canMove || channel.size > 0; turns++) {
      assert.equal(turns < 100_000, true);
      this.pollWriter(10);
      await this.pollReader();
      this.consume(channel.size);
    }
    assert.equal(this.consumed, this.pushed.length);
    assert.equal(writer.numSentBarriers <= 1, true);
  }
}

function decoded(parts: readonly Uint8Array[]): unknown[] {
  const bytes = Buffer.concat(parts);
  const channel = new LocalChannel(16);
  const serializer = Types.STRING.createSerializer();
  const decoder = new ElementDecoder({ serializer, channel, names: NAMES }, 64);
  const at = decoder.reserve(bytes.length);
  decoder.target.set(bytes, at);
  decoder.decode(Number.POSITIVE_INFINITY);
  assert.equal(decoder.pendingBytes, 0);
  return takeAll(channel).map((each) => ('value' in each ? each.value : each));
}
