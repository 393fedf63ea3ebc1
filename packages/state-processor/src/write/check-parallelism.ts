/** In how many parts state may be written. */
import { ConfigError, UPPER_BOUND_MAX_PARALLELISM } from '@millrace/core';

/**
 * @param parallelism - from the user
 * @param maxParallelisms - of the operators that it is for: one with fewer key groups gets a part for
 *   each of them, so the largest counts; any where there is none
 * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`
 */
export function checkParallelism(parallelism: number, maxParallelisms: readonly number[]): void {
  const largest =
    maxParallelisms.length === 0 ? UPPER_BOUND_MAX_PARALLELISM : Math.max(...maxParallelisms);
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > largest) {
    throw new ConfigError(
      'PARALLELISM_OUT_OF_RANGE',
      `parallelism is ${parallelism}; use 1 to ${largest}`,
    );
  }
}
