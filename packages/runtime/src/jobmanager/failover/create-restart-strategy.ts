/** Makes the restart strategy that the configuration names. Flink: RestartBackoffTimeStrategyFactoryLoader. */
import { ConfigError, type Configuration, RestartStrategyOptions } from '@millrace/core';
import {
  ExponentialDelayRestartBackoffTimeStrategy,
  FailureRateRestartBackoffTimeStrategy,
  FixedDelayRestartBackoffTimeStrategy,
  NoRestartBackoffTimeStrategy,
  type RestartBackoffTimeStrategy,
} from './restart-backoff-time-strategy.ts';

// Flink's largest int: the default of attempts-before-reset-backoff, in effect endless.
const MAX_INT = 2 ** 31 - 1;

/**
 * @param options.checkpointingEnabled - decides what an unset strategy means: exponential delay
 *   with checkpoints, none without
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function createRestartStrategy(
  configuration: Configuration,
  options: { readonly checkpointingEnabled: boolean },
): RestartBackoffTimeStrategy {
  switch (configuration.get(RestartStrategyOptions.RESTART_STRATEGY)) {
    case undefined:
      return options.checkpointingEnabled
        ? exponentialDelay(configuration)
        : new NoRestartBackoffTimeStrategy();
    case 'none':
      return new NoRestartBackoffTimeStrategy();
    case 'fixed-delay':
      return new FixedDelayRestartBackoffTimeStrategy({
        maxAttempts: configuration.get(
          RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS,
        ),
        delayMs: configuration.get(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY),
      });
    case 'failure-rate':
      return failureRate(configuration);
    case 'exponential-delay':
      return exponentialDelay(configuration);
  }
}

function failureRate(configuration: Configuration): RestartBackoffTimeStrategy {
  const keys = RestartStrategyOptions;
  return new FailureRateRestartBackoffTimeStrategy({
    maxFailuresPerInterval: configuration.get(
      keys.RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL,
    ),
    intervalMs: configuration.get(keys.RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL),
    delayMs: configuration.get(keys.RESTART_STRATEGY_FAILURE_RATE_DELAY),
  });
}

function exponentialDelay(configuration: Configuration): RestartBackoffTimeStrategy {
  const keys = RestartStrategyOptions;
  const attempts = configuration.get(
    keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS_BEFORE_RESET_BACKOFF,
  );
  const initialBackoffMs = configuration.get(
    keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
  );
  const maxBackoffMs = configuration.get(keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF);
  if (initialBackoffMs > maxBackoffMs) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `restart-strategy.exponential-delay.initial-backoff is ${initialBackoffMs} ms, above ` +
        `max-backoff of ${maxBackoffMs} ms; raise max-backoff or lower initial-backoff`,
    );
  }
  return new ExponentialDelayRestartBackoffTimeStrategy({
    initialBackoffMs,
    maxBackoffMs,
    backoffMultiplier: configuration.get(
      keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER,
    ),
    resetBackoffThresholdMs: configuration.get(
      keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
    ),
    jitterFactor: configuration.get(keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR),
    attemptsBeforeResetBackoff: attempts === MAX_INT ? Infinity : attempts,
  });
}
