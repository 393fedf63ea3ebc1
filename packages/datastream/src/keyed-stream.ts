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
} from '@millrace/runtime';
import { DataStream, type KeyedInput, type SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument, functionObjectArgument, PROCESS } from './function-argument.ts';
import { PartitionTransformation } from './transformations.ts';
import { WindowedStream } from './windowed-stream.ts';

/** A stream split by key. Made by `keyBy`. */
export class KeyedStream<T, K> extends DataStream<T> {
  readonly key: KeyedInput<T, K>;

  constructor(stream: DataStream<T>, key: KeyedInput<T, K>) {
    const env = stream.executionEnvironment;
    const partitioner = new KeyGroupStreamPartitioner(key.keySelector, key.keyType);
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

  protected override get keyedInput(): KeyedInput<T, K> {
    return this.key;
  }
}
