/**
 * Records of each key, grouped into windows, before it is said what becomes of a window.
 *
 * Flink: WindowedStream.
 */
import type {
  AggregateFunction,
  Duration,
  FunctionOrFactory,
  OutputTag,
  ProcessWindowFunction,
  ReduceFunction,
  Trigger,
  TypeInformation,
  Window,
  WindowAssigner,
} from '@millrace/core';
import { durationMs, PerSubtask } from '@millrace/core';
import { createWindowOperator, type WindowFunctionOptions } from '@millrace/runtime';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument, functionObjectArgument } from './function-argument.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { genericType } from './transformations.ts';

/** Types that the program may name; `Types.GENERIC` for each left out. */
export interface AggregateTypes<ACC, R> {
  readonly accumulatorType?: TypeInformation<ACC>;
  readonly type?: TypeInformation<R>;
}

export class WindowedStream<T, K, W extends Window> {
  private readonly input: KeyedStream<T, K>;
  private readonly assigner: WindowAssigner<T, W>;
  private ownTrigger: Trigger<T, W> | PerSubtask<Trigger<T, W>> | undefined = undefined;
  private lateness: Duration | undefined = undefined;
  private lateTag: OutputTag<T> | undefined = undefined;

  constructor(input: KeyedStream<T, K>, assigner: WindowAssigner<T, W>) {
    this.input = input;
    this.assigner = assigner;
  }

  /** In place of the assigner's own. @throws ConfigError `UNSUPPORTED` if it cannot be copied */
  trigger(trigger: FunctionOrFactory<Trigger<T, W>>): this {
    this.ownTrigger = functionObjectArgument({ call: 'trigger', method: 'onElement' }, trigger);
    return this;
  }

  /**
   * How long after its end a window still takes records, and fires again for them.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  allowedLateness(lateness: Duration): this {
    durationMs(lateness); // Refuses a bad duration here already.
    this.lateness = lateness;
    return this;
  }

  /** Records too late for any window go there; without it they are counted and dropped. */
  sideOutputLateData(tag: OutputTag<T>): this {
    this.lateTag = tag;
    return this;
  }

  /** Combines the records one by one as they come. */
  reduce(reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>): SingleOutputStreamOperator<T>;
  /** Combines the records as they come and hands the one result to `windowFunction`. */
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction: FunctionOrFactory<ProcessWindowFunction<T, R, K, W>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R>;
  reduce<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    windowFunction?: FunctionOrFactory<ProcessWindowFunction<T, R, K, W>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const reduceFunction = functionArgument({ call: 'reduce', method: 'reduce' }, reducer);
    const processFunction =
      windowFunction === undefined
        ? undefined
        : functionObjectArgument({ call: 'reduce', method: 'process' }, windowFunction);
    // Without a window function the result is a record, so R is T.
    const inherited = processFunction === undefined ? this.input.type : undefined;
    return this.windowOperator<R>(
      () => ({ kind: 'reduce', reduceFunction, processFunction, elementType: this.input.type }),
      type ?? (inherited as TypeInformation<unknown> as TypeInformation<R> | undefined),
    );
  }

  /** Adds the records to an accumulator as they come. */
  aggregate<ACC, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, R>>,
    types?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R>;
  /** Adds the records as they come and hands the one result to `windowFunction`. */
  aggregate<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    windowFunction: FunctionOrFactory<ProcessWindowFunction<V, R, K, W>>,
    types?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R>;
  aggregate<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    second?: FunctionOrFactory<ProcessWindowFunction<V, R, K, W>> | AggregateTypes<ACC, R>,
    third?: AggregateTypes<ACC, R>,
  ): SingleOutputStreamOperator<R> {
    const aggregateFunction = functionObjectArgument(
      { call: 'aggregate', method: 'createAccumulator' },
      aggregator,
    );
    const processFunction = isWindowFunction(second)
      ? functionObjectArgument({ call: 'aggregate', method: 'process' }, second)
      : undefined;
    const types = isWindowFunction(second) ? third : second;
    const accumulatorType = types?.accumulatorType ?? genericType<ACC>();
    return this.windowOperator<R>(
      () => ({ kind: 'aggregate', aggregateFunction, processFunction, accumulatorType }),
      types?.type,
    );
  }

  /** Keeps all records until the window fires. */
  process<R>(
    windowFunction: FunctionOrFactory<ProcessWindowFunction<T, R, K, W>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const role = { call: 'process', method: 'process' };
    const processFunction = functionObjectArgument(role, windowFunction);
    return this.windowOperator<R>(
      () => ({ kind: 'process', processFunction, elementType: this.input.type }),
      type,
    );
  }

  /** The function's options are asked late, so that types named by `returns` are seen. */
  private windowOperator<R>(
    windowFunction: () => WindowFunctionOptions<T, R, K, W>,
    type: TypeInformation<R> | undefined,
  ): SingleOutputStreamOperator<R> {
    const options = {
      ...this.input.key,
      assigner: this.assigner,
      trigger: this.ownTrigger,
      allowedLateness: this.lateness,
      lateDataOutputTag: this.lateTag,
    };
    return this.input.transform<R>({
      name: this.assigner.constructor.name,
      createOperator: (name) =>
        createWindowOperator<T, R, K, W>({ name, ...options, windowFunction: windowFunction() }),
      type,
    });
  }
}

function isWindowFunction<V, R, K, W>(
  value: FunctionOrFactory<ProcessWindowFunction<V, R, K, W>> | object | undefined,
): value is FunctionOrFactory<ProcessWindowFunction<V, R, K, W>> {
  return (
    typeof value === 'function' ||
    value instanceof PerSubtask ||
    (value !== undefined && 'process' in value)
  );
}
