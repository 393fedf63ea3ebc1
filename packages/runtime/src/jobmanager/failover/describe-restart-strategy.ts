/** The restart strategy in Flink's words. Flink: RestartStrategyDescriptionUtils. */
import { type Configuration, RestartStrategyOptions as Keys } from '@millrace/core';

export function describeRestartStrategy(configuration: Configuration): string {
  const duration = (key: typeof Keys.RESTART_STRATEGY_FIXED_DELAY_DELAY): string =>
    isoDuration(configuration.get(key));
  switch (configuration.get(Keys.RESTART_STRATEGY)) {
    case 'none':
      return 'Restart deactivated.';
    case 'fixed-delay': {
      const attempts = configuration.get(Keys.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS);
      const delay = duration(Keys.RESTART_STRATEGY_FIXED_DELAY_DELAY);
      return `Restart with fixed delay (${delay}). #${attempts} restart attempts.`;
    }
    case 'failure-rate': {
      const failures = configuration.get(
        Keys.RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL,
      );
      const interval = duration(Keys.RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL);
      const delay = duration(Keys.RESTART_STRATEGY_FAILURE_RATE_DELAY);
      return `Failure rate restart with maximum of ${failures} failures within interval ${interval} and fixed delay ${delay}.`;
    }
    case 'exponential-delay': {
      const multiplier = configuration.get(
        Keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER,
      );
      const jitter = configuration.get(Keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR);
      const initial = duration(Keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF);
      const max = duration(Keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF);
      const reset = duration(Keys.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD);
      return (
        `Restart with exponential delay: starting at ${initial}, increasing by ` +
        `${multiplier.toFixed(6)}, with maximum ${max}. Delay resets after ${reset} with jitter ` +
        jitter.toFixed(6)
      );
    }
    default:
      return 'Cluster level default restart strategy';
  }
}

const MS_PER_MINUTE = 60_000;

/** As Java prints a `Duration`: `PT1H2M3.5S`, `PT0S`. */
function isoDuration(ms: number): string {
  const hours = Math.floor(ms / (60 * MS_PER_MINUTE));
  const minutes = Math.floor(ms / MS_PER_MINUTE) % 60;
  const seconds = (ms % MS_PER_MINUTE) / 1000;
  const parts = [
    hours === 0 ? '' : `${hours}H`,
    minutes === 0 ? '' : `${minutes}M`,
    seconds === 0 ? '' : `${seconds}S`,
  ].join('');
  return `PT${parts === '' ? '0S' : parts}`;
}
