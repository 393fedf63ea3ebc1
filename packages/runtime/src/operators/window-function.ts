/**
 * What a window does with its records, as a program declares it, and what runs it.
 *
 * Flink: InternalWindowFunction and its subclasses.
 */
import {
  type AggregateFunction,
  type AllWindowFunction,
  type Collector,
  ConfigError,
  type PerSubtask,
  type ProcessAllWindowFunction,
  type ProcessWindowContext,
  type ProcessWindowFunction,
  type ReduceFunction,
  type TypeInformation,
  type Window,
  type WindowFunction,
} from '@millrace/core';
import { EvictingWindowContents } from './evicting-window-contents.ts';
import {
  AggregatingWindowContents,
  ListWindowContents,
  ReducingWindowContents,
  type WindowContents,
} from './window-contents.ts';

type ForEachSubtask<F> = F | PerSubtask<F>;

/** What may be called with the contents of a window; its methods tell which one it is. */
export type AnyWindowFunction<IN, OUT, K, W extends Window> =
  | ProcessWindowFunction<IN, OUT, K, W>
  | WindowFunction<IN, OUT, K, W>
  | ProcessAllWindowFunction<IN, OUT, W>
  | AllWindowFunction<IN, OUT, W>;

interface SharedOptions<IN, OUT, K, W extends Window> {
  /** Reduce and aggregate hand it their one result. */
  readonly processFunction?: ForEachSubtask<AnyWindowFunction<IN, OUT, K, W>> | undefined;
  /** True for windows over all records: their function gets no key. */
  readonly isAllWindow?: boolean | undefined;
}

export type WindowFunctionOptions<IN, OUT, K, W extends Window> =
  | (SharedOptions<IN, OUT, K, W> & {
      readonly kind: 'process';
      readonly processFunction: ForEachSubtask<AnyWindowFunction<IN, OUT, K, W>>;
      readonly elementType: TypeInformation<IN>;
    })
  | (SharedOptions<IN, OUT, K, W> & {
      readonly kind: 'reduce';
      readonly reduceFunction: ForEachSubtask<ReduceFunction<IN>>;
      readonly elementType: TypeInformation<IN>;
    })
  // biome-ignore lint/suspicious/noExplicitAny: the result stays between the two functions.
  | (SharedOptions<any, OUT, K, W> & {
      readonly kind: 'aggregate';
      // biome-ignore lint/suspicious/noExplicitAny: accumulator and result stay between these two.
      readonly aggregateFunction: ForEachSubtask<AggregateFunction<IN, any, any>>;
      // biome-ignore lint/suspicious/noExplicitAny: accumulator and result stay between these two.
      readonly accumulatorType: TypeInformation<any>;
      /** Of the records; only an evictor needs it. */
      readonly elementType?: TypeInformation<IN> | undefined;
    });

export function createWindowContents<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
  operatorName: string,
): WindowContents<IN, unknown, W> {
  switch (options.kind) {
    case 'process':
      return new ListWindowContents(options.elementType);
    case 'reduce':
      return new ReducingWindowContents(options.reduceFunction, options.elementType, operatorName);
    case 'aggregate':
      return new AggregatingWindowContents(
        options.aggregateFunction,
        options.accumulatorType,
        operatorName,
      );
  }
}

/** @throws ConfigError `INVALID_GRAPH` when the type of the records is missing */
export function createEvictingWindowContents<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
): EvictingWindowContents<IN, W> {
  if (options.elementType === undefined) {
    throw new ConfigError(
      'INVALID_GRAPH',
      'a window with an evictor keeps its records, but their type is not known; give elementType',
    );
  }
  return new EvictingWindowContents(options.elementType);
}

/** What a window function is called with; one object for each call. */
export interface WindowCall<OUT, K> {
  readonly key: K;
  readonly contents: unknown;
  readonly out: Collector<OUT>;
}

/** The user's function is the operator's own copy. What it gave is to be refused if it is a promise. */
export interface InternalWindowFunction<OUT, K, W> {
  process(call: WindowCall<OUT, K>, context: ProcessWindowContext<W>): unknown;
  clear(context: ProcessWindowContext<W>): unknown;
}

/** @param fn - the operator's copy of `options.processFunction`, if there is one */
export function createInternalWindowFunction<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
  fn: unknown,
): InternalWindowFunction<OUT, K, W> {
  if (fn === undefined) {
    return {
      process: ({ contents, out }) => out.collect(contents as OUT),
      clear: () => {},
    };
  }
  const call = windowCaller<OUT, K, W>(fn, options.isAllWindow === true);
  const clear = clearOf<W>(fn);
  if (options.kind === 'process') {
    return {
      process: ({ key, contents, out }, context) =>
        call(key, context, { elements: contents as Iterable<unknown>, out }),
      clear,
    };
  }
  return {
    process: ({ key, contents, out }, context) => call(key, context, { elements: [contents], out }),
    clear,
  };
}

type WindowCaller<OUT, K, W> = (
  key: K,
  context: ProcessWindowContext<W>,
  records: { readonly elements: Iterable<unknown>; readonly out: Collector<OUT> },
) => unknown;

/** @throws ConfigError `INVALID_GRAPH` for what is no window function */
function windowCaller<OUT, K, W extends Window>(
  fn: unknown,
  isAllWindow: boolean,
): WindowCaller<OUT, K, W> {
  const { process, apply } = fn as { process?: unknown; apply?: unknown };
  if (typeof fn !== 'function' && typeof process === 'function') {
    if (isAllWindow) {
      const all = fn as ProcessAllWindowFunction<unknown, OUT, W>;
      return (_key, context, { elements, out }) => all.process(context, elements, out);
    }
    const keyed = fn as ProcessWindowFunction<unknown, OUT, K, W>;
    return (key, context, { elements, out }) => keyed.process(key, context, elements, out);
  }
  if (typeof fn !== 'function' && typeof apply !== 'function') {
    throw new ConfigError(
      'INVALID_GRAPH',
      'a window function has no process or apply method; give a ProcessWindowFunction or a WindowFunction',
    );
  }
  if (isAllWindow) {
    const all = fn as AllWindowFunction<unknown, OUT, W>;
    return typeof all === 'function'
      ? (_key, { window }, { elements, out }) => all(window, elements, out)
      : (_key, { window }, { elements, out }) => all.apply(window, elements, out);
  }
  const keyed = fn as WindowFunction<unknown, OUT, K, W>;
  return typeof keyed === 'function'
    ? (key, { window }, { elements, out }) => keyed(key, window, elements, out)
    : (key, { window }, { elements, out }) => keyed.apply(key, window, elements, out);
}

function clearOf<W>(fn: unknown): (context: ProcessWindowContext<W>) => unknown {
  const hooks = fn as { clear?(context: ProcessWindowContext<W>): unknown };
  return typeof fn === 'object' ? (context) => hooks.clear?.(context) : () => {};
}
