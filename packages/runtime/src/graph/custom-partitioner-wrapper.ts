/**
 * Lets a function of the program choose the channel.
 *
 * Flink: CustomPartitionerWrapper.
 */
// Hot path.

import { type KeySelector, type Partitioner, TaskError } from '@millrace/core';
import { functionIsAsync, isThenable } from '../operators/function-is-async.ts';
import { placeOfSelector, selectorFailed } from './key-group-stream-partitioner.ts';
import type {
  ChannelSelector,
  ChannelSelectorContext,
  StreamPartitioner,
} from './stream-partitioner.ts';

export class CustomPartitionerWrapper<T, K> implements StreamPartitioner<T> {
  readonly kind = 'custom';
  readonly partitioner: Partitioner<K>;
  readonly keySelector: KeySelector<T, K>;

  constructor(partitioner: Partitioner<K>, keySelector: KeySelector<T, K>) {
    this.partitioner = partitioner;
    this.keySelector = keySelector;
  }

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<T> {
    return new CustomChannelSelector(this, context);
  }
}

class CustomChannelSelector<T, K> implements ChannelSelector<T> {
  private readonly wrapper: CustomPartitionerWrapper<T, K>;
  private readonly channels: number;
  /** For messages. */
  private readonly place: string;

  constructor(wrapper: CustomPartitionerWrapper<T, K>, context: ChannelSelectorContext) {
    this.wrapper = wrapper;
    this.channels = context.downstreamParallelism;
    this.place = placeOfSelector(context);
  }

  selectChannel(value: T): number {
    const channel = this.choose(value);
    if (!Number.isInteger(channel) || channel < 0 || channel >= this.channels) {
      throw new TaskError(
        'USER_FUNCTION_FAILED',
        `the partitioner ${this.place} chose channel ${channel}; return a whole number from 0 to ` +
          `${this.channels - 1}`,
      );
    }
    return channel;
  }

  private choose(value: T): number {
    try {
      const { keySelector, partitioner } = this.wrapper;
      const key = keySelector(value);
      if (isThenable(key)) {
        throw functionIsAsync(key, { call: `the key selector of the partitioner ${this.place}` });
      }
      const channel = partitioner(key, this.channels);
      if (isThenable(channel)) {
        throw functionIsAsync(channel, { call: `the partitioner ${this.place}` });
      }
      return channel;
    } catch (error) {
      throw selectorFailed(`partitioner ${this.place}`, value, error);
    }
  }
}
