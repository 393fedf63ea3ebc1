/**
 * When an asynchronous function is tried again, how often and after how long.
 *
 * Flink: AsyncRetryStrategy, AsyncRetryStrategies, RetryPredicates.
 */
import { ConfigError } from '../errors/errors.ts';
import { type Duration, durationMs } from '../time/duration.ts';

export interface AsyncRetryPredicate<OUT> {
  /** True for results that are no good. */
  readonly resultPredicate?: ((results: readonly OUT[]) => boolean) | undefined;
  /** True for failures that may pass. */
  readonly exceptionPredicate?: ((error: unknown) => boolean) | undefined;
}

/** Must keep nothing between calls: one object serves all records of all subtasks. */
export interface AsyncRetryStrategy<OUT> {
  readonly retryPredicate: AsyncRetryPredicate<OUT>;
  /** @param currentAttempts - how often the function was called for the record, from 1 */
  canRetry(currentAttempts: number): boolean;
  /** Milliseconds to wait before the next call. */
  getBackoffTimeMillis(currentAttempts: number): number;
}

export interface RetryConditions<OUT> {
  /** Retries results for which this gives true, such as `RetryPredicates.EMPTY_RESULT_PREDICATE`. */
  readonly ifResult?: (results: readonly OUT[]) => boolean;
  /** Retries failures for which this gives true, such as `RetryPredicates.HAS_EXCEPTION_PREDICATE`. */
  readonly ifException?: (error: unknown) => boolean;
}

export interface FixedDelayRetryOptions<OUT> extends RetryConditions<OUT> {
  /** Retries after the first call. */
  readonly maxAttempts: number;
  readonly backoffTime: Duration;
}

export interface ExponentialBackoffDelayRetryOptions<OUT> extends RetryConditions<OUT> {
  /** Retries after the first call. */
  readonly maxAttempts: number;
  readonly initialDelay: Duration;
  readonly maxRetryDelay: Duration;
  /** Each delay is this many times the one before, up to `maxRetryDelay`. */
  readonly multiplier: number;
}

export const RetryPredicates: {
  readonly EMPTY_RESULT_PREDICATE: (results: readonly unknown[]) => boolean;
  readonly HAS_EXCEPTION_PREDICATE: (error: unknown) => boolean;
} = {
  EMPTY_RESULT_PREDICATE: (results) => results.length === 0,
  HAS_EXCEPTION_PREDICATE: () => true,
};

export const AsyncRetryStrategies: {
  fixedDelay<OUT>(options: FixedDelayRetryOptions<OUT>): AsyncRetryStrategy<OUT>;
  exponentialBackoff<OUT>(
    options: ExponentialBackoffDelayRetryOptions<OUT>,
  ): AsyncRetryStrategy<OUT>;
} = {
  /**
   * Waits equally long before each retry.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless attempts and delay are above 0
   */
  fixedDelay<OUT>(options: FixedDelayRetryOptions<OUT>): AsyncRetryStrategy<OUT> {
    const { maxAttempts } = options;
    const backoffTimeMs = positiveMs('backoffTime', options.backoffTime);
    checkMaxAttempts(maxAttempts);
    return {
      retryPredicate: predicate(options),
      canRetry: (currentAttempts) => currentAttempts <= maxAttempts,
      getBackoffTimeMillis: () => backoffTimeMs,
    };
  },

  /**
   * Waits longer before each retry of a record.
   *
   * Flink keeps one delay that grows over all records of a subtask together; here each record's own
   * attempts count, so that one record's retries do not lengthen another's.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless attempts and delays are above 0 and the
   *   multiplier is at least 1
   */
  exponentialBackoff<OUT>(
    options: ExponentialBackoffDelayRetryOptions<OUT>,
  ): AsyncRetryStrategy<OUT> {
    const { maxAttempts, multiplier } = options;
    const initialDelayMs = positiveMs('initialDelay', options.initialDelay);
    const maxRetryDelayMs = positiveMs('maxRetryDelay', options.maxRetryDelay);
    checkMaxAttempts(maxAttempts);
    if (!(multiplier >= 1 && Number.isFinite(multiplier))) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `the multiplier of a retry strategy is ${multiplier}; use a number from 1, such as 2`,
      );
    }
    return {
      retryPredicate: predicate(options),
      canRetry: (currentAttempts) => currentAttempts <= maxAttempts,
      getBackoffTimeMillis: (currentAttempts) =>
        currentAttempts <= 1
          ? initialDelayMs
          : Math.floor(
              Math.min(initialDelayMs * multiplier ** (currentAttempts - 1), maxRetryDelayMs),
            ),
    };
  },
};

function predicate<OUT>(conditions: RetryConditions<OUT>): AsyncRetryPredicate<OUT> {
  return { resultPredicate: conditions.ifResult, exceptionPredicate: conditions.ifException };
}

function checkMaxAttempts(maxAttempts: number): void {
  if (!(Number.isSafeInteger(maxAttempts) && maxAttempts > 0)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `maxAttempts of a retry strategy is ${maxAttempts}; use a whole number above 0`,
    );
  }
}

function positiveMs(what: string, delay: Duration): number {
  const ms = durationMs(delay, `${what} of a retry strategy`);
  if (ms === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} of a retry strategy is 0; use a duration above 0, such as 100 ms`,
    );
  }
  return ms;
}
