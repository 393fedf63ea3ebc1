/**
 * Wraps a generator and says when its input has gone quiet.
 *
 * Invariants:
 * - The time is measured at periodic emits: it begins at the first one that saw no record since
 *   the one before, and the input is idle when more than the timeout has passed since then.
 * - An idle input emits no watermarks. Its next record wakes the generator, and the next watermark
 *   that grows makes the output active again: a record that is behind leaves it idle.
 *
 * Flink: WatermarksWithIdleness.
 */
// Hot path.

import { ConfigError } from '../errors/errors.ts';
import { type Duration, durationMs } from './duration.ts';
import type { RelativeClock } from './pausable-relative-clock.ts';
import type { WatermarkGenerator, WatermarkOutput } from './watermark-generator.ts';

export class WatermarksWithIdleness<T> implements WatermarkGenerator<T> {
  private readonly watermarks: WatermarkGenerator<T>;
  private readonly idleTimeoutMs: number;
  private readonly clock: RelativeClock;
  private isIdleNow: boolean;
  private sawRecord: boolean;
  /** NaN while no emit has seen the quiet begin. */
  private quietSince: number;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the timeout is longer than 0 */
  constructor(watermarks: WatermarkGenerator<T>, idleTimeout: Duration, clock: RelativeClock) {
    this.watermarks = watermarks;
    this.idleTimeoutMs = checkIdleTimeout(idleTimeout);
    this.clock = clock;
    this.isIdleNow = false;
    this.sawRecord = false;
    this.quietSince = Number.NaN;
  }

  onEvent(event: T, eventTimestamp: number, output: WatermarkOutput): void {
    this.watermarks.onEvent(event, eventTimestamp, output);
    this.sawRecord = true;
    this.isIdleNow = false;
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (!this.isQuietTooLong()) {
      this.watermarks.onPeriodicEmit(output);
    } else if (!this.isIdleNow) {
      this.isIdleNow = true;
      output.markIdle();
    }
  }

  private isQuietTooLong(): boolean {
    if (this.sawRecord) {
      this.sawRecord = false;
      this.quietSince = Number.NaN;
      return false;
    }
    if (Number.isNaN(this.quietSince)) {
      this.quietSince = this.clock.now();
      return false;
    }
    return this.clock.now() - this.quietSince > this.idleTimeoutMs;
  }
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` unless the timeout is longer than 0 */
export function checkIdleTimeout(idleTimeout: Duration): number {
  const ms = durationMs(idleTimeout, 'the idle timeout');
  if (ms === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'the idle timeout is 0; use a duration longer than 0, such as 1 min',
    );
  }
  return ms;
}
