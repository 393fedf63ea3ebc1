import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MIN_TIMESTAMP, Types } from '@millrace/core';
import type { ChannelWriter } from '../network/channel-writer.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { ResultPartition } from '../network/result-partition.ts';
import { openRing, takeAll } from '../network/ring/ring-fixture.ts';
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

describe('a record on an edge to other tasks', () => {
  const PAIR = Types.POJO<{ n: number }>('com.acme.Pair', { n: Types.INT });

  /** An edge to `here`, in this slot, and to another slot, told by the record. */
  function edgeTo(here: LocalChannel, there: ChannelWriter, selected: number) {
    const partition = new ResultPartition<unknown>([here, there], {
      selectChannel: () => selected,
    });
    const output = new PartitionOutput(partition, () => 0);
    const consumer = { output, sideOutputId: undefined, type: PAIR as never, keeps: true };
    const options = { keeps: false, operatorName: 'pairs', random: () => 0 };
    return joinedOutput([consumer], { ...options, objectReuseEnabled: false });
  }

  for (const [where, selected] of [
    ['to one subtask', 0],
    ['to all subtasks', -1],
  ] as const) {
    it(`is copied for a task of its slot, ${where}: it may change afterwards`, () => {
      const here = new LocalChannel(4);
      const { writer } = openRing({ type: PAIR as never });
      const pair = { n: 1 };

      edgeTo(here, writer, selected).collect(pair, 5);
      pair.n = 2;

      assert.deepEqual(takeAll(here), [{ value: { n: 1 }, timestamp: 5 }]);
    });
  }

  for (const [where, selected] of [
    ['to one subtask', 1],
    ['to all subtasks', -1],
  ] as const) {
    it(`goes as it is into the bytes for another slot, ${where}: it may change afterwards`, () => {
      const { writer, reader, take } = openRing({ type: PAIR as never, bufferTimeoutMs: 0 });
      const pushed: unknown[] = [];
      const push = writer.push.bind(writer);
      writer.push = (value, timestamp) => {
        pushed.push(value);
        push(value, timestamp);
      };
      const pair = { n: 1 };

      edgeTo(new LocalChannel(4), writer, selected).collect(pair, 5);
      pair.n = 2;
      reader.poll();

      assert.equal(pushed[0], pair);
      assert.deepEqual(take(), [{ value: { n: 1 }, timestamp: 5 }]);
    });
  }
});
