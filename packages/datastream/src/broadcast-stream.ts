/**
 * A stream whose records go to every subtask, with the states that are made of them there.
 *
 * Flink: BroadcastStream, BroadcastConnectedStream. A keyed stream connected with one has a class of
 * its own here, so that the type of the key is known to what runs on it.
 */
import type {
  BroadcastProcessFunction,
  FunctionOrFactory,
  KeyedBroadcastProcessFunction,
  TypeInformation,
} from '@millrace/core';
import {
  type BroadcastStateDescriptor,
  CoBroadcastWithKeyedOperator,
  CoBroadcastWithNonKeyedOperator,
} from '@millrace/runtime';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionObjectArgument, PROCESS, refuseTimers } from './function-argument.ts';
import type { KeyedStream } from './keyed-stream.ts';

/** Made by `broadcast` with descriptors; something only when a stream is connected with it. */
export class BroadcastStream<T> {
  /** The records, each to every subtask. */
  readonly stream: DataStream<T>;
  readonly broadcastStateDescriptors: readonly BroadcastStateDescriptor[];

  constructor(stream: DataStream<T>, descriptors: readonly BroadcastStateDescriptor[]) {
    this.stream = stream;
    this.broadcastStateDescriptors = descriptors;
  }

  /** Type of the records. */
  get type(): TypeInformation<T> {
    return this.stream.type;
  }
}

/** A stream without keys and a broadcast one. Made by `connect`. */
export class BroadcastConnectedStream<IN1, IN2> {
  readonly first: DataStream<IN1>;
  readonly second: BroadcastStream<IN2>;

  constructor(first: DataStream<IN1>, second: BroadcastStream<IN2>) {
    this.first = first;
    this.second = second;
  }

  /** @throws ConfigError `UNSUPPORTED` for an object that cannot be copied */
  process<R>(
    processFunction: FunctionOrFactory<BroadcastProcessFunction<IN1, IN2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(PROCESS, processFunction);
    refuseTimers(PROCESS, fn);
    const { broadcastStateDescriptors } = this.second;
    return this.first.transformWith<IN2, R>(this.second.stream, {
      name: 'Co-Process-Broadcast',
      broadcastSecond: true,
      createOperator: (name) =>
        new CoBroadcastWithNonKeyedOperator({ name, fn, broadcastStateDescriptors }),
      type,
    });
  }
}

/** A keyed stream and a broadcast one. Made by `connect`. */
export class KeyedBroadcastConnectedStream<IN1, IN2, K> {
  readonly first: KeyedStream<IN1, K>;
  readonly second: BroadcastStream<IN2>;

  constructor(first: KeyedStream<IN1, K>, second: BroadcastStream<IN2>) {
    this.first = first;
    this.second = second;
  }

  /** @throws ConfigError `UNSUPPORTED` for an object that cannot be copied */
  process<R>(
    processFunction: FunctionOrFactory<KeyedBroadcastProcessFunction<K, IN1, IN2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(PROCESS, processFunction);
    const { broadcastStateDescriptors } = this.second;
    const options = { fn, broadcastStateDescriptors, ...this.first.key };
    return this.first.transformWith<IN2, R>(this.second.stream, {
      name: 'Co-Process-Broadcast-Keyed',
      broadcastSecond: true,
      createOperator: (name) =>
        new CoBroadcastWithKeyedOperator<K, IN1, IN2, R>({ name, ...options }),
      type,
    });
  }
}
