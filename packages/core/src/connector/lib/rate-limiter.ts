/**
 * How fast a source may emit.
 *
 * Flink: RateLimiter, RateLimiterStrategy, GuavaRateLimiter, GatedRateLimiter.
 */
import { ConfigError } from '../../errors/errors.ts';
import type { Clock, Timer } from '../../time/clock.ts';

/** Of one subtask. */
export interface RateLimiter {
  /** How many of `wanted` records may be emitted now; 0 when `whenAvailable` tells when. */
  acquire(wanted: number): number;
  whenAvailable(): Promise<void>;
  notifyCheckpointComplete(checkpointId: number): void;
  close(): void;
}

export interface RateLimiterStrategy {
  /** `undefined` for no limit. */
  createRateLimiter(parallelism: number, clock: Clock): RateLimiter | undefined;
}

export const RateLimiterStrategy: {
  noOp(): RateLimiterStrategy;
  perSecond(recordsPerSecond: number): RateLimiterStrategy;
  perCheckpoint(recordsPerCheckpoint: number): RateLimiterStrategy;
} = {
  noOp(): RateLimiterStrategy {
    return { createRateLimiter: () => undefined };
  },

  /**
   * At most this many records a second, over all subtasks together. After a pause up to one
   * second's worth follows at once.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` unless above 0
   */
  perSecond(recordsPerSecond: number): RateLimiterStrategy {
    if (!(recordsPerSecond > 0 && Number.isFinite(recordsPerSecond))) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a rate of ${recordsPerSecond} records a second; use a number above 0, or noOp()`,
      );
    }
    return {
      createRateLimiter: (parallelism, clock) =>
        new SteadyRateLimiter(recordsPerSecond / parallelism, clock),
    };
  },

  /**
   * This many records between two completed checkpoints, over all subtasks together. Without
   * checkpoints nothing follows the first ones.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` for less than one record a subtask
   */
  perCheckpoint(recordsPerCheckpoint: number): RateLimiterStrategy {
    return {
      createRateLimiter: (parallelism) => {
        const perSubtask = Math.floor(recordsPerCheckpoint / parallelism);
        if (!(perSubtask >= 1)) {
          throw new ConfigError(
            'CONFIG_VALUE_INVALID',
            `${recordsPerCheckpoint} records a checkpoint at parallelism ${parallelism}; ` +
              'use at least one for each subtask',
          );
        }
        return new GatedRateLimiter(perSubtask);
      },
    };
  },
};

const BURST_MS = 1000;

class SteadyRateLimiter implements RateLimiter {
  private readonly recordsPerMs: number;
  private readonly permitsMax: number;
  private readonly clock: Clock;
  private permits = 1;
  private refilledAt: number;
  private timer: Timer | undefined = undefined;
  private waiting: Promise<void> | undefined = undefined;

  constructor(recordsPerSecond: number, clock: Clock) {
    this.recordsPerMs = recordsPerSecond / 1000;
    this.permitsMax = Math.max(1, this.recordsPerMs * BURST_MS);
    this.clock = clock;
    this.refilledAt = clock.now();
  }

  acquire(wanted: number): number {
    const now = this.clock.now();
    const refill = Math.max(0, now - this.refilledAt) * this.recordsPerMs;
    this.permits = Math.min(this.permitsMax, this.permits + refill);
    this.refilledAt = now;
    const granted = Math.min(wanted, Math.floor(this.permits));
    this.permits -= granted;
    return granted;
  }

  whenAvailable(): Promise<void> {
    this.waiting ??= new Promise((resolve) => {
      const delayMs = Math.max(0, Math.ceil((1 - this.permits) / this.recordsPerMs));
      this.timer = this.clock.setTimer(delayMs, () => {
        this.waiting = undefined;
        resolve();
      });
    });
    return this.waiting;
  }

  notifyCheckpointComplete(_checkpointId: number): void {}

  close(): void {
    this.timer?.cancel();
  }
}

class GatedRateLimiter implements RateLimiter {
  private readonly permitsPerCheckpoint: number;
  private permits: number;
  private waiting: Promise<void> | undefined = undefined;
  private open: () => void = () => {};

  constructor(permitsPerCheckpoint: number) {
    this.permitsPerCheckpoint = permitsPerCheckpoint;
    this.permits = permitsPerCheckpoint;
  }

  acquire(wanted: number): number {
    const granted = Math.min(wanted, this.permits);
    this.permits -= granted;
    return granted;
  }

  whenAvailable(): Promise<void> {
    this.waiting ??= new Promise((resolve) => {
      this.open = resolve;
    });
    return this.waiting;
  }

  notifyCheckpointComplete(_checkpointId: number): void {
    this.permits = this.permitsPerCheckpoint;
    this.waiting = undefined;
    this.open();
  }

  close(): void {}
}
