/**
 * Runs an evictor around a window function: it takes records out of the window before the function
 * sees them, and after.
 *
 * Reduce and aggregate see the records that are left when the window fires. A reduce that is left
 * none gives nothing; in Flink it gives null.
 *
 * Flink: EvictingWindowOperator.emitWindowContents, ReduceApplyProcessWindowFunction,
 * AggregateApplyWindowFunction.
 */
import type {
  AggregateFunction,
  Evictor,
  EvictorContext,
  ProcessWindowContext,
  ReduceFunction,
  TimestampedValue,
  Window,
} from '@millrace/core';
import { cloneFunction } from './clone-function.ts';
import type { EvictingWindowContents } from './evicting-window-contents.ts';
import type {
  InternalWindowFunction,
  WindowCall,
  WindowFunctionOptions,
} from './window-function.ts';

export class EvictingWindowFunction<IN, OUT, K, W extends Window>
  implements InternalWindowFunction<OUT, K, W>
{
  /** Set by the operator before the first window fires. */
  evictorContext!: EvictorContext;
  private readonly evictor: Evictor<IN, W>;
  private readonly contents: EvictingWindowContents<IN, W>;
  private readonly combine: (values: IN[]) => unknown;
  private readonly windowFunction: InternalWindowFunction<OUT, K, W>;

  constructor(
    evictor: Evictor<IN, W>,
    contents: EvictingWindowContents<IN, W>,
    functions: {
      readonly options: WindowFunctionOptions<IN, OUT, K, W>;
      readonly windowFunction: InternalWindowFunction<OUT, K, W>;
    },
  ) {
    this.evictor = evictor;
    this.contents = contents;
    this.combine = combiner(functions.options);
    this.windowFunction = functions.windowFunction;
  }

  process(call: WindowCall<OUT, K>, context: ProcessWindowContext<W>): void {
    const elements = call.contents as TimestampedValue<IN>[];
    const { window } = context;
    this.evictor.evictBefore(elements, elements.length, window, this.evictorContext);
    const contents = this.combine(elements.map((element) => element.value));
    if (contents !== undefined && contents !== null) {
      this.windowFunction.process({ key: call.key, contents, out: call.out }, context);
    }
    this.evictor.evictAfter(elements, elements.length, window, this.evictorContext);
    this.contents.keep(elements);
  }

  clear(context: ProcessWindowContext<W>): void {
    this.windowFunction.clear(context);
  }
}

function combiner<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
): (values: IN[]) => unknown {
  switch (options.kind) {
    case 'process':
      return (values) => values;
    case 'reduce': {
      const fn = cloneFunction<ReduceFunction<IN>>(options.reduceFunction);
      const reduce = typeof fn === 'function' ? fn : (a: IN, b: IN) => fn.reduce(a, b);
      return (values) => (values.length === 0 ? undefined : values.reduce((a, b) => reduce(a, b)));
    }
    case 'aggregate': {
      const fn = cloneFunction<AggregateFunction<IN, unknown, unknown>>(options.aggregateFunction);
      return (values) =>
        fn.getResult(
          values.reduce((accumulator, value) => fn.add(value, accumulator), fn.createAccumulator()),
        );
    }
  }
}
