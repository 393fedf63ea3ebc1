/**
 * Moments, dates and times of day from JSON in the form of `valueToJson`.
 *
 * Invariants:
 * - Nothing is rounded: what has more digits than the type, or a number that is none, is refused.
 * - A moment says its zone, so it is the same wherever it is read. Of a day alone it is midnight UTC.
 */
import { Instant, LocalDate, LocalDateTime, LocalTime, SqlTimestamp } from '@millrace/core';

export const MOMENT_HINT =
  'use ISO-8601 with a zone, such as 2024-02-01T10:00:00Z, or whole milliseconds';

const MOMENT =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?$/;
const NANOS_PER_MILLI = 1_000_000;

/** Milliseconds; `"Infinity"` and `"-Infinity"` are Java's largest and smallest. */
export function timestampOf(json: unknown): number | undefined {
  if (json === 'Infinity' || json === '-Infinity') {
    return Number(json);
  }
  return Number.isSafeInteger(json) ? (json as number) : undefined;
}

/** @throws ConfigError for a day or an hour that no calendar has */
export function instantOf(json: unknown): Instant | undefined {
  if (Number.isSafeInteger(json)) {
    return Instant.ofEpochMilli(json as number);
  }
  if (typeof json === 'object' && json !== null && 'epochSecond' in json && 'nano' in json) {
    const second = timestampOf(json.epochSecond);
    return second === undefined ? undefined : new Instant(second, json.nano as number);
  }
  const [match, year, month, day, clock = '00:00', second = '00', digits = '', zone = 'Z'] =
    MOMENT.exec(String(json)) ?? [];
  if (match === undefined) {
    return undefined;
  }
  // They refuse what JavaScript would take for the next day.
  new LocalDate(Number(year), Number(month), Number(day));
  localTimeOf(`${clock}:${second}`);
  const millis = Date.parse(`${year}-${month}-${day}T${clock}:${second}${zone}`);
  return Number.isNaN(millis)
    ? undefined
    : new Instant(millis / 1000, Number(digits.padEnd(9, '0')));
}

export function dateOf(json: unknown): Date | undefined {
  const instant = instantOf(json);
  if (instant === undefined || instant.nano % NANOS_PER_MILLI !== 0) {
    return undefined;
  }
  const date = new Date(instant.toEpochMilli());
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function sqlTimestampOf(json: unknown): SqlTimestamp | undefined {
  if (typeof json === 'object' && json !== null && 'time' in json && 'nanos' in json) {
    const time = timestampOf(json.time);
    return time === undefined ? undefined : new SqlTimestamp(time, json.nanos as number);
  }
  const instant = instantOf(json);
  return instant && new SqlTimestamp(instant.toEpochMilli(), instant.nano);
}

export function localDateOf(json: unknown): LocalDate | undefined {
  const [, year, month, day] = /^([+-]?\d{4,})-(\d\d)-(\d\d)$/.exec(String(json)) ?? [];
  return year === undefined ? undefined : new LocalDate(Number(year), Number(month), Number(day));
}

export function localTimeOf(json: unknown): LocalTime | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/.exec(String(json));
  if (match === null) {
    return undefined;
  }
  const [, hour, minute, second = '0', fraction = ''] = match;
  const nano = Number(fraction.padEnd(9, '0'));
  return new LocalTime(Number(hour), Number(minute), Number(second), nano);
}

export function localDateTimeOf(json: unknown): LocalDateTime | undefined {
  const [date, time, ...rest] = String(json).split('T');
  const day = localDateOf(date);
  const clock = localTimeOf(time);
  return day && clock && rest.length === 0 ? new LocalDateTime(day, clock) : undefined;
}
