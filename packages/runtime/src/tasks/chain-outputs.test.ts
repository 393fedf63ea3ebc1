import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MIN_TIMESTAMP, Types } from '@millrace/core';
import { LocalChannel } from '../network/local-channel.ts';
import { ResultPartition } from '../network/result-partition.ts';
import { joinedOutput, PartitionOutput } from './chain-outputs.ts';
import { sent } from './stream-task-fixture.ts';

const marker = { markedTime: 1, operatorId: 'source', subtaskIndex: 0 };

function channels(count: number, capacity = 4): LocalChannel[] {
  return Array.from({ length: count }, () => new LocalChannel(capacity));
}

function partitionOf(to: readonly LocalChannel[]): ResultPartition<unknown> {
  return new ResultPartition<unknown>(to, { selectChannel: () => 0 });
}

describe('the watermark of an output', () => {
  it('is the last one that was emitted, MIN_TIMESTAMP before', () => {
    const [channel] = channels(1) as [LocalChannel];
    const consumer = {
      output: new PartitionOutput(partitionOf([channel]), () => 0),
      sideOutputId: undefined,
      type: Types.STRING,
      keeps: true,
    };
    const options = {
      objectReuseEnabled: false,
      keeps: false,
      operatorName: 'one',
      random: () => 0,
    };
    const outputs = [0, 1, 2].map((count) =>
      joinedOutput(
        Array.from({ length: count }, () => consumer),
        options,
      ),
    );
    const before = outputs.map(({ currentWatermark }) => currentWatermark);

    for (const output of outputs) {
      output.emitWatermark(7);
    }

    assert.deepEqual(before, [MIN_TIMESTAMP, MIN_TIMESTAMP, MIN_TIMESTAMP]);
    assert.deepEqual(
      outputs.map(({ currentWatermark }) => currentWatermark),
      [7, 7, 7],
    );
  });
});

describe('a latency marker', () => {
  it('goes to one channel of an edge by chance, in order with the records', () => {
    const to = channels(3);
    const output = new PartitionOutput(partitionOf(to), () => 0.4);
    to[1]?.push('a', 1);

    output.emitLatencyMarker(marker);
    to[1]?.push('b', 2);

    assert.deepEqual(to.map(sent), [[], ['a', 'latency-marker', 'b'], []]);
  });

  it('goes one way of those that records go, side outputs included', () => {
    const to = channels(3);
    const draws = [0, 0.5, 0.9];
    const random = () => draws.shift() ?? 0;
    const output = joinedOutput(
      to.map((channel, index) => ({
        output: new PartitionOutput(partitionOf([channel]), () => 0),
        sideOutputId: index === 2 ? 'side' : undefined,
        type: Types.STRING,
        keeps: true,
      })),
      { objectReuseEnabled: false, keeps: false, operatorName: 'fork', random },
    );

    const counts = [0, 1, 2].map(() => {
      output.emitLatencyMarker(marker);
      return to.map(({ size }) => size);
    });

    assert.deepEqual(counts, [
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
  });

  it('waits with an edge that is full, but one at a time', () => {
    const [channel] = channels(1, 2) as [LocalChannel];
    const output = new PartitionOutput(partitionOf([channel]), () => 0);
    channel.push('a', 1);
    channel.push('b', 2);

    output.emitLatencyMarker(marker);
    output.emitLatencyMarker(marker);
    const whileFull = sent(channel);
    channel.head += 3;
    output.emitLatencyMarker(marker);

    assert.deepEqual(whileFull, ['a', 'b', 'latency-marker']);
    assert.deepEqual(sent(channel), ['latency-marker']);
  });
});
