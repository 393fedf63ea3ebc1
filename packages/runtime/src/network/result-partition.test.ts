import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashString, Types } from '@millrace/core';
import { KeyGroupStreamPartitioner } from '../graph/key-group-stream-partitioner.ts';
import { channelContext } from '../graph/stream-graph-fixture.ts';
import { LocalChannel } from './local-channel.ts';
import { ResultPartition } from './result-partition.ts';

const CHANNELS = 2;

/** By a text, over channels that keep keys. */
function keyedPartition(keyOf: (value: unknown) => unknown) {
  const channels = Array.from({ length: CHANNELS }, () => new LocalChannel(8));
  for (const channel of channels) {
    channel.keepKeys(true);
  }
  const selector = new KeyGroupStreamPartitioner<unknown, string>(
    keyOf as (value: unknown) => string,
    Types.STRING,
  ).createChannelSelector(channelContext({ downstreamParallelism: CHANNELS }));
  return { channels, selector, partition: new ResultPartition(channels, selector) };
}

function takeKeys(channel: LocalChannel): (readonly [key: string, hashCode: number])[] {
  const hashCodes = new Int32Array(8);
  return channel.takeKeys(8, hashCodes).map((key, i) => [key, hashCodes[i] as number]);
}

describe('what goes out by a text key', () => {
  it('goes to the subtask of its key, with key and hash code, as a copy where one is asked for', () => {
    const { channels, selector, partition } = keyedPartition((value) => (value as string[])[0]);
    const values = ['a', 'b', 'c', 'd'].map((key) => [key]);

    partition.emit(values[0], 1);
    for (const value of values.slice(1)) {
      partition.emitCopies(value, 1, (record) => [...(record as string[])]);
    }

    for (const [subtask, channel] of channels.entries()) {
      const expected = values.filter((value) => selector.selectChannel(value) === subtask);
      const received = channel.values.slice(0, channel.size);
      assert.deepEqual(received, expected);
      assert.deepEqual(
        received.map((value) => values.includes(value as string[])),
        expected.map((value) => value === values[0]),
      );
      assert.deepEqual(
        takeKeys(channel),
        expected.map(([key]) => [key, hashString(key as string)]),
      );
    }
  });

  it('is asked for its key once, also when that is no text', async () => {
    const asked: unknown[] = [];
    const { partition } = keyedPartition((value) => {
      asked.push(value);
      return Promise.reject(new Error('nobody waits for it'));
    });

    assert.throws(() => partition.emit('x', 1), { code: 'FUNCTION_IS_ASYNC' });
    await Promise.resolve();

    assert.deepEqual(asked, ['x']);
  });
});
