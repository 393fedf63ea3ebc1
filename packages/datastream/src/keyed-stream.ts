/**
 * A stream whose records are grouped by key, so that functions on it have state and timers of one
 * key at a time.
 *
 * Flink: KeyedStream.
 */
import {
  CountEvictor,
  CountTrigger,
  type FunctionOrFactory,
  type GlobalWindow,
  GlobalWindows,
  type KeyedProcessFunction,
  type PerSubtask,
  PurgingTrigger,
  placeOfCall,
  type ReduceFunction,
  type ReducingStateDescriptor,
  type TypeInformation,
  ValueStateDescriptor,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import {
  KeyedProcessOperator,
  KeyGroupStreamPartitioner,
  QueryableStateOperator,
  StreamGroupedReduce,
  type StreamPartitioner,
} from '@millrace/runtime';
import { BroadcastStream, KeyedBroadcastConnectedStream } from './broadcast-stream.ts';
import { ConnectedStreams, KeyedConnectedStreams } from './connected-streams.ts';
import { DataStream, type SingleOutputStreamOperator } from './data-stream.ts';
import {
  type ComparableField,
  extremeOf,
  extremeRecordOf,
  fieldIn,
  type NumericField,
  sumOf,
} from './field-aggregations.ts';
import {
  checkAssigner,
  functionArgument,
  functionObjectArgument,
  PROCESS,
} from './function-argument.ts';
import { IntervalJoin } from './interval-join.ts';
import type { KeyedInput } from './operator-options.ts';
import type { QueryableStateStream } from './queryable-state-stream.ts';
import { PartitionTransformation } from './transformations.ts';
import { WindowedStream } from './windowed-stream.ts';

/** A keyed stream has another key type, or is none: `connect` then refuses it. */
type WithoutKeys<T> = DataStream<T> & { readonly key?: undefined };
const AGGREGATION = 'Keyed Aggregation';

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
    this.key = { ...key, keyedAt: placeOfCall() };
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
    return this.rolling('Keyed Reduce', fn);
  }

  /** For each record, the first one of its key with the sum of the field so far. */
  sum<F extends NumericField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.rolling(AGGREGATION, sumOf<T>(fieldIn('sum', this.type, field)));
  }

  /** For each record, the first one of its key with the least value of the field so far. */
  min<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.rolling(AGGREGATION, extremeOf<T>('min', fieldIn('min', this.type, field)));
  }

  /** For each record, the first one of its key with the greatest value of the field so far. */
  max<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.rolling(AGGREGATION, extremeOf<T>('max', fieldIn('max', this.type, field)));
  }

  /** For each record, the one of its key with the least value so far: the first of several, or the last. */
  minBy<F extends ComparableField<T>>(field: F, first = true): SingleOutputStreamOperator<T> {
    return this.rolling(
      AGGREGATION,
      extremeRecordOf<T>('min', fieldIn('minBy', this.type, field), first),
    );
  }

  /** As `minBy`, with the greatest value. */
  maxBy<F extends ComparableField<T>>(field: F, first = true): SingleOutputStreamOperator<T> {
    return this.rolling(
      AGGREGATION,
      extremeRecordOf<T>('max', fieldIn('maxBy', this.type, field), first),
    );
  }

  /**
   * Ends the stream in a state that can be asked for from outside under a name of the whole job:
   * the last record of each key, or what a reducing state makes of all.
   *
   * Without a descriptor the state has the name that it is asked for by, so that the next run of
   * the program finds it again; Flink makes a new one up in each run.
   *
   * @throws ConfigError `QUERYABLE_STATE_NAME_CONFLICT` for a descriptor with another such name. A
   *   name that another state of the job has fails the job when it starts.
   */
  asQueryableState(
    queryableStateName: string,
    stateDescriptor?: ValueStateDescriptor<T> | ReducingStateDescriptor<T>,
  ): QueryableStateStream<K, T> {
    const descriptor = stateDescriptor ?? new ValueStateDescriptor(queryableStateName, this.type);
    if (descriptor.queryableStateName !== queryableStateName) {
      descriptor.setQueryable(queryableStateName);
    }
    this.transform<T>({
      name: `Queryable state: ${queryableStateName}`,
      createOperator: (name) => new QueryableStateOperator({ name, descriptor, ...this.key }),
      keepsType: true,
    });
    return {
      queryableStateName,
      stateDescriptor: descriptor,
      keySerializer: this.key.keyType.createSerializer(),
    };
  }

  /**
   * Groups the records of each key into windows.
   *
   * @throws ConfigError `UNSUPPORTED` for an assigner that cannot be copied for each subtask
   */
  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    checkAssigner('window', assigner);
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

  /**
   * Windows of so many records of a key, or, with a slide, of the last `size` records at each
   * `slide` records.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless both are whole numbers from 1
   */
  countWindow(size: number, slide?: number): WindowedStream<T, K, GlobalWindow> {
    const windows = this.window(GlobalWindows.create());
    return slide === undefined
      ? windows.trigger(PurgingTrigger.of(CountTrigger.of(size)))
      : windows.evictor(CountEvictor.of(size)).trigger(CountTrigger.of(slide));
  }

  private rolling(
    name: string,
    fn: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
  ): SingleOutputStreamOperator<T> {
    return this.transform<T>({
      name,
      createOperator: (operatorName) =>
        new StreamGroupedReduce({
          name: operatorName,
          fn,
          elementType: this.type,
          ...this.key,
        }),
      keepsType: true,
    });
  }

  protected override get keyedInput(): KeyedInput<T, K> {
    return this.key;
  }
}
