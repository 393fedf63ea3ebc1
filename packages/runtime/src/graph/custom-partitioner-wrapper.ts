/**
 * Lets a function of the program choose the channel.
 *
 * Flink: CustomPartitionerWrapper.
 */
// Hot path.

import { type KeySelector, type Partitioner, TaskError } from '@millrace/core';
import { selectorFailed } from './key-group-stream-partitioner.ts';
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
    return new CustomChannelSelector(this, context.downstreamParallelism);
  }
}

class CustomChannelSelector<T, K> implements ChannelSelector<T> {
  private readonly wrapper: CustomPartitionerWrapper<T, K>;
  private readonly channels: number;

  constructor(wrapper: CustomPartitionerWrapper<T, K>, channels: number) {
    this.wrapper = wrapper;
    this.channels = channels;
  }

  selectChannel(value: T): number {
    const channel = this.choose(value);
    if (!Number.isInteger(channel) || channel < 0 || channel >= this.channels) {
      throw new TaskError(
        'USER_FUNCTION_FAILED',
        `the partitioner chose channel ${channel}; return a whole number from 0 to ` +
          `${this.channels - 1}`,
      );
    }
    return channel;
  }

  private choose(value: T): number {
    try {
      return this.wrapper.partitioner(this.wrapper.keySelector(value), this.channels);
    } catch (error) {
      throw selectorFailed('partitioner', value, error);
    }
  }
}
