import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serialize } from 'node:v8';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import { RingInlet } from './ring-ends.ts';
import { openRing, type RingFixture, records } from './ring-fixture.ts';

const SIZE = { segmentSizeBytes: 512, segments: 2 };
const NEAR_THE_WRAP = 2 ** 31 - 64;

const timeoutable = (checkpointId: number): CheckpointBarrier => ({
  checkpointId,
  timestamp: 0,
  snapshotType: CHECKPOINT,
  alignmentType: 'aligned',
  alignedTimeoutMs: 50,
});

/** Its barriers wait for room. */
function fullRing(): RingFixture {
  const fixture = openRing({ size: SIZE, bufferTimeoutMs: 0 });
  for (let i = 0; i < 100; i++) {
    fixture.writer.push('in flight', i);
  }
  return fixture;
}

describe('a barrier with a timeout that was sent to another slot', () => {
  it('overtakes nothing once it was read, however much went through the ring since', () => {
    for (let gibibytes = 1; gibibytes <= 8; gibibytes++) {
      const { writer, reader, take, letThrough } = openRing({
        size: SIZE,
        startPosition: NEAR_THE_WRAP,
        bufferTimeoutMs: 0,
      });
      assert.equal(writer.pushBarrier(timeoutable(7)), undefined);
      reader.poll();
      assert.equal(take().length, 1);

      letThrough(gibibytes * 2 ** 30);
      writer.timeOutBarrier(7);

      assert.equal(reader.canMove, false, `after ${gibibytes} GiB`);
      writer.push('a', 0);
      reader.poll();
      assert.deepEqual(take(), records('a'));
    }
  });

  it('overtakes what is before it in the ring across the wrap of positions', () => {
    for (const wrapped of [0, 2 ** 31, 2 ** 32, 2 ** 33 + 2 ** 31]) {
      const { writer, reader, channel, letThrough } = openRing({
        size: SIZE,
        startPosition: NEAR_THE_WRAP,
        bufferTimeoutMs: 0,
        channelCapacity: 1,
      });
      letThrough(wrapped);
      for (let i = 0; i < 4; i++) {
        writer.push('in flight', i);
      }
      assert.equal(writer.pushBarrier(timeoutable(7)), undefined);

      writer.timeOutBarrier(7);
      reader.poll();

      const overtaking = channel.takeOvertakingBarrier();
      assert.deepEqual([overtaking?.barrier.checkpointId, overtaking?.position], [7, 4]);
    }
  });

  it('overtakes nothing once its checkpoint is over, and leaves nothing behind', () => {
    const { writer, reader, channel } = openRing({
      size: SIZE,
      bufferTimeoutMs: 0,
      channelCapacity: 1,
    });
    writer.push('a', 0);
    writer.push('b', 1);
    assert.equal(writer.pushBarrier(timeoutable(7)), undefined);

    writer.forgetBarrier(7);
    writer.timeOutBarrier(7);
    reader.poll();

    assert.equal(channel.takeOvertakingBarrier(), undefined);
    assert.equal(writer.numSentBarriers, 0);
  });

  it('is forgotten with its checkpoint also while it waits for room', () => {
    const { writer, reader, channel } = fullRing();

    for (let checkpointId = 1; checkpointId <= 50; checkpointId++) {
      assert.notEqual(writer.pushBarrier(timeoutable(checkpointId)), undefined);
      writer.forgetBarrier(checkpointId);
      writer.timeOutBarrier(checkpointId);
    }
    reader.poll();

    assert.equal(writer.numSentBarriers, 0);
    assert.equal(channel.takeOvertakingBarrier(), undefined);
  });

  it('keeps its place, and tells so when it leaves, once a newer one was pushed', async () => {
    const { writer, reader, channel, take } = fullRing();
    const older = writer.pushBarrier(timeoutable(7));
    const newer = writer.pushBarrier(timeoutable(8));

    writer.timeOutBarrier(7);
    reader.poll();
    assert.equal(channel.takeOvertakingBarrier(), undefined);
    for (let now = 0; writer.hasUnsent || reader.canMove; now++) {
      take();
      reader.poll();
      writer.poll(now);
    }

    assert.deepEqual([await older, await newer], [[], []]);
    assert.equal(writer.numSentBarriers, 1);
  });
});

describe('the receiving end of a ring with a barrier from nowhere', () => {
  it('says that it overtakes what was never put there, and reads nothing of it', () => {
    const { ring, reader, channel } = openRing({ size: SIZE, startPosition: NEAR_THE_WRAP });

    const barrier = { ...timeoutable(7), alignmentType: 'unaligned' };
    new RingInlet(ring).tryPostPriority(NEAR_THE_WRAP + 128, serialize(barrier));

    assert.throws(() => reader.poll(), {
      code: 'INVARIANT_VIOLATED',
      message: /a barrier overtakes nothing beyond the end of what was put into the ring/,
    });
    assert.equal(channel.size, 0);
  });

  it('gives a code to what cannot be read for another reason than the serializer', () => {
    const { ring, reader } = openRing({ size: SIZE });

    new RingInlet(ring).tryPut(1, Uint8Array.of(1, 2, 3), 0, 3);

    assert.throws(() => reader.poll(), {
      code: 'INVARIANT_VIOLATED',
      message:
        /^what operator 'map' \(subtask 1\/2\) sent could not be read from the edge to 'sink'/,
    });
  });
});
