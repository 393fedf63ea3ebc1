/** When a value of state with a time to live is expired. Flink: TtlUtils. */
// Hot path.
import type { StateTtlConfig, TtlValue } from '@millrace/core';
import type { IsObsolete } from '../backend/internal-kv-state.ts';
import type { StateTtlCleanup } from '../backend/keyed-state-backend.ts';

/** The processing time of the operator. Flink: TtlTimeProvider. */
export interface TtlTimeProvider {
  currentProcessingTime(): number;
}

/**
 * Times are doubles: a sum beyond 2^63 loses its last digits but stays after every `now`, where
 * a long would overflow.
 */
export function isExpired(stored: TtlValue<unknown>, timeToLiveMs: number, now: number): boolean {
  return stored.lastAccessTimestamp + timeToLiveMs <= now;
}

/** Each value of state is of this one shape. */
export function ttlValue<T>(userValue: T, now: number): TtlValue<T> {
  return { lastAccessTimestamp: now, userValue };
}

/** What one state's config says, at hand for each access. */
export class TtlRules {
  readonly timeToLiveMs: number;
  readonly updatesOnRead: boolean;
  readonly returnsExpired: boolean;
  readonly time: TtlTimeProvider;

  constructor(config: StateTtlConfig, time: TtlTimeProvider) {
    this.timeToLiveMs = config.timeToLiveMs;
    this.updatesOnRead = config.updateType === 'OnReadAndWrite';
    this.returnsExpired = config.stateVisibility === 'ReturnExpiredIfNotCleanedUp';
    this.time = time;
  }

  now(): number {
    return this.time.currentProcessingTime();
  }

  /** What a function that folds values is given of one: nothing when it may not see it any more. */
  visible<T>(stored: TtlValue<T> | undefined, now: number): T | undefined {
    return stored === undefined ||
      (!this.returnsExpired && isExpired(stored, this.timeToLiveMs, now))
      ? undefined
      : stored.userValue;
  }
}

/** What a backend may drop of the state by itself. */
export function ttlCleanup(config: StateTtlConfig, time: TtlTimeProvider): StateTtlCleanup {
  const { timeToLiveMs } = config;
  const expiredAt = (now: number): IsObsolete => {
    return (stored) => isExpired(stored as TtlValue<unknown>, timeToLiveMs, now);
  };
  return {
    config,
    isExpired: (stored) =>
      isExpired(stored as TtlValue<unknown>, timeToLiveMs, time.currentProcessingTime()),
    now: () => time.currentProcessingTime(),
    expiredNow: () => expiredAt(time.currentProcessingTime()),
    filterOfFullSnapshot: () =>
      config.cleanupStrategies.inFullSnapshot ? expiredAt(time.currentProcessingTime()) : undefined,
  };
}
