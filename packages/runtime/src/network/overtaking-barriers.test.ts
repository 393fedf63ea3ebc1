import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { LocalChannel } from './local-channel.ts';
import { ResultPartition } from './result-partition.ts';

function barrier(checkpointId: number, more: Partial<CheckpointBarrier>): CheckpointBarrier {
  const snapshotType = {
    kind: 'checkpoint',
    name: 'Checkpoint',
    sharingFilesStrategy: 'forward',
  } as const;
  return { checkpointId, timestamp: 0, snapshotType, ...more };
}

const unaligned = (id: number) => barrier(id, { alignmentType: 'unaligned', alignedTimeoutMs: 0 });
const timeoutable = (id: number) => barrier(id, { alignmentType: 'aligned', alignedTimeoutMs: 50 });

function channelWith(...values: string[]): { channel: LocalChannel; told: { times: number } } {
  const channel = new LocalChannel(4);
  const told = { times: 0 };
  channel.setBarrierListener(() => told.times++);
  for (const value of values) {
    channel.push(value, 1);
  }
  return { channel, told };
}

describe('a barrier that overtakes in a local channel', () => {
  it('stands beside the records, with the position up to which it overtook', () => {
    const { channel, told } = channelWith('a', 'b');
    channel.head++;

    channel.pushBarrier(unaligned(7));
    channel.push('c', 1);

    assert.equal(told.times, 1);
    assert.equal(channel.size, 2);
    const overtaking = channel.takeOvertakingBarrier();
    assert.equal(overtaking?.barrier.checkpointId, 7);
    assert.equal(overtaking?.position, 2);
    assert.equal(channel.takeOvertakingBarrier(), undefined);
  });

  it('keeps its position however far the channel grows', () => {
    const { channel } = channelWith('a', 'b', 'c', 'd');
    channel.head += 2;
    channel.pushBarrier(unaligned(7));

    for (let i = 0; i < 20; i++) {
      channel.push(`later ${i}`, 1);
    }

    assert.equal(channel.takeOvertakingBarrier()?.position, 4);
    const at = channel.head & channel.mask;
    assert.equal(channel.values[at], 'c');
  });

  it('is replaced by a newer one that overtakes before it was taken, and not by an older one', () => {
    const { channel } = channelWith('a');
    channel.pushBarrier(unaligned(7));
    channel.push('b', 1);
    channel.pushBarrier(unaligned(8));
    channel.pushBarrier(timeoutable(6));
    channel.timeOutBarrier(6);

    const taken = channel.takeOvertakingBarrier();

    assert.deepEqual([taken?.barrier.checkpointId, taken?.position], [8, 2]);
  });

  it('keeps its place until its timeout is over, and is announced at once, once', () => {
    const { channel, told } = channelWith('a');

    channel.pushBarrier(timeoutable(7));
    channel.push('b', 1);

    assert.equal(told.times, 1);
    assert.equal(channel.takeAnnouncement()?.checkpointId, 7);
    assert.equal(channel.takeAnnouncement(), undefined);
    assert.equal(channel.takeOvertakingBarrier(), undefined);
    channel.timeOutBarrier(6);
    assert.equal(channel.takeOvertakingBarrier(), undefined);
    channel.timeOutBarrier(7);
    const overtaking = channel.takeOvertakingBarrier();
    assert.deepEqual([overtaking?.barrier.alignmentType, overtaking?.position], ['unaligned', 1]);
    assert.equal(told.times, 2);
  });

  it('does not overtake any more once it was read in its place', () => {
    const { channel } = channelWith('a');
    channel.pushBarrier(timeoutable(7));
    channel.head += 2;

    channel.timeOutBarrier(7);

    assert.equal(channel.takeAnnouncement(), undefined);
    assert.equal(channel.takeOvertakingBarrier(), undefined);
  });

  it('does not overtake any more once its checkpoint is over, or a newer one overtook', () => {
    const { channel } = channelWith('a');
    channel.pushBarrier(timeoutable(7));
    channel.forgetBarrier(7);
    channel.timeOutBarrier(7);
    assert.equal(channel.takeAnnouncement(), undefined);
    assert.equal(channel.takeOvertakingBarrier(), undefined);

    channel.pushBarrier(timeoutable(8));
    channel.forgetBarrier(7);
    channel.pushBarrier(unaligned(9));
    assert.equal(channel.takeOvertakingBarrier()?.barrier.checkpointId, 9);
    channel.timeOutBarrier(8);

    assert.equal(channel.takeOvertakingBarrier(), undefined);
  });

  it('never overtakes on an edge where nothing may', () => {
    const { channel } = channelWith('a');
    const partition = new ResultPartition([channel], { selectChannel: () => 0 });

    partition.broadcastBarrier(unaligned(7), false);
    partition.timeOutBarrier(7);

    assert.equal(channel.takeOvertakingBarrier(), undefined);
    const event = channel.values[1] as { kind: string; barrier: CheckpointBarrier };
    assert.deepEqual([event.kind, event.barrier.alignmentType], ['barrier', 'forced-aligned']);
  });
});
