/**
 * What assigners check alike: sizes, offsets, and that a record has a time.
 */
import { ConfigError, TaskError } from '../errors/errors.ts';
import { type Duration, durationMs } from '../time/duration.ts';
import { MIN_TIMESTAMP } from '../time/timestamps.ts';

/** An offset may be negative, which a duration's text cannot say. */
export function offsetMs(what: string, offset: Duration): number {
  return typeof offset === 'number' && offset < 0
    ? -durationMs(-offset, what)
    : durationMs(offset, what);
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` unless it is longer than 0 */
export function positiveMs(what: string, duration: Duration): number {
  const ms = durationMs(duration, what);
  if (ms === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} is 0 ms; use a duration longer than 0, such as 10 s`,
    );
  }
  return ms;
}

/** @throws TaskError `TIMESTAMP_MISSING` */
export function checkTimestamp(timestamp: number, processingTimeAssigner: string): void {
  if (timestamp === MIN_TIMESTAMP) {
    throw new TaskError(
      'TIMESTAMP_MISSING',
      `a record has Long.MIN_VALUE as timestamp, so it has none; give the stream event time with a WatermarkStrategy and a timestamp assigner, or use ${processingTimeAssigner}`,
    );
  }
}
