/**
 * Sends a record to the subtask that owns its key's key group.
 *
 * Flink: KeyGroupStreamPartitioner. Same subtask as Flink, because keyed state lies there.
 */
// Hot path.

import {
  ConfigError,
  type KeySelector,
  keyGroupForKeyHash,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import type {
  ChannelSelector,
  ChannelSelectorContext,
  StreamPartitioner,
} from './stream-partitioner.ts';

export class KeyGroupStreamPartitioner<T, K> implements StreamPartitioner<T> {
  readonly kind = 'hash';
  readonly keySelector: KeySelector<T, K>;
  readonly keyType: TypeInformation<K>;

  /** @throws ConfigError `KEY_TYPE_UNSUPPORTED` */
  constructor(keySelector: KeySelector<T, K>, keyType: TypeInformation<K>) {
    if (!keyType.isKeyType) {
      throw new ConfigError(
        'KEY_TYPE_UNSUPPORTED',
        `${keyType.name} cannot be a key: its hash is not stable across processes; ` +
          'select a field of it, or a tuple of fields',
      );
    }
    this.keySelector = keySelector;
    this.keyType = keyType;
  }

  createChannelSelector(context: ChannelSelectorContext): ChannelSelector<T> {
    return new KeyGroupChannelSelector(this.keySelector, this.keyType.createSerializer(), context);
  }
}

class KeyGroupChannelSelector<T, K> implements ChannelSelector<T> {
  private readonly keySelector: KeySelector<T, K>;
  private readonly keySerializer: TypeSerializer<K>;
  private readonly parallelism: number;
  private readonly maxParallelism: number;

  constructor(
    keySelector: KeySelector<T, K>,
    keySerializer: TypeSerializer<K>,
    context: ChannelSelectorContext,
  ) {
    this.keySelector = keySelector;
    this.keySerializer = keySerializer;
    this.parallelism = context.downstreamParallelism;
    this.maxParallelism = context.downstreamMaxParallelism;
  }

  selectChannel(value: T): number {
    const key = this.keySelector(value);
    if (key === undefined || key === null) {
      throw undefinedKey(String(key));
    }
    const keyGroup = keyGroupForKeyHash(this.keySerializer.hashCode(key), this.maxParallelism);
    return Math.floor((keyGroup * this.parallelism) / this.maxParallelism);
  }
}

function undefinedKey(key: string): ConfigError {
  return new ConfigError(
    'KEY_UNDEFINED',
    `the key selector returned ${key}; give every record a key, or filter it before keyBy()`,
  );
}
