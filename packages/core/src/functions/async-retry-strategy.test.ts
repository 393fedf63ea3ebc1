import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AsyncRetryStrategies, RetryPredicates } from './async-retry-strategy.ts';

describe('retry strategies of asynchronous functions', () => {
  it('a fixed delay is the same before each of its retries', () => {
    const strategy = AsyncRetryStrategies.fixedDelay({ maxAttempts: 2, backoffTime: '1 s' });

    assert.deepEqual([1, 2, 3].map(strategy.canRetry), [true, true, false]);
    assert.deepEqual([1, 2].map(strategy.getBackoffTimeMillis), [1000, 1000]);
  });

  it('an exponential back-off grows by its multiplier up to its largest delay', () => {
    const strategy = AsyncRetryStrategies.exponentialBackoff({
      maxAttempts: 5,
      initialDelay: 100,
      maxRetryDelay: 500,
      multiplier: 2,
    });

    assert.deepEqual([1, 2, 3, 4, 5].map(strategy.getBackoffTimeMillis), [100, 200, 400, 500, 500]);
    assert.deepEqual([5, 6].map(strategy.canRetry), [true, false]);
  });

  it('retry what their predicates want, and nothing without any', () => {
    const { EMPTY_RESULT_PREDICATE, HAS_EXCEPTION_PREDICATE } = RetryPredicates;
    const delay = { maxAttempts: 1, backoffTime: 1 };
    const strategy = AsyncRetryStrategies.fixedDelay({
      ...delay,
      ifResult: EMPTY_RESULT_PREDICATE,
      ifException: HAS_EXCEPTION_PREDICATE,
    });
    const { resultPredicate, exceptionPredicate } = strategy.retryPredicate;

    assert.deepEqual([resultPredicate?.([]), resultPredicate?.([1])], [true, false]);
    assert.equal(exceptionPredicate?.(new Error('any')), true);
    assert.deepEqual(AsyncRetryStrategies.fixedDelay(delay).retryPredicate, {
      resultPredicate: undefined,
      exceptionPredicate: undefined,
    });
  });

  const backoff = { maxAttempts: 1, initialDelay: 1, maxRetryDelay: 1, multiplier: 1 };
  for (const [what, make] of [
    ['maxAttempts', () => AsyncRetryStrategies.fixedDelay({ maxAttempts: 0, backoffTime: 1 })],
    ['backoffTime', () => AsyncRetryStrategies.fixedDelay({ maxAttempts: 1, backoffTime: 0 })],
    [
      'initialDelay',
      () => AsyncRetryStrategies.exponentialBackoff({ ...backoff, initialDelay: 0 }),
    ],
    ['multiplier', () => AsyncRetryStrategies.exponentialBackoff({ ...backoff, multiplier: 0.5 })],
  ] as const) {
    it(`refuse a bad ${what}`, () => {
      assert.throws(make, { code: 'CONFIG_VALUE_INVALID', message: new RegExp(what) });
    });
  }
});
