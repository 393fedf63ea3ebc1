/**
 * A reduce or aggregate function as slices need it: partial results that can be merged.
 */
// Hot path.

import type { AggregateFunction, ReduceFunction, TypeInformation, Window } from '@millrace/core';
import { cloneFunction } from './clone-function.ts';
import type { WindowFunctionOptions } from './window-function.ts';

/** What a slice holds is an accumulator, or the record that a reduce function made. */
export interface SliceableFunction<IN, ACC> {
  readonly accumulatorType: TypeInformation<ACC>;
  readonly canMerge: boolean;
  first(value: IN): ACC;
  add(value: IN, accumulator: ACC): ACC;
  merge(a: ACC, b: ACC): ACC;
  result(accumulator: ACC): unknown;
}

/** A window's function, made once, and the options of an operator around that one. */
export interface SlicedWindowFunction<IN, OUT, K, W extends Window> {
  readonly sliceable: SliceableFunction<IN, unknown>;
  readonly options: WindowFunctionOptions<IN, OUT, K, W>;
  /** The same, but a window's contents are given as they are kept. */
  readonly raw: WindowFunctionOptions<IN, OUT, K, W>;
}

export type SliceableOptions<IN, OUT, K, W extends Window> = Exclude<
  WindowFunctionOptions<IN, OUT, K, W>,
  { readonly kind: 'process' }
>;

export function slicedWindowFunction<IN, OUT, K, W extends Window>(
  options: SliceableOptions<IN, OUT, K, W>,
): SlicedWindowFunction<IN, OUT, K, W> {
  if (options.kind === 'reduce') {
    const fn = cloneFunction<ReduceFunction<IN>>(options.reduceFunction);
    const reduce = typeof fn === 'function' ? fn : (a: IN, b: IN) => fn.reduce(a, b);
    const shared = { ...options, reduceFunction: reduce };
    const sliceable = new SliceableReduce(reduce, options.elementType);
    return {
      sliceable: sliceable as unknown as SliceableFunction<IN, unknown>,
      options: shared,
      raw: shared,
    };
  }
  const fn = cloneFunction<AggregateFunction<IN, unknown, unknown>>(options.aggregateFunction);
  const merge =
    fn.merge === undefined ? {} : { merge: (a: unknown, b: unknown) => fn.merge!(a, b) };
  const shared: AggregateFunction<IN, unknown, unknown> = {
    createAccumulator: () => fn.createAccumulator(),
    add: (value, accumulator) => fn.add(value, accumulator),
    getResult: (accumulator) => fn.getResult(accumulator),
    ...merge,
  };
  const asItIs = { ...shared, getResult: (accumulator: unknown) => accumulator };
  return {
    sliceable: new SliceableAggregate(fn, options.accumulatorType),
    options: { ...options, aggregateFunction: shared },
    raw: { ...options, aggregateFunction: asItIs },
  };
}

class SliceableReduce<T> implements SliceableFunction<T, T> {
  readonly canMerge = true;
  readonly accumulatorType: TypeInformation<T>;
  readonly merge: (a: T, b: T) => T;

  constructor(reduce: (a: T, b: T) => T, elementType: TypeInformation<T>) {
    this.accumulatorType = elementType;
    this.merge = reduce;
  }

  first(value: T): T {
    return value;
  }

  add(value: T, reduced: T): T {
    return this.merge(reduced, value);
  }

  result(reduced: T): T {
    return reduced;
  }
}

class SliceableAggregate<IN> implements SliceableFunction<IN, unknown> {
  readonly canMerge: boolean;
  readonly accumulatorType: TypeInformation<unknown>;
  private readonly fn: AggregateFunction<IN, unknown, unknown>;

  constructor(
    fn: AggregateFunction<IN, unknown, unknown>,
    accumulatorType: TypeInformation<unknown>,
  ) {
    this.canMerge = fn.merge !== undefined;
    this.accumulatorType = accumulatorType;
    this.fn = fn;
  }

  first(value: IN): unknown {
    return this.fn.add(value, this.fn.createAccumulator());
  }

  add(value: IN, accumulator: unknown): unknown {
    return this.fn.add(value, accumulator);
  }

  merge(a: unknown, b: unknown): unknown {
    return this.fn.merge!(a, b);
  }

  result(accumulator: unknown): unknown {
    return this.fn.getResult(accumulator);
  }
}
