/** What follows the failure of a task. Flink: RestartStrategyOptions. */
import type { ConfigOption } from './config-option.ts';
import { doubleOption, durationOption, intOption, nameOption } from './option-builders.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

export type RestartStrategyName = 'none' | 'fixed-delay' | 'failure-rate' | 'exponential-delay';

export const RESTART_STRATEGY: ConfigOption<RestartStrategyName | undefined> = nameOption({
  key: 'restart-strategy.type',
  deprecatedKeys: ['restart-strategy'],
  names: ['none', 'fixed-delay', 'failure-rate', 'exponential-delay'],
  aliases: {
    off: 'none',
    disable: 'none',
    fixeddelay: 'fixed-delay',
    failurerate: 'failure-rate',
    exponentialdelay: 'exponential-delay',
  },
  description:
    'none (off, disable), fixed-delay, failure-rate or exponential-delay; unset means exponential-delay when checkpoints are taken, else none.',
});

export const RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS: ConfigOption<number> = intOption({
  key: 'restart-strategy.fixed-delay.attempts',
  defaultValue: 1,
  min: 0,
  description: 'How many restarts before the job fails for good.',
});

export const RESTART_STRATEGY_FIXED_DELAY_DELAY: ConfigOption<number> = durationOption({
  key: 'restart-strategy.fixed-delay.delay',
  defaultValue: SECOND_MS,
  description: 'The wait before each restart.',
});

export const RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL: ConfigOption<number> =
  intOption({
    key: 'restart-strategy.failure-rate.max-failures-per-interval',
    defaultValue: 1,
    min: 1,
    description: 'How many failures the interval may hold before the job fails for good.',
  });

export const RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL: ConfigOption<number> =
  durationOption({
    key: 'restart-strategy.failure-rate.failure-rate-interval',
    defaultValue: MINUTE_MS,
    description: 'The interval over which failures are counted.',
  });

export const RESTART_STRATEGY_FAILURE_RATE_DELAY: ConfigOption<number> = durationOption({
  key: 'restart-strategy.failure-rate.delay',
  defaultValue: SECOND_MS,
  description: 'The wait before each restart.',
});

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF: ConfigOption<number> =
  durationOption({
    key: 'restart-strategy.exponential-delay.initial-backoff',
    defaultValue: SECOND_MS,
    min: 1,
    description: 'The wait before the first restart.',
  });

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF: ConfigOption<number> = durationOption({
  key: 'restart-strategy.exponential-delay.max-backoff',
  defaultValue: MINUTE_MS,
  min: 1,
  description: 'The longest wait before a restart.',
});

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER: ConfigOption<number> =
  doubleOption({
    key: 'restart-strategy.exponential-delay.backoff-multiplier',
    defaultValue: 1.5,
    min: 1,
    description: 'The factor by which the wait grows with each restart.',
  });

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD: ConfigOption<number> =
  durationOption({
    key: 'restart-strategy.exponential-delay.reset-backoff-threshold',
    defaultValue: 60 * MINUTE_MS,
    min: 1,
    description: 'After this long without a failure the wait starts from its first value again.',
  });

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR: ConfigOption<number> = doubleOption({
  key: 'restart-strategy.exponential-delay.jitter-factor',
  defaultValue: 0.1,
  min: 0,
  max: 1,
  description: 'The share of the wait that is random, added or taken away.',
});

export const RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS_BEFORE_RESET_BACKOFF: ConfigOption<number> =
  intOption({
    key: 'restart-strategy.exponential-delay.attempts-before-reset-backoff',
    defaultValue: 2 ** 31 - 1, // In effect endless.
    min: 1,
    description: 'How many restarts before the job fails for good, counted since the last reset.',
  });
