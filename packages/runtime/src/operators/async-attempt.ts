/**
 * One call of an asynchronous function for one record.
 *
 * Invariant: an attempt is completed at most once; whatever comes after that is ignored.
 *
 * Flink: AsyncWaitOperator.ResultHandler.
 */
// Hot path.

import { type AsyncFunction, asyncTimeout, ConfigError, type ResultFuture } from '@millrace/core';
import { describeRecord } from './key-context.ts';
import type { RecordEntry } from './stream-element-queue.ts';

export interface AttemptListener<IN, OUT> {
  attemptCompleted(attempt: AsyncAttempt<IN, OUT>): void;
}

export class AsyncAttempt<IN, OUT> implements ResultFuture<OUT> {
  readonly entry: RecordEntry<IN, OUT>;
  /** `undefined` for a failed attempt. */
  results: readonly OUT[] | undefined;
  error: unknown;
  private isCompleted: boolean;
  private readonly listener: AttemptListener<IN, OUT>;

  constructor(entry: RecordEntry<IN, OUT>, listener: AttemptListener<IN, OUT>) {
    this.entry = entry;
    this.results = undefined;
    this.error = undefined;
    this.isCompleted = false;
    this.listener = listener;
  }

  complete(results: readonly OUT[]): void {
    if (Array.isArray(results)) {
      this.settle(results, undefined);
    } else {
      this.completeExceptionally(
        new ConfigError(
          'VALUE_NOT_SERIALIZABLE',
          `complete() got ${describeRecord(results)} for the record ${describeRecord(this.entry.value)}; give an array of results, [] for none`,
        ),
      );
    }
  }

  completeExceptionally(error: unknown): void {
    this.settle(undefined, error);
  }

  private settle(results: readonly OUT[] | undefined, error: unknown): void {
    if (!this.isCompleted) {
      this.isCompleted = true;
      this.results = results;
      this.error = error;
      this.listener.attemptCompleted(this);
    }
  }
}

/** Calls the function once; the result comes to the attempt. */
export type AsyncInvoker<IN, OUT> = (value: IN, attempt: AsyncAttempt<IN, OUT>) => void;

/** How a function is called, whatever its shape. What an object throws at once is thrown. */
export function asyncInvokerOf<IN, OUT>(fn: AsyncFunction<IN, OUT>): AsyncInvoker<IN, OUT> {
  if (typeof fn === 'function') {
    return (value, attempt) => {
      let result: PromiseLike<OUT | readonly OUT[]>;
      try {
        result = fn(value);
      } catch (error) {
        attempt.completeExceptionally(error);
        return;
      }
      Promise.resolve(result).then(
        (given) => attempt.complete((Array.isArray(given) ? given : [given]) as readonly OUT[]),
        (error: unknown) => attempt.completeExceptionally(error),
      );
    };
  }
  return (value, attempt) => settleWith(attempt, fn.asyncInvoke(value, attempt));
}

/** Calls the function's own answer to a timeout; one that has none fails the attempt. */
export function invokeTimeout<IN, OUT>(
  fn: AsyncFunction<IN, OUT>,
  attempt: AsyncAttempt<IN, OUT>,
): void {
  if (typeof fn === 'function' || fn.timeout === undefined) {
    attempt.completeExceptionally(asyncTimeout());
  } else {
    settleWith(attempt, fn.timeout(attempt.entry.value, attempt));
  }
}

/** An `async` method that fails has failed the attempt. */
function settleWith<IN, OUT>(attempt: AsyncAttempt<IN, OUT>, returned: void | Promise<void>): void {
  if (typeof (returned as Promise<void> | undefined)?.then === 'function') {
    (returned as Promise<void>).then(undefined, (error: unknown) =>
      attempt.completeExceptionally(error),
    );
  }
}
