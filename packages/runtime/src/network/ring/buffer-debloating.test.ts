import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { BufferDebloating, bufferDebloatingOf } from './buffer-debloating.ts';
import { openRing, type RingFixture, takeAll } from './ring-fixture.ts';

const OPTIONS = {
  periodMs: 200,
  targetMs: 1000,
  samples: 1,
  thresholdPercentages: 25,
  minBufferBytes: 64,
};

describe('buffer debloating', () => {
  it('is off unless it is switched on', () => {
    const enabled = { 'taskmanager.network.memory.buffer-debloat.enabled': 'true' };

    assert.equal(bufferDebloatingOf(new Configuration()), undefined);
    assert.deepEqual(bufferDebloatingOf(Configuration.fromMap(enabled)), {
      periodMs: 200,
      targetMs: 1000,
      samples: 20,
      thresholdPercentages: 25,
      minBufferBytes: 256,
    });
  });

  it('lets what is in flight to a slow receiver shrink to what it takes in the wanted time', () => {
    const slow = new SlowReceiver({ recordsPerPeriod: 10 });

    slow.runPeriods(1);
    const inFlightBefore = slow.recordsInFlight;
    slow.runPeriods(200);

    assert.equal(inFlightBefore > 500, true);
    // It takes 50 records a second; what is decoded ahead and what is not sent come on top.
    assert.equal(slow.recordsInFlight < 80, true);
    assert.equal(slow.recordsInFlight > 20, true);
    assert.equal(slow.received, 2010);
  });

  it('lets it grow again when the receiver is faster', () => {
    const receiver = new SlowReceiver({ recordsPerPeriod: 10 });

    receiver.runPeriods(200);
    receiver.recordsPerPeriod = 5000;
    receiver.runPeriods(100);

    assert.equal(receiver.debloating.debloatedBufferSize, 8192);
  });

  it('does not count the time in which nothing came', () => {
    const receiver = new SlowReceiver({ recordsPerPeriod: 1000 });
    receiver.runPeriods(2);
    const size = receiver.debloating.debloatedBufferSize;

    receiver.consumeAll();
    receiver.idlePeriods(50);

    assert.equal(receiver.debloating.debloatedBufferSize, size);
  });
});

class SlowReceiver {
  recordsPerPeriod: number;
  received = 0;
  readonly debloating = new BufferDebloating(OPTIONS, 8192);
  private readonly fixture: RingFixture;
  private sent = 0;
  private nowMs = 0;

  constructor({ recordsPerPeriod }: { recordsPerPeriod: number }) {
    this.recordsPerPeriod = recordsPerPeriod;
    this.fixture = openRing({
      size: { segmentSizeBytes: 8192, segments: 10 },
      channelCapacity: 1024,
      bufferTimeoutMs: 10,
    });
    this.debloating.add(this.fixture.reader);
  }

  get recordsInFlight(): number {
    return this.sent - this.received;
  }

  /** The sender always has more. */
  runPeriods(count: number): void {
    const { writer, reader, channel } = this.fixture;
    for (let period = 0; period < count; period++) {
      for (let left = this.recordsPerPeriod; left > 0; ) {
        for (writer.poll(this.nowMs); !writer.isFull; writer.poll(this.nowMs)) {
          for (let i = 0; i < 16; i++) {
            writer.push(`${this.sent++}`.padEnd(100, '.'), 0);
          }
        }
        reader.poll();
        const taken = Math.min(left, channel.size);
        channel.head += taken;
        left -= taken;
        this.received += taken;
      }
      this.nowMs += 200;
      this.debloating.poll(this.nowMs);
    }
  }

  consumeAll(): void {
    const { writer, reader, channel } = this.fixture;
    this.nowMs += 10;
    while (writer.poll(this.nowMs) || reader.poll()) {
      this.received += takeAll(channel).length;
    }
  }

  idlePeriods(count: number): void {
    for (let period = 0; period < count; period++) {
      this.nowMs += 200;
      this.debloating.poll(this.nowMs);
    }
  }
}
