/**
 * Says whether and when a failed job restarts.
 *
 * `notifyFailure` tells of a failure; then `canRestart` and `backoffTimeMs` are asked. Time and
 * chance come in with the failure, so a strategy decides the same for the same facts.
 *
 * Flink: RestartBackoffTimeStrategy and its implementations.
 */
import { invariant } from '@millrace/core';

export interface RestartBackoffTimeStrategy {
  /** For the log: the strategy and its settings. */
  readonly description: string;
  /**
   * @param now - milliseconds
   * @param random - in `[0, 1)`
   * @returns true when the failure begins a new attempt; false when it belongs to a restart that
   *   waits already
   */
  notifyFailure(now: number, random: number): boolean;
  canRestart(): boolean;
  /** How long to wait before the restart. */
  backoffTimeMs(): number;
}

export class NoRestartBackoffTimeStrategy implements RestartBackoffTimeStrategy {
  readonly description = 'none';

  notifyFailure(): boolean {
    return true;
  }

  canRestart(): boolean {
    return false;
  }

  backoffTimeMs(): number {
    return 0;
  }
}

/** A number of restarts in the job's life. */
export class FixedDelayRestartBackoffTimeStrategy implements RestartBackoffTimeStrategy {
  readonly description: string;
  private readonly maxAttempts: number;
  private readonly delayMs: number;
  private failures = 0;

  constructor(options: { maxAttempts: number; delayMs: number }) {
    this.maxAttempts = options.maxAttempts;
    this.delayMs = options.delayMs;
    this.description = `fixed-delay (${this.maxAttempts} attempts, ${this.delayMs} ms apart)`;
  }

  notifyFailure(): boolean {
    this.failures++;
    return true;
  }

  canRestart(): boolean {
    return this.failures <= this.maxAttempts;
  }

  backoffTimeMs(): number {
    return this.delayMs;
  }
}

/** Gives up when more than a number of failures lie within an interval. */
export class FailureRateRestartBackoffTimeStrategy implements RestartBackoffTimeStrategy {
  readonly description: string;
  private readonly maxFailuresPerInterval: number;
  private readonly intervalMs: number;
  private readonly delayMs: number;
  /** The newest `maxFailuresPerInterval + 1` times, oldest first. */
  private readonly failures: number[] = [];

  constructor(options: { maxFailuresPerInterval: number; intervalMs: number; delayMs: number }) {
    this.maxFailuresPerInterval = options.maxFailuresPerInterval;
    this.intervalMs = options.intervalMs;
    this.delayMs = options.delayMs;
    this.description =
      `failure-rate (${this.maxFailuresPerInterval} failures in ${this.intervalMs} ms, ` +
      `${this.delayMs} ms apart)`;
  }

  notifyFailure(now: number): boolean {
    this.failures.push(now);
    if (this.failures.length > this.maxFailuresPerInterval + 1) {
      this.failures.shift();
    }
    return true;
  }

  canRestart(): boolean {
    if (this.failures.length <= this.maxFailuresPerInterval) {
      return true;
    }
    return this.failures.at(-1)! - this.failures[0]! > this.intervalMs;
  }

  backoffTimeMs(): number {
    return this.delayMs;
  }
}

export interface ExponentialDelayOptions {
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  /** At least 1. */
  readonly backoffMultiplier: number;
  readonly resetBackoffThresholdMs: number;
  /** In `[0, 1]`. */
  readonly jitterFactor: number;
  /** Restarts before giving up, counted from the last reset; `Infinity` for endless. */
  readonly attemptsBeforeResetBackoff: number;
}

/**
 * Waits longer with each failure, and from the start again after a quiet time.
 *
 * A failure while the restart still waits is part of the same attempt.
 */
export class ExponentialDelayRestartBackoffTimeStrategy implements RestartBackoffTimeStrategy {
  readonly description: string;
  private readonly options: ExponentialDelayOptions;
  private attempt = 0;
  private nextRestartAt = -Infinity;
  private backoffMs = 0;

  constructor(options: ExponentialDelayOptions) {
    invariant(options.backoffMultiplier >= 1, 'the backoff multiplier is at least 1');
    this.options = options;
    this.description =
      `exponential-delay (${options.initialBackoffMs} ms times ${options.backoffMultiplier} ` +
      `to ${options.maxBackoffMs} ms)`;
  }

  notifyFailure(now: number, random: number): boolean {
    if (now <= this.nextRestartAt) {
      return false;
    }
    if (now - this.nextRestartAt >= this.options.resetBackoffThresholdMs) {
      this.attempt = 0;
    }
    this.attempt++;
    this.backoffMs = this.backoffOf(this.attempt, random);
    this.nextRestartAt = now + this.backoffMs;
    return true;
  }

  canRestart(): boolean {
    return this.attempt <= this.options.attemptsBeforeResetBackoff;
  }

  backoffTimeMs(): number {
    return this.backoffMs;
  }

  private backoffOf(attempt: number, random: number): number {
    const { initialBackoffMs, maxBackoffMs, backoffMultiplier, jitterFactor } = this.options;
    const plain = initialBackoffMs * backoffMultiplier ** (attempt - 1);
    const bounded = Math.min(plain, maxBackoffMs);
    const jitter = bounded * jitterFactor * (2 * random - 1);
    // Flink clamps after the jitter, so the first wait is never shorter than the initial one.
    const clamped = Math.min(Math.max(bounded + jitter, initialBackoffMs), maxBackoffMs);
    return Math.floor(clamped);
  }
}
