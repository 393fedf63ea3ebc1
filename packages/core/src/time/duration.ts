/**
 * Lengths of time as programs and configuration files give them: a number of milliseconds, or text
 * in Flink's spelling such as `'10 s'`.
 *
 * Invariant: what is accepted, and its value, is what Flink accepts; fractions, signs and ISO-8601
 * texts are refused.
 *
 * Flink: TimeUtils.parseDuration.
 */
import { ConfigError } from '../errors/errors.ts';

/** Milliseconds, or a whole number with a unit: `'1 min'`, `'500ms'`; no unit is milliseconds. */
export type Duration = number | string;

const ANY_DURATION = 'the duration';

const NANOS_PER_MS = 1_000_000n;

/** How many nanoseconds each unit has; labels are compared in lower case. */
const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ...unit(['d', 'day', 'days'], 86_400_000n * NANOS_PER_MS),
  ...unit(['h', 'hour', 'hours'], 3_600_000n * NANOS_PER_MS),
  ...unit(['min', 'm', 'minute', 'minutes'], 60_000n * NANOS_PER_MS),
  ...unit(['s', 'sec', 'secs', 'second', 'seconds'], 1000n * NANOS_PER_MS),
  ...unit(['ms', 'milli', 'millis', 'millisecond', 'milliseconds'], NANOS_PER_MS),
  ...unit(['µs', 'micro', 'micros', 'microsecond', 'microseconds'], 1000n),
  ...unit(['ns', 'nano', 'nanos', 'nanosecond', 'nanoseconds'], 1n),
]);

function unit(labels: readonly string[], nanos: bigint): [string, bigint][] {
  return labels.map((label) => [label, nanos]);
}

/**
 * Milliseconds of a duration, whole and not negative; parts of a millisecond are cut off.
 *
 * @param what - names the parameter in messages: `the size of TumblingEventTimeWindows`
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function durationMs(value: Duration, what: string = ANY_DURATION): number {
  if (typeof value === 'string') {
    return parseDuration(value, what);
  }
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} is ${shown(value)}; use a whole number of milliseconds from 0, or text such as '10 s'`,
    );
  }
  return value;
}

/**
 * Milliseconds of a length of time that may lie before: a number below 0, or text with a minus sign
 * such as `'-10 s'`.
 *
 * @param what - names the parameter in messages
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function signedDurationMs(value: Duration, what: string = ANY_DURATION): number {
  if (typeof value === 'string') {
    const text = value.trim();
    return text.startsWith('-')
      ? 0 - parseDuration(text.slice(1), what)
      : parseDuration(text, what);
  }
  if (!Number.isSafeInteger(value)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${what} is ${shown(value)}; use a whole number of milliseconds, or text such as '-10 s'`,
    );
  }
  return value;
}

/**
 * Milliseconds of a duration's text, as in configuration files.
 *
 * @param what - names the parameter in messages
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 */
export function parseDuration(text: string, what: string = ANY_DURATION): number {
  const match = /^([0-9]+)\s*([^0-9\s]*)$/.exec(text.trim());
  if (match === null) {
    throw invalid(what, text, 'it is not a whole number with an optional unit');
  }
  const label = (match[2] as string).toLowerCase();
  // Java lower-cases the micro sign to itself; the Greek letter mu is another character.
  const nanos = label === '' ? NANOS_PER_MS : UNIT_NANOS.get(label);
  if (nanos === undefined) {
    throw invalid(what, text, `'${match[2]}' is not a unit`);
  }
  const ms = Number((BigInt(match[1] as string) * nanos) / NANOS_PER_MS);
  if (!Number.isSafeInteger(ms)) {
    throw invalid(what, text, 'it is too long');
  }
  return ms;
}

/** With its unit if it is a number. */
function shown(value: unknown): string {
  return typeof value === 'number' ? `${value} ms` : String(value);
}

function invalid(what: string, text: string, why: string): ConfigError {
  return new ConfigError(
    'CONFIG_VALUE_INVALID',
    `${what} '${text}' is invalid: ${why}; write it as '10 s', with d, h, min, s, ms, µs or ns`,
  );
}
