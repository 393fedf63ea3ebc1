/**
 * Streams through functions whose results come later.
 *
 * A plain function gives a promise of its result, or of an array whose elements are the results: to
 * emit an array as one record, wrap it in another. An object completes a `ResultFuture`.
 *
 * Flink: AsyncDataStream.
 */
import {
  type AsyncFunction,
  type AsyncFunctionObject,
  type AsyncResult,
  type AsyncRetryStrategy,
  ConfigError,
  type Duration,
  durationMs,
  type PerSubtask,
  type PlainAsyncFunction,
  type TypeInformation,
} from '@millrace/core';
import { type AsyncOutputMode, AsyncWaitOperator } from '@millrace/runtime';
import type { DataStream, SingleOutputStreamOperator } from './data-stream.ts';
import { functionArgument } from './function-argument.ts';

const DEFAULT_CAPACITY = 100;

export interface AsyncWaitOptions<OUT> {
  /** How many elements may be in flight at once; more hold the input back. 100 without it. */
  readonly capacity?: number;
  /** Of the results; `returns` says it too. */
  readonly type?: TypeInformation<OUT>;
}

export interface AsyncWaitWithRetryOptions<OUT> extends AsyncWaitOptions<OUT> {
  readonly retryStrategy: AsyncRetryStrategy<NoInfer<OUT>>;
}

/**
 * @param timeout - for one record from the first call to its result; 0 for no limit. What comes too
 *   late fails the job, unless the function has a `timeout` of its own
 */
interface Wait {
  <IN, R>(
    stream: DataStream<IN>,
    fn: PlainAsyncFunction<NoInfer<IN>, R>,
    timeout: Duration,
    options?: AsyncWaitOptions<AsyncResult<R>>,
  ): SingleOutputStreamOperator<AsyncResult<R>>;
  <IN, OUT>(
    stream: DataStream<IN>,
    fn: AsyncFunctionObject<NoInfer<IN>, OUT> | PerSubtask<AsyncFunction<NoInfer<IN>, OUT>>,
    timeout: Duration,
    options?: AsyncWaitOptions<OUT>,
  ): SingleOutputStreamOperator<OUT>;
}

/** @param timeout - above 0, for all tries of one record together */
interface WaitWithRetry {
  <IN, R>(
    stream: DataStream<IN>,
    fn: PlainAsyncFunction<NoInfer<IN>, R>,
    timeout: Duration,
    options: AsyncWaitWithRetryOptions<AsyncResult<R>>,
  ): SingleOutputStreamOperator<AsyncResult<R>>;
  <IN, OUT>(
    stream: DataStream<IN>,
    fn: AsyncFunctionObject<NoInfer<IN>, OUT> | PerSubtask<AsyncFunction<NoInfer<IN>, OUT>>,
    timeout: Duration,
    options: AsyncWaitWithRetryOptions<OUT>,
  ): SingleOutputStreamOperator<OUT>;
}

export const AsyncDataStream: {
  /** Results in the order of their records. @throws ConfigError */
  readonly orderedWait: Wait;
  /** Results as they come, but never past a watermark. @throws ConfigError */
  readonly unorderedWait: Wait;
  /** Like `orderedWait`, with more tries. @throws ConfigError */
  readonly orderedWaitWithRetry: WaitWithRetry;
  /** Like `unorderedWait`, with more tries. @throws ConfigError */
  readonly unorderedWaitWithRetry: WaitWithRetry;
} = {
  orderedWait: wait('orderedWait', 'ordered') as Wait,
  unorderedWait: wait('unorderedWait', 'unordered') as Wait,
  orderedWaitWithRetry: wait('orderedWaitWithRetry', 'ordered') as WaitWithRetry,
  unorderedWaitWithRetry: wait('unorderedWaitWithRetry', 'unordered') as WaitWithRetry,
};

interface AnyWaitOptions<OUT> extends AsyncWaitOptions<OUT> {
  readonly retryStrategy?: AsyncRetryStrategy<OUT>;
}

function wait(name: string, outputMode: AsyncOutputMode) {
  const call = `AsyncDataStream.${name}`;
  return <IN, OUT>(
    stream: DataStream<IN>,
    fn: AsyncFunction<IN, OUT> | PerSubtask<AsyncFunction<IN, OUT>>,
    timeout: Duration,
    options: AnyWaitOptions<OUT> = {},
  ): SingleOutputStreamOperator<OUT> => {
    const { capacity = DEFAULT_CAPACITY, retryStrategy, type } = options;
    const timeoutMs = durationMs(timeout, `the timeout of ${call}`);
    checkCapacity(call, capacity);
    if (name.endsWith('WithRetry')) {
      checkRetry(call, { retryStrategy, timeoutMs });
    }
    const given = functionArgument({ call, method: 'asyncInvoke' }, fn);
    return stream.transform<OUT>({
      name: 'async wait operator',
      createOperator: (operatorName) =>
        new AsyncWaitOperator<IN, OUT>({
          name: operatorName,
          fn: given,
          outputMode,
          timeoutMs,
          capacity,
          retryStrategy,
          inputType: stream.type,
        }),
      type,
    });
  };
}

function checkCapacity(call: string, capacity: number): void {
  if (!(Number.isSafeInteger(capacity) && capacity > 0)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${call} got the capacity ${capacity}; use a whole number above 0`,
    );
  }
}

function checkRetry(
  call: string,
  given: { readonly retryStrategy: unknown; readonly timeoutMs: number },
): void {
  if (given.retryStrategy === undefined) {
    throw new ConfigError(
      'INVALID_GRAPH',
      `${call} got no retryStrategy; give { retryStrategy: AsyncRetryStrategies.fixedDelay(…) }`,
    );
  }
  if (given.timeoutMs === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${call} got a timeout of 0; with retries a record needs one, or it may be tried for ever`,
    );
  }
}
