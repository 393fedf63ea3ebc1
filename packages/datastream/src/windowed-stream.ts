/**
 * Records of each key, grouped into windows, before it is said what becomes of a window.
 *
 * Flink: WindowedStream.
 */
import type {
  AggregateFunction,
  FunctionOrFactory,
  PerSubtask,
  ProcessWindowFunction,
  ReduceFunction,
  TypeInformation,
  Window,
  WindowFunction,
  WindowFunctionObject,
} from '@millrace/core';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import { functionObjectArgument, windowFunctionArgument } from './function-argument.ts';
import { genericType } from './transformations.ts';
import { type AggregateTypes, WindowedRecords } from './windowed-records.ts';

/**
 * A window function, or what makes one for each subtask. A function without parameters makes one;
 * with parameters it is one.
 */
export type WindowFunctionArgument<IN, R, K, W extends Window> =
  | FunctionOrFactory<ProcessWindowFunction<IN, R, K, W>>
  | WindowFunction<IN, R, K, W>
  | PerSubtask<WindowFunction<IN, R, K, W>>
  | (() => WindowFunctionObject<IN, R, K, W>);

export class WindowedStream<T, K, W extends Window> extends WindowedRecords<T, K, W> {
  /** Combines the records one by one as they come. */
  reduce(reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>): SingleOutputStreamOperator<T>;
  /** Combines the records as they come and hands the one result to `windowFunction`. */
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction: WindowFunctionArgument<T, R, K, W>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R>;
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction?: WindowFunctionArgument<T, R, K, W>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const fn =
      windowFunction === undefined
        ? undefined
        : windowFunctionArgument<ProcessWindowFunction<T, R, K, W> | WindowFunction<T, R, K, W>>(
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
    windowFunction: WindowFunctionArgument<V, R, K, W>,
    types?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R>;
  aggregate<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    second?: WindowFunctionArgument<V, R, K, W> | AggregateTypes<ACC, R>,
    third?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R> {
    const isFunction = isWindowFunction<WindowFunctionArgument<V, R, K, W>>(second);
    const fn = isFunction
      ? windowFunctionArgument<ProcessWindowFunction<V, R, K, W> | WindowFunction<V, R, K, W>>(
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
      | WindowFunction<T, R, K, W>
      | PerSubtask<WindowFunction<T, R, K, W>>
      | (() => WindowFunctionObject<T, R, K, W>),
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    return this.applyTo<R>(
      windowFunctionArgument<WindowFunction<T, R, K, W>>('apply', windowFunction),
      type,
    );
  }

  /** Keeps all records until the window fires. */
  process<R>(
    windowFunction: FunctionOrFactory<ProcessWindowFunction<T, R, K, W>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const role = { call: 'process', method: 'process' };
    return this.applyTo<R>(functionObjectArgument(role, windowFunction), type);
  }
}

/** Else it is the options. */
export function isWindowFunction<F>(value: unknown): value is F {
  return (
    typeof value === 'function' ||
    (typeof value === 'object' &&
      value !== null &&
      ('process' in value || 'apply' in value || 'create' in value))
  );
}
