/**
 * What is said of windows in the same way with and without keys.
 *
 * Flink: WindowOperatorBuilder, and what WindowedStream and AllWindowedStream share.
 */
import {
  type AggregateFunction,
  ConfigError,
  type Duration,
  durationMs,
  type Evictor,
  type FunctionOrFactory,
  type OutputTag,
  type PerSubtask,
  PipelineOptions,
  type ReduceFunction,
  RichFunction,
  type Trigger,
  type TypeInformation,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import {
  type AnyWindowFunction,
  checkWindowsCanMerge,
  createWindowOperator,
  type WindowFunctionOptions,
} from '@millrace/runtime';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import {
  type ComparableField,
  extremeOf,
  extremeRecordOf,
  fieldIn,
  type NumericField,
  sumOf,
} from './field-aggregations.ts';
import { checkOutputTag, functionArgument, functionObjectArgument } from './function-argument.ts';
import type { KeyedStream } from './keyed-stream.ts';

/** Types that the program may name; `Types.GENERIC` for each left out. */
export interface AggregateTypes<ACC, R> {
  readonly accumulatorType?: TypeInformation<ACC>;
  readonly type?: TypeInformation<R>;
}

type WindowFunctionOf<IN, R, K, W extends Window> =
  | AnyWindowFunction<IN, R, K, W>
  | PerSubtask<AnyWindowFunction<IN, R, K, W>>
  | undefined;

export abstract class WindowedRecords<T, K, W extends Window> {
  protected readonly input: KeyedStream<T, K>;
  protected readonly isAllWindow: boolean = false;
  private readonly assigner: WindowAssigner<T, W>;
  private ownTrigger: Trigger<T, W> | PerSubtask<Trigger<T, W>> | undefined = undefined;
  private ownEvictor: Evictor<T, W> | PerSubtask<Evictor<T, W>> | undefined = undefined;
  private lateness: Duration | undefined = undefined;
  private lateTag: OutputTag<T> | undefined = undefined;

  constructor(input: KeyedStream<T, K>, assigner: WindowAssigner<T, W>) {
    this.input = input;
    this.assigner = assigner;
  }

  /**
   * In place of the assigner's own.
   *
   * @throws ConfigError `UNSUPPORTED` if it cannot be copied, or cannot merge although windows do
   */
  trigger(trigger: FunctionOrFactory<Trigger<T, W>>): this {
    this.ownTrigger = functionObjectArgument({ call: 'trigger', method: 'onElement' }, trigger);
    return this;
  }

  /**
   * Takes records out of a window when it fires. Then all records are kept, also those that are
   * reduced or aggregated.
   *
   * @throws ConfigError `UNSUPPORTED` if it cannot be copied
   */
  evictor(evictor: FunctionOrFactory<Evictor<T, W>>): this {
    this.ownEvictor = functionObjectArgument({ call: 'evictor', method: 'evictBefore' }, evictor);
    return this;
  }

  /**
   * How long after its end a window still takes records, and fires again for them.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  allowedLateness(lateness: Duration): this {
    durationMs(lateness, 'the allowed lateness of windows'); // Refuses a bad duration here already.
    this.lateness = lateness;
    return this;
  }

  /** Records too late for any window go there; without it they are counted and dropped. */
  sideOutputLateData(tag: OutputTag<T>): this {
    checkOutputTag('sideOutputLateData', tag as OutputTag<unknown>);
    this.lateTag = tag;
    return this;
  }

  /** The first record of each window, with the sum of the field over all. */
  sum<F extends NumericField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.aggregation(sumOf(fieldIn('sum', this.input.type, field)));
  }

  /** The first record of each window, with the least value of the field. */
  min<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.aggregation(extremeOf('min', fieldIn('min', this.input.type, field)));
  }

  /** The first record of each window, with the greatest value of the field. */
  max<F extends ComparableField<T>>(field: F): SingleOutputStreamOperator<T> {
    return this.aggregation(extremeOf('max', fieldIn('max', this.input.type, field)));
  }

  /** The record with the least value of the field: the first of several, or the last. */
  minBy<F extends ComparableField<T>>(field: F, first = true): SingleOutputStreamOperator<T> {
    return this.aggregation(
      extremeRecordOf('min', fieldIn('minBy', this.input.type, field), first),
    );
  }

  /** The record with the greatest value of the field: the first of several, or the last. */
  maxBy<F extends ComparableField<T>>(field: F, first = true): SingleOutputStreamOperator<T> {
    return this.aggregation(
      extremeRecordOf('max', fieldIn('maxBy', this.input.type, field), first),
    );
  }

  protected reduceRecords<R>(
    reducer: ReduceFunction<T> | PerSubtask<ReduceFunction<T>>,
    processFunction: WindowFunctionOf<T, R, K, W>,
    type: TypeInformation<R> | undefined,
  ): SingleOutputStreamOperator<R> {
    refuseRich('reduce', reducer);
    const reduceFunction = functionArgument({ call: 'reduce', method: 'reduce' }, reducer);
    // Without a window function the result is a record, so R is T.
    const inherited = processFunction === undefined ? this.input.type : undefined;
    return this.windowOperator<R>(
      () => ({ kind: 'reduce', reduceFunction, processFunction, elementType: this.input.type }),
      type ?? (inherited as TypeInformation<unknown> as TypeInformation<R> | undefined),
    );
  }

  protected aggregateRecords<ACC, V, R>(
    aggregator: FunctionOrFactory<AggregateFunction<T, ACC, V>>,
    processFunction: WindowFunctionOf<V, R, K, W>,
    types: {
      readonly accumulatorType: TypeInformation<ACC>;
      readonly type?: TypeInformation<R> | undefined;
    },
  ): SingleOutputStreamOperator<R> {
    refuseRich('aggregate', aggregator);
    const role = { call: 'aggregate', method: 'createAccumulator' };
    const aggregateFunction = functionObjectArgument(role, aggregator);
    const { accumulatorType } = types;
    return this.windowOperator<R>(
      () => ({
        kind: 'aggregate',
        aggregateFunction,
        processFunction,
        accumulatorType,
        elementType: this.input.type,
      }),
      types.type,
    );
  }

  protected applyTo<R>(
    processFunction: NonNullable<WindowFunctionOf<T, R, K, W>>,
    type: TypeInformation<R> | undefined,
  ): SingleOutputStreamOperator<R> {
    return this.windowOperator<R>(
      () => ({ kind: 'process', processFunction, elementType: this.input.type }),
      type,
    );
  }

  private aggregation(reduceFunction: ReduceFunction<T>): SingleOutputStreamOperator<T> {
    return this.windowOperator<T>(
      () => ({ kind: 'reduce', reduceFunction, elementType: this.input.type }),
      this.input.type,
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
      evictor: this.ownEvictor,
      allowedLateness: this.lateness,
      lateDataOutputTag: this.lateTag,
    };
    checkWindowsCanMerge({ ...options, windowFunction: windowFunction() });
    const { isAllWindow } = this;
    const { configuration } = this.input.executionEnvironment;
    const stream = this.input.transform<R>({
      name: this.assigner.constructor.name,
      createOperator: (name) =>
        createWindowOperator<T, R, K, W>({
          name,
          ...options,
          windowFunction: { ...windowFunction(), isAllWindow },
          slidingWindowSlices: configuration.get(PipelineOptions.SLIDING_WINDOW_SLICES),
        }),
      type,
    });
    return isAllWindow ? stream.forceNonParallel() : stream;
  }
}

/** Each window of each key would need a function of its own: there is no place to open it. */
function refuseRich(call: string, fn: unknown): void {
  if (fn instanceof RichFunction) {
    throw new ConfigError(
      'UNSUPPORTED',
      `${call} of windows got the rich function ${fn.constructor.name}, which cannot be opened there; give a plain one, and do what needs state in a ProcessWindowFunction`,
    );
  }
}
