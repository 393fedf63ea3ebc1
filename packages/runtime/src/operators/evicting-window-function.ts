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
import { refuseAsync, synchronous, synchronousAggregate } from './function-is-async.ts';
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
  private readonly operatorName: string;
  private readonly combine: (values: IN[]) => unknown;
  private readonly windowFunction: InternalWindowFunction<OUT, K, W>;

  constructor(
    evictor: Evictor<IN, W>,
    contents: EvictingWindowContents<IN, W>,
    functions: {
      readonly options: WindowFunctionOptions<IN, OUT, K, W>;
      readonly windowFunction: InternalWindowFunction<OUT, K, W>;
      readonly operatorName: string;
    },
  ) {
    this.evictor = evictor;
    this.contents = contents;
    this.operatorName = functions.operatorName;
    this.combine = combiner(functions.options, functions.operatorName);
    this.windowFunction = functions.windowFunction;
  }

  process(call: WindowCall<OUT, K>, context: ProcessWindowContext<W>): void {
    const elements = call.contents as TimestampedValue<IN>[];
    const { window } = context;
    const before: unknown = this.evictor.evictBefore(
      elements,
      elements.length,
      window,
      this.evictorContext,
    );
    refuseAsync(before, this.operatorName, 'evictBefore');
    const contents = this.combine(elements.map((element) => element.value));
    if (contents !== undefined && contents !== null) {
      const mine = { key: call.key, contents, out: call.out };
      const result = this.windowFunction.process(mine, context);
      refuseAsync(result, this.operatorName, 'the window function');
    }
    const after: unknown = this.evictor.evictAfter(
      elements,
      elements.length,
      window,
      this.evictorContext,
    );
    refuseAsync(after, this.operatorName, 'evictAfter');
    this.contents.keep(elements);
  }

  clear(context: ProcessWindowContext<W>): unknown {
    return this.windowFunction.clear(context);
  }
}

function combiner<IN, OUT, K, W extends Window>(
  options: WindowFunctionOptions<IN, OUT, K, W>,
  operatorName: string,
): (values: IN[]) => unknown {
  switch (options.kind) {
    case 'process':
      return (values) => values;
    case 'reduce': {
      const fn = cloneFunction<ReduceFunction<IN>>(options.reduceFunction);
      const reduce = typeof fn === 'function' ? fn : (a: IN, b: IN) => fn.reduce(a, b);
      const checked = (a: IN, b: IN): IN => synchronous(reduce(a, b), operatorName, 'reduce');
      return (values) => (values.length === 0 ? undefined : values.reduce((a, b) => checked(a, b)));
    }
    case 'aggregate': {
      const fn = synchronousAggregate(
        cloneFunction<AggregateFunction<IN, unknown, unknown>>(options.aggregateFunction),
        operatorName,
      );
      return (values) =>
        fn.getResult(
          values.reduce((accumulator, value) => fn.add(value, accumulator), fn.createAccumulator()),
        );
    }
  }
}
