/**
 * What a window does with its records, as a program declares it, and what runs it.
 *
 * Flink: InternalWindowFunction and its subclasses.
 */
import {
  type AggregateFunction,
  type Collector,
  ConfigError,
  type PerSubtask,
  type ProcessWindowContext,
  type ProcessWindowFunction,
  type ReduceFunction,
  type TypeInformation,
  type Window,
} from '@millrace/core';
import {
  AggregatingWindowContents,
  ListWindowContents,
  ReducingWindowContents,
  type WindowContents,
} from './window-contents.ts';

type ForEachSubtask<F> = F | PerSubtask<F>;

/** With a `processFunction` beside them, reduce and aggregate hand it their one result. */
export type WindowFunctionOptions<IN, OUT, K, W extends Window> =
  | {
      readonly kind: 'process';
      readonly processFunction: ForEachSubtask<ProcessWindowFunction<IN, OUT, K, W>>;
      readonly elementType: TypeInformation<IN>;
    }
  | {
      readonly kind: 'reduce';
      readonly reduceFunction: ForEachSubtask<ReduceFunction<IN>>;
      readonly processFunction?: ForEachSubtask<ProcessWindowFunction<IN, OUT, K, W>> | undefined;
      readonly elementType: TypeInformation<IN>;
    }
  | {
      readonly kind: 'aggregate';
      // biome-ignore lint/suspicious/noExplicitAny: accumulator and result stay between these two.
      readonly aggregateFunction: ForEachSubtask<AggregateFunction<IN, any, any>>;
      // biome-ignore lint/suspicious/noExplicitAny: accumulator and result stay between these two.
      readonly processFunction?: ForEachSubtask<ProcessWindowFunction<any, OUT, K, W>> | undefined;
      // biome-ignore lint/suspicious/noExplicitAny: accumulator and result stay between these two.
      readonly accumulatorType: TypeInformation<any>;
    };

export function createWindowContents<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
): WindowContents<IN, unknown, W> {
  switch (options.kind) {
    case 'process':
      return new ListWindowContents(options.elementType);
    case 'reduce':
      return new ReducingWindowContents(options.reduceFunction, options.elementType);
    case 'aggregate':
      return new AggregatingWindowContents(options.aggregateFunction, options.accumulatorType);
  }
}

/** The user's function is the operator's own copy. */
export interface InternalWindowFunction<OUT, K, W> {
  process(
    call: { key: K; contents: unknown; out: Collector<OUT> },
    context: ProcessWindowContext<W>,
  ): void;
  clear(context: ProcessWindowContext<W>): void;
}

/** @param fn - the operator's copy of `options.processFunction`, if there is one */
export function createInternalWindowFunction<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
  fn: ProcessWindowFunction<unknown, OUT, K, W> | undefined,
): InternalWindowFunction<OUT, K, W> {
  if (fn === undefined) {
    return {
      process: ({ contents, out }) => out.collect(contents as OUT),
      clear: () => {},
    };
  }
  if (typeof fn.process !== 'function') {
    throw new ConfigError(
      'INVALID_GRAPH',
      'a window function has no process method; give a ProcessWindowFunction',
    );
  }
  const clear = (context: ProcessWindowContext<W>) => fn.clear?.(context);
  if (options.kind === 'process') {
    return {
      process: ({ key, contents, out }, context) =>
        fn.process(key, context, contents as Iterable<unknown>, out),
      clear,
    };
  }
  return {
    process: ({ key, contents, out }, context) => fn.process(key, context, [contents], out),
    clear,
  };
}
