import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, type Timer, Types } from '@millrace/core';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import { LocalChannel } from '../local-channel.ts';
import { allocateDoorbells } from './doorbell.ts';
import { RingExchange } from './ring-exchange.ts';
import { NAMES, records, takeAll } from './ring-fixture.ts';
import { allocateRing } from './ring-layout.ts';

describe('the exchange of a slot', () => {
  it('sends and takes at a poll, and says whether anything moved', () => {
    const { sender, receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    assert.equal(receiver.poll(), false);
    writer.push('a', 0);
    assert.equal(sender.poll(), false);
    assert.equal(receiver.poll(), true);
    assert.equal(receiver.poll(), false);

    assert.deepEqual(takeAll(channel), records('a'));
  });

  it('wakes a slot that sleeps when data comes', async () => {
    const { receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    const woken = sleep(receiver);
    assert.equal(await isSettled(woken), false);
    writer.push('a', 0);
    await woken;
    receiver.poll();

    assert.deepEqual(takeAll(channel), records('a'));
  });

  it('does not sleep when data came since the last poll', async () => {
    const { receiver, writer } = twoSlots({ bufferTimeoutMs: 0 });

    receiver.poll();
    writer.push('a', 0);

    assert.equal(await isSettled(sleep(receiver)), true);
  });

  it('sleeps though data waits when the channel behind has no room', async () => {
    const { receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    for (let i = 0; i < 5; i++) {
      writer.push('a', i);
    }
    receiver.poll();
    assert.equal(channel.isFull, true);
    assert.equal(receiver.poll(), false);
    assert.equal(await isSettled(sleep(receiver)), false);
    channel.head++;

    assert.equal(await isSettled(sleep(receiver)), true);
  });

  it('wakes a slot that sleeps with a full channel when a barrier overtakes, not when data comes', async () => {
    const { receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    for (let i = 0; i < 5; i++) {
      writer.push('a', i);
    }
    receiver.poll();
    const woken = sleep(receiver);
    writer.push('b', 5);
    assert.equal(await isSettled(woken), false);
    const overtakenAtSender = writer.pushBarrier({
      checkpointId: 1,
      timestamp: 0,
      snapshotType: CHECKPOINT,
      alignmentType: 'unaligned',
    });
    await woken;
    assert.equal(overtakenAtSender, undefined);
    assert.equal(receiver.poll(), true);

    assert.equal(channel.takeOvertakingBarrier()?.position, 6);
    assert.deepEqual(takeAll(channel), records('a', 'a', 'a', 'a', 'a', 'b'));
  });

  it('wakes a slot whose output is full once half of the ring is free', async () => {
    const { sender, receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    while (!writer.isFull) {
      writer.push('0123456789', 0);
    }
    sender.poll();
    assert.equal(writer.isFull, true);
    const woken = sleep(sender);
    let polls = 0;
    for (; !(await isSettled(woken)); polls++) {
      receiver.poll();
      takeAll(channel);
    }

    assert.equal(polls > 0, true);
    assert.equal(writer.isFull, false);
  });

  it('does not sleep when room came since the tasks were told that there is none', async () => {
    const { sender, receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    while (!writer.isFull) {
      writer.push('0123456789', 0);
    }
    for (let i = 0; i < 10; i++) {
      receiver.poll();
      takeAll(channel);
    }

    assert.equal(await isSettled(sleep(sender)), true);
  });

  it('wakes itself to send a buffer whose time is over', async () => {
    const { sender, receiver, writer, channel, clock } = twoSlots({ bufferTimeoutMs: 100 });

    writer.push('a', 0);
    const woken = sleep(sender);
    clock.advance(99);
    assert.equal(await isSettled(woken), false);
    clock.advance(1);
    await woken;
    assert.equal(sender.poll(), true);
    receiver.poll();

    assert.deepEqual(takeAll(channel), records('a'));
  });

  it('goes by the buffer timeout of the channel where it has one', () => {
    const { receiver, writer, channel } = twoSlots({ bufferTimeoutMs: -1, ofChannelMs: 0 });

    writer.push('a', 0);
    receiver.poll();

    assert.deepEqual(takeAll(channel), records('a'));
  });

  it('calls only the wake that was given last, once', async () => {
    const { receiver, writer } = twoSlots({ bufferTimeoutMs: 0 });

    const earlier = sleep(receiver);
    const later = sleep(receiver);
    writer.push('a', 0);
    writer.push('b', 1);

    assert.equal(await isSettled(later), true);
    assert.equal(await isSettled(earlier), false);
  });

  it('has something unsent until all is in the rings', () => {
    const { sender, receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    assert.equal(sender.hasUnsent, false);
    for (let i = 0; i < 30; i++) {
      writer.push('0123456789', 0);
    }
    assert.equal(sender.hasUnsent, true);
    for (let i = 0; i < 30; i++) {
      receiver.poll();
      takeAll(channel);
      sender.poll();
    }

    assert.equal(sender.hasUnsent, false);
  });

  it('moves nothing once it is closed', () => {
    const { receiver, writer, channel } = twoSlots({ bufferTimeoutMs: 0 });

    writer.push('a', 0);
    receiver.close();

    assert.equal(receiver.poll(), false);
    assert.equal(channel.size, 0);
  });
});

function twoSlots(timeouts: { bufferTimeoutMs: number; ofChannelMs?: number }) {
  const doorbells = allocateDoorbells(2);
  const clock = new SteppedClock();
  const ring = allocateRing({ segmentSizeBytes: 64, segments: 4 });
  const channel = new LocalChannel(4);
  const shared = { doorbells, clock, bufferTimeoutMs: timeouts.bufferTimeoutMs };
  const sender = new RingExchange({ ...shared, slot: 0 });
  const receiver = new RingExchange({ ...shared, slot: 1 });
  const ends = { ring, type: Types.STRING, names: NAMES };
  const writer = sender.createWriter({
    ...ends,
    receiverSlot: 1,
    bufferTimeoutMs: timeouts.ofChannelMs,
  });
  receiver.createReader({ ...ends, senderSlot: 0 }, channel);
  return { sender, receiver, writer, channel, clock };
}

/** Resolves when the slot is woken, or need not sleep. */
function sleep(exchange: RingExchange): Promise<void> {
  return new Promise((resolve) => {
    if (!exchange.wakeOnWork(resolve)) {
      resolve();
    }
  });
}

/** After all that is due on this thread has run. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  // A doorbell is heard a turn of the event loop after it rang.
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return settled;
}

class SteppedClock implements Clock {
  private nowMs = 0;
  private timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((each) => each !== timer);
      },
    };
  }

  async yieldTurn(): Promise<void> {}

  advance(byMs: number): void {
    this.nowMs += byMs;
    const due = this.timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.timers = this.timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { callback } of due) {
      callback();
    }
  }
}
