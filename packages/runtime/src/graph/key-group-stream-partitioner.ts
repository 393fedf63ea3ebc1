/**
 * Sends a record to the subtask that owns its key's key group.
 *
 * Flink: KeyGroupStreamPartitioner. Same subtask as Flink, because keyed state lies there.
 */
// Hot path.

import {
  ConfigError,
  errorCode,
  type KeySelector,
  keyGroupForKeyHash,
  operatorIndexForKeyGroup,
  StringSerializer,
  TaskError,
  type TypeInformation,
  type TypeSerializer,
  thrownText,
} from '@millrace/core';
import { functionIsAsync, isThenable } from '../operators/function-is-async.ts';
import { describeRecord } from '../operators/key-context.ts';
import type {
  ChannelSelector,
  ChannelSelectorContext,
  SelectorByText,
  StreamPartitioner,
} from './stream-partitioner.ts';
import { FixedChannelSelector } from './stream-partitioners.ts';

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
    if (context.downstreamParallelism === 1) {
      return new FixedChannelSelector(0); // The keyed operator there refuses records without a key.
    }
    return new KeyGroupChannelSelector(this.keySelector, this.keyType.createSerializer(), context);
  }
}

class KeyGroupChannelSelector<T, K> implements ChannelSelector<T>, SelectorByText<T> {
  readonly byText: SelectorByText<T> | undefined;
  private readonly keySelector: KeySelector<T, K>;
  private readonly keySerializer: TypeSerializer<K>;
  private readonly maxParallelism: number;
  /** For messages. */
  private readonly place: string;
  /** By key group. */
  private readonly subtasks: Uint16Array;

  constructor(
    keySelector: KeySelector<T, K>,
    keySerializer: TypeSerializer<K>,
    context: ChannelSelectorContext,
  ) {
    this.keySelector = keySelector;
    this.keySerializer = keySerializer;
    this.byText = isHashedAsText(keySerializer) ? this : undefined;
    this.maxParallelism = context.downstreamMaxParallelism;
    this.place = placeOfSelector(context);
    const counts = {
      parallelism: context.downstreamParallelism,
      maxParallelism: context.downstreamMaxParallelism,
    };
    this.subtasks = Uint16Array.from({ length: counts.maxParallelism }, (_, keyGroup) =>
      operatorIndexForKeyGroup(keyGroup, counts),
    );
  }

  selectChannel(value: T): number {
    return this.channelOfKey(this.keyOf(value), value);
  }

  keyOf(value: T): K {
    try {
      return this.keySelector(value);
    } catch (error) {
      throw selectorFailed(`key selector ${this.place}`, value, error);
    }
  }

  channelOfOther(key: unknown, value: T): number {
    return this.channelOfKey(key as K, value);
  }

  channelOf(hashCode: number): number {
    return this.subtasks[keyGroupForKeyHash(hashCode, this.maxParallelism)] as number;
  }

  private channelOfKey(key: K, value: T): number {
    if (typeof key !== 'string') {
      checkKey(key, value, this.place);
    }
    return this.channelOf(this.keySerializer.hashCode(key));
  }
}

/** As its class does it, and no class below that. */
function isHashedAsText(serializer: { readonly hashCode: unknown }): boolean {
  const { hashCode } = StringSerializer.prototype;
  return serializer instanceof StringSerializer && serializer.hashCode === hashCode;
}

function checkKey(key: unknown, value: unknown, place: string): void {
  if (key === undefined || key === null) {
    throw undefinedKey(String(key), value, place);
  }
  if (isThenable(key)) {
    throw functionIsAsync(key, { call: `the key selector ${place}` });
  }
}

/** Between which operators: `between the operators 'words' and 'count'`. */
export function placeOfSelector({ senderName, receiverName }: ChannelSelectorContext): string {
  return `between the operators '${senderName}' and '${receiverName}'`;
}

/** A function that chooses where a record goes threw: not the operator that sends it. */
export function selectorFailed(what: string, value: unknown, error: unknown): unknown {
  if (errorCode(error) !== undefined) {
    return error;
  }
  return new TaskError(
    'USER_FUNCTION_FAILED',
    `the ${what} threw for the record ${describeRecord(value)}: ${thrownText(error)}`,
    { cause: error },
  );
}

function undefinedKey(key: string, value: unknown, place: string): ConfigError {
  return new ConfigError(
    'KEY_UNDEFINED',
    `the key selector ${place} returned ${key} for the record ${describeRecord(value)}; ` +
      'give every record a key, or filter it before keyBy()',
  );
}
