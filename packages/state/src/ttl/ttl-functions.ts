/**
 * Functions of the program, made to fold timestamped values: a value that is expired and may not be
 * seen takes no part.
 *
 * Flink: TtlReduceFunction, TtlAggregateFunction.
 */
// Hot path.
import type { AggregateFunction, ReduceFunction, TtlValue } from '@millrace/core';
import { type TtlRules, ttlValue } from './expiry.ts';

/** Gives nothing, so that the state is cleared, when both values are expired. */
export function ttlReduceFunction<T>(
  reduceFunction: ReduceFunction<T>,
  rules: TtlRules,
): ReduceFunction<TtlValue<T>> {
  const reduce =
    typeof reduceFunction === 'function'
      ? reduceFunction
      : (a: T, b: T) => reduceFunction.reduce(a, b);
  return (a, b) => mergeVisible(a, b, { rules, merge: reduce }) as TtlValue<T>;
}

export function ttlAggregateFunction<IN, ACC, OUT>(
  aggregate: AggregateFunction<IN, ACC, OUT>,
  rules: TtlRules,
): AggregateFunction<IN, TtlValue<ACC>, OUT> {
  const withoutMerge: AggregateFunction<IN, TtlValue<ACC>, OUT> = {
    createAccumulator: () => ttlValue(aggregate.createAccumulator(), rules.now()),
    add: (value, stored) => {
      const now = rules.now();
      const visible = rules.visible(stored, now) ?? aggregate.createAccumulator();
      return unlessNothing(aggregate.add(value, visible), now) as TtlValue<ACC>;
    },
    getResult: (stored) => aggregate.getResult(stored.userValue),
  };
  if (aggregate.merge === undefined) {
    return withoutMerge; // the state says so where it must merge
  }
  const merge = aggregate.merge.bind(aggregate);
  return {
    ...withoutMerge,
    merge: (a, b) => mergeVisible(a, b, { rules, merge }) as TtlValue<ACC>,
  };
}

function mergeVisible<T>(
  a: TtlValue<T>,
  b: TtlValue<T>,
  { rules, merge }: { readonly rules: TtlRules; readonly merge: (a: T, b: T) => T },
): TtlValue<T> | undefined {
  const now = rules.now();
  const first = rules.visible(a, now);
  const second = rules.visible(b, now);
  if (first === undefined) {
    return second === undefined ? undefined : ttlValue(second, now);
  }
  return unlessNothing(second === undefined ? first : merge(first, second), now);
}

/** A function that gives nothing clears the state. */
function unlessNothing<T>(folded: T, now: number): TtlValue<T> | undefined {
  return folded === undefined || folded === null ? undefined : ttlValue(folded, now);
}
