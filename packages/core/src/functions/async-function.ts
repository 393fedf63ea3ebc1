/**
 * Functions whose results come later: look-ups in a database, calls of a service.
 *
 * Flink: AsyncFunction, RichAsyncFunction, ResultFuture.
 */
import { TaskError } from '../errors/errors.ts';
import { RichFunction } from './rich-function.ts';

/** Takes the results of one record. The first call counts; what comes after it is ignored. */
export interface ResultFuture<OUT> {
  /** Hands over the results, none included: each becomes a record with the input's timestamp. */
  complete(results: readonly OUT[]): void;
  /** Fails the job, or makes a retry strategy try again. */
  completeExceptionally(error: unknown): void;
}

export interface AsyncFunctionObject<IN, OUT> {
  /**
   * Starts the work for one record and returns. What it throws fails the job; a promise that it
   * returns and that is rejected is `completeExceptionally`.
   */
  asyncInvoke(input: IN, resultFuture: ResultFuture<OUT>): void | Promise<void>;
  /** Called when no result has come in time. Without this method the job fails. */
  timeout?(input: IN, resultFuture: ResultFuture<OUT>): void | Promise<void>;
}

/** A plain function gives a promise of its result, or of an array of results. */
export type PlainAsyncFunction<IN, R> = (value: IN) => PromiseLike<R>;

/** What records a plain asynchronous function gives: an array stands for its elements. */
export type AsyncResult<R> = R extends readonly (infer E)[] ? E : R;

export type AsyncFunction<IN, OUT> =
  | PlainAsyncFunction<IN, OUT | readonly OUT[]>
  | AsyncFunctionObject<IN, OUT>;

/** An asynchronous function with a life cycle. Keyed state is refused: keys come and go meanwhile. */
export abstract class RichAsyncFunction<IN, OUT>
  extends RichFunction
  implements AsyncFunctionObject<IN, OUT>
{
  abstract asyncInvoke(input: IN, resultFuture: ResultFuture<OUT>): void | Promise<void>;

  /** Fails the job. Override it to give something else instead. */
  timeout(_input: IN, resultFuture: ResultFuture<OUT>): void | Promise<void> {
    resultFuture.completeExceptionally(asyncTimeout());
  }
}

/** With Flink's text. Flink: java.util.concurrent.TimeoutException. */
export function asyncTimeout(): TaskError {
  return new TaskError('ASYNC_TIMEOUT', 'Async function call has timed out.');
}
