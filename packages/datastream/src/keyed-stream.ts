/**
 * A stream whose records are grouped by key, so that functions on it have state and timers of one
 * key at a time.
 *
 * Flink: KeyedStream.
 */
import type {
  FunctionOrFactory,
  KeyedProcessFunction,
  PerSubtask,
  ReduceFunction,
  TypeInformation,
  Window,
  WindowAssigner,
} from '@millrace/core';
import {
  checkCloneable,
  KeyedProcessOperator,
  KeyGroupStreamPartitioner,
  StreamGroupedReduce,
  type StreamPartitioner,
} from '@millrace/runtime';
import { BroadcastStream, KeyedBroadcastConnectedStream } from './broadcast-stream.ts';
import { ConnectedStreams, KeyedConnectedStreams } from './connected-streams.ts';
import { DataStream, type KeyedInput, type SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument, functionObjectArgument, PROCESS } from './function-argument.ts';
import { IntervalJoin } from './interval-join.ts';
import { PartitionTransformation } from './transformations.ts';
import { WindowedStream } from './windowed-stream.ts';

/** A keyed stream has another key type, or is none: `connect` then refuses it. */
type WithoutKeys<T> = DataStream<T> & { readonly key?: undefined };

/** A stream split by key. Made by `keyBy`. */
export class KeyedStream<T, K> extends DataStream<T> {
  readonly key: KeyedInput<T, K>;

  constructor(
    stream: DataStream<T>,
    key: KeyedInput<T, K>,
    partitioner: StreamPartitioner<T> = new KeyGroupStreamPartitioner(key.keySelector, key.keyType),
  ) {
    const env = stream.executionEnvironment;
    super(
      env,
      new PartitionTransformation(env.nextTransformationId(), stream.transformation, partitioner),
    );
    this.key = key;
  }

  /**
   * For functions with state and timers of the record's key.
   *
   * @param processFunction - an object, copied for each attempt of each subtask, or what makes one
   *   for each: `() => new Count()`
   * @throws ConfigError `UNSUPPORTED` for an object that cannot be copied
   */
  override process<R>(
    processFunction: FunctionOrFactory<KeyedProcessFunction<K, T, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn = functionObjectArgument(PROCESS, processFunction);
    const options = { fn, ...this.key };
    return this.transform({
      name: 'KeyedProcess',
      createOperator: (name) => new KeyedProcessOperator({ name, ...options }),
      type,
    });
  }

  /** For each record, what the function made of all records of its key so far. */
  reduce(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
  ): SingleOutputStreamOperator<T> {
    const fn = functionArgument({ call: 'reduce', method: 'reduce' }, reducer);
    return this.transform<T>({
      name: 'Keyed Reduce',
      createOperator: (name) =>
        new StreamGroupedReduce({ name, fn, elementType: this.type, ...this.key }),
      keepsType: true,
    });
  }

  /**
   * Groups the records of each key into windows.
   *
   * @throws ConfigError `UNSUPPORTED` for an assigner that cannot be copied for each subtask
   */
  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    checkCloneable(assigner, () => 'write the assigner with plain fields and methods');
    return new WindowedStream(this, assigner);
  }

  /**
   * Joins this stream with another one into the two inputs of one operator. With a second keyed
   * stream, whose keys are of the same type, both share state and timers of the key.
   */
  override connect<T2>(other: BroadcastStream<T2>): KeyedBroadcastConnectedStream<T, T2, K>;
  override connect<T2>(other: KeyedStream<T2, K>): KeyedConnectedStreams<T, T2, K>;
  override connect<T2>(other: WithoutKeys<T2>): ConnectedStreams<T, T2>;
  override connect<T2>(
    other: BroadcastStream<T2> | DataStream<T2>,
  ): KeyedBroadcastConnectedStream<T, T2, K> | ConnectedStreams<T, T2> {
    if (other instanceof BroadcastStream) {
      return new KeyedBroadcastConnectedStream(this, other);
    }
    return other instanceof KeyedStream
      ? new KeyedConnectedStreams(this, other as KeyedStream<T2, K>)
      : new ConnectedStreams(this, other);
  }

  /** Pairs of records of the two streams with equal keys whose times are close. */
  intervalJoin<T2>(other: KeyedStream<T2, K>): IntervalJoin<T, T2, K> {
    return new IntervalJoin(this, other);
  }

  protected override get keyedInput(): KeyedInput<T, K> {
    return this.key;
  }
}
