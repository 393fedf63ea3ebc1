/**
 * Tells functions of a program that give a promise where nothing waits for one.
 *
 * Invariant: a promise that was told never becomes an unhandled rejection, which would end the process.
 */
// Hot path.
import { type AggregateFunction, ConfigError } from '@millrace/core';

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  );
}

/** @param call - of the function: `processElement` */
export function functionIsAsync(
  promise: PromiseLike<unknown>,
  of: { readonly operatorName?: string; readonly call: string },
): ConfigError {
  promise.then(ignore, ignore);
  const where = of.operatorName === undefined ? '' : ` of operator '${of.operatorName}'`;
  return new ConfigError(
    'FUNCTION_IS_ASYNC',
    `${of.call}${where} gave a promise, but functions are synchronous: nothing waits for it, and what it does later would meet another key; use AsyncDataStream for what has to wait`,
  );
}

/**
 * For functions whose result nobody takes; call it when that is not `undefined`.
 *
 * @throws ConfigError `FUNCTION_IS_ASYNC`
 */
export function refuseAsync(result: unknown, operatorName: string, call: string): void {
  if (isThenable(result)) {
    throw functionIsAsync(result, { operatorName, call });
  }
}

/**
 * For functions whose result is taken.
 *
 * @throws ConfigError `FUNCTION_IS_ASYNC`
 */
export function synchronous<T>(result: T, operatorName: string, call: string): T {
  if (isThenable(result)) {
    throw functionIsAsync(result, { operatorName, call });
  }
  return result;
}

/** The function, refused where it gives a promise. */
export function synchronousAggregate<IN, ACC, OUT>(
  fn: AggregateFunction<IN, ACC, OUT>,
  operatorName: string,
): AggregateFunction<IN, ACC, OUT> {
  const checked: AggregateFunction<IN, ACC, OUT> = {
    createAccumulator: () => synchronous(fn.createAccumulator(), operatorName, 'createAccumulator'),
    add: (value, accumulator) => synchronous(fn.add(value, accumulator), operatorName, 'add'),
    getResult: (accumulator) => synchronous(fn.getResult(accumulator), operatorName, 'getResult'),
  };
  if (fn.merge === undefined) {
    return checked;
  }
  return { ...checked, merge: (a, b) => synchronous(fn.merge!(a, b), operatorName, 'merge') };
}

function ignore(): void {}
