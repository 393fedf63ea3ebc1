/**
 * All records of a stream, grouped into windows, in one subtask.
 *
 * Flink: AllWindowedStream. As there, the records have the key 0, a byte.
 */
import {
  type AggregateFunction,
  type AllWindowFunction,
  type AllWindowFunctionObject,
  type FunctionOrFactory,
  type PerSubtask,
  type ProcessAllWindowFunction,
  type ReduceFunction,
  type TypeInformation,
  Types,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionObjectArgument, windowFunctionArgument } from './function-argument.ts';
import { genericType } from './transformations.ts';
import { type AggregateTypes, WindowedRecords } from './windowed-records.ts';
import { isWindowFunction } from './windowed-stream.ts';

/**
 * A window function, or what makes one for each subtask. A function without parameters makes one;
 * with parameters it is one.
 */
export type AllWindowFunctionArgument<IN, R, W extends Window> =
  | FunctionOrFactory<ProcessAllWindowFunction<IN, R, W>>
  | AllWindowFunction<IN, R, W>
  | PerSubtask<AllWindowFunction<IN, R, W>>
  | (() => AllWindowFunctionObject<IN, R, W>);

export class AllWindowedStream<T, W extends Window> extends WindowedRecords<T, number, W> {
  protected override readonly isAllWindow = true;

  constructor(input: DataStream<T>, assigner: WindowAssigner<T, W>) {
    super(
      input.keyBy(() => 0, Types.BYTE),
      assigner,
    );
  }

  /** Combines the records one by one as they come. */
  reduce(reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>): SingleOutputStreamOperator<T>;
  /** Combines the records as they come and hands the one result to `windowFunction`. */
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction: AllWindowFunctionArgument<T, R, W>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R>;
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction?: AllWindowFunctionArgument<T, R, W>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn =
      windowFunction === undefined
        ? undefined
        : windowFunctionArgument<ProcessAllWindowFunction<T, R, W> | AllWindowFunction<T, R, W>>(
            'reduce',
            windowFunction,
          );
    return this.reduceRecords<R>(reducer, fn, type);
  }

  /** Adds the records to an accumulator as they come. */
  aggregate<ACC, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, R>>,
    types?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R>;
  /** Adds the records as they come and hands the one result to `windowFunction`. */
  aggregate<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    windowFunction: AllWindowFunctionArgument<V, R, W>,
    types?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R>;
  aggregate<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    second?: AllWindowFunctionArgument<V, R, W> | AggregateTypes<ACC, R>,
    third?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R> {
    const isFunction = isWindowFunction<AllWindowFunctionArgument<V, R, W>>(second);
    const fn = isFunction
      ? windowFunctionArgument<ProcessAllWindowFunction<V, R, W> | AllWindowFunction<V, R, W>>(
          'aggregate',
          second,
        )
      : undefined;
    const types = isFunction ? third : second;
    return this.aggregateRecords<ACC, V, R>(aggregator, fn, {
      accumulatorType: types?.accumulatorType ?? genericType<ACC>(),
      type: types?.type,
    });
  }

  /**
   * Keeps all records until the window fires. The function sees the window, and no more of it. Name
   * what it collects by `type`, as in `apply(list, Types.STRING)`, or by a type argument.
   */
  apply<R>(
    windowFunction:
      | AllWindowFunction<T, R, W>
      | PerSubtask<AllWindowFunction<T, R, W>>
      | (() => AllWindowFunctionObject<T, R, W>),
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    return this.applyTo<R>(
      windowFunctionArgument<AllWindowFunction<T, R, W>>('apply', windowFunction),
      type,
    );
  }

  /** Keeps all records until the window fires. */
  process<R>(
    windowFunction: FunctionOrFactory<ProcessAllWindowFunction<T, R, W>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const role = { call: 'process', method: 'process' };
    return this.applyTo<R>(functionObjectArgument(role, windowFunction), type);
  }
}
