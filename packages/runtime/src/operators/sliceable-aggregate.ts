/**
 * An aggregate function as slices need it: accumulators that can be merged.
 *
 * A reduce function is none: it may hang on the order in which records came (keep the last one, or
 * fields of the first), which slices do not keep.
 */
// Hot path.

import type { AggregateFunction, TypeInformation, Window } from '@millrace/core';
import { cloneFunction } from './clone-function.ts';
import { synchronousAggregate } from './function-is-async.ts';
import type { WindowFunctionOptions } from './window-function.ts';

/** A window's function, made once, and the options of an operator around that one. */
export interface SlicedWindowFunction<IN, OUT, K, W extends Window> {
  readonly sliceable: SliceableAggregate<IN, unknown>;
  readonly options: WindowFunctionOptions<IN, OUT, K, W>;
  /** The same, but a window's contents are given as they are kept. */
  readonly raw: WindowFunctionOptions<IN, OUT, K, W>;
}

export type SliceableOptions<IN, OUT, K, W extends Window> = Extract<
  WindowFunctionOptions<IN, OUT, K, W>,
  { readonly kind: 'aggregate' }
>;

export function slicedWindowFunction<IN, OUT, K, W extends Window>(
  options: SliceableOptions<IN, OUT, K, W>,
  operatorName: string,
): SlicedWindowFunction<IN, OUT, K, W> {
  const fn = synchronousAggregate(
    cloneFunction<AggregateFunction<IN, unknown, unknown>>(options.aggregateFunction),
    operatorName,
  );
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

/** What a slice holds is an accumulator. */
export class SliceableAggregate<IN, ACC> {
  readonly canMerge: boolean;
  readonly accumulatorType: TypeInformation<ACC>;
  private readonly fn: AggregateFunction<IN, ACC, unknown>;

  constructor(fn: AggregateFunction<IN, ACC, unknown>, accumulatorType: TypeInformation<ACC>) {
    this.canMerge = fn.merge !== undefined;
    this.accumulatorType = accumulatorType;
    this.fn = fn;
  }

  first(value: IN): ACC {
    return this.fn.add(value, this.fn.createAccumulator());
  }

  add(value: IN, accumulator: ACC): ACC {
    return this.fn.add(value, accumulator);
  }

  merge(a: ACC, b: ACC): ACC {
    return this.fn.merge!(a, b);
  }

  result(accumulator: ACC): unknown {
    return this.fn.getResult(accumulator);
  }
}
