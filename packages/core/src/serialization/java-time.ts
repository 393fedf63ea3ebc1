/**
 * Times of java.time as plain values, to the nanosecond. `equals` compares; nothing is changed.
 *
 * Java: Instant, LocalDate, LocalTime, LocalDateTime; java.sql.Timestamp.
 */
import { ConfigError } from '../errors/errors.ts';

const NANOS_PER_MILLI = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

export class Instant {
  /** Whole seconds since 1970-01-01T00:00Z, rounded down. */
  readonly epochSecond: number;
  /** In `[0, 999_999_999]`. */
  readonly nano: number;

  constructor(epochSecond: number, nano: number) {
    checkRange('the nanosecond of an Instant', nano, 0, NANOS_PER_SECOND - 1);
    this.epochSecond = epochSecond;
    this.nano = nano;
  }

  static ofEpochMilli(millis: number): Instant {
    const second = Math.floor(millis / 1000);
    return new Instant(second, (millis - second * 1000) * NANOS_PER_MILLI);
  }

  /** Rounded down to a millisecond. */
  toEpochMilli(): number {
    return this.epochSecond * 1000 + Math.floor(this.nano / NANOS_PER_MILLI);
  }

  equals(other: Instant): boolean {
    return this.epochSecond === other.epochSecond && this.nano === other.nano;
  }

  toString(): string {
    const seconds = new Date(this.epochSecond * 1000).toISOString().slice(0, -5);
    return `${seconds}${fraction(this.nano)}Z`;
  }
}

export class LocalDate {
  readonly year: number;
  /** In `[1, 12]`. */
  readonly month: number;
  /** In `[1, 31]`. */
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    checkRange('the month of a date', month, 1, 12);
    checkRange('the day of a date', day, 1, daysOf(year, month));
    this.year = year;
    this.month = month;
    this.day = day;
  }

  equals(other: LocalDate): boolean {
    return this.year === other.year && this.month === other.month && this.day === other.day;
  }

  toString(): string {
    const year = String(Math.abs(this.year)).padStart(4, '0');
    const sign = this.year < 0 ? '-' : this.year > 9999 ? '+' : '';
    return `${sign}${year}-${two(this.month)}-${two(this.day)}`;
  }
}

export class LocalTime {
  /** In `[0, 23]`. */
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** In `[0, 999_999_999]`. */
  readonly nano: number;

  constructor(hour: number, minute: number, second: number, nano = 0) {
    checkRange('the hour of a time', hour, 0, 23);
    checkRange('the minute of a time', minute, 0, 59);
    checkRange('the second of a time', second, 0, 59);
    checkRange('the nanosecond of a time', nano, 0, NANOS_PER_SECOND - 1);
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.nano = nano;
  }

  toNanoOfDay(): number {
    return ((this.hour * 60 + this.minute) * 60 + this.second) * NANOS_PER_SECOND + this.nano;
  }

  equals(other: LocalTime): boolean {
    return this.toNanoOfDay() === other.toNanoOfDay();
  }

  toString(): string {
    return `${two(this.hour)}:${two(this.minute)}:${two(this.second)}${fraction(this.nano)}`;
  }
}

export class LocalDateTime {
  readonly date: LocalDate;
  readonly time: LocalTime;

  constructor(date: LocalDate, time: LocalTime) {
    this.date = date;
    this.time = time;
  }

  equals(other: LocalDateTime): boolean {
    return this.date.equals(other.date) && this.time.equals(other.time);
  }

  toString(): string {
    return `${this.date}T${this.time}`;
  }
}

/** A moment in milliseconds with the nanoseconds of its second. Java: java.sql.Timestamp. */
export class SqlTimestamp {
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly time: number;
  /** Of the second, so it repeats the milliseconds; in `[0, 999_999_999]`. */
  readonly nanos: number;

  constructor(time: number, nanos: number = (((time % 1000) + 1000) % 1000) * NANOS_PER_MILLI) {
    checkRange('the nanosecond of a timestamp', nanos, 0, NANOS_PER_SECOND - 1);
    this.time = time;
    this.nanos = nanos;
  }

  equals(other: SqlTimestamp): boolean {
    return this.time === other.time && this.nanos === other.nanos;
  }

  toString(): string {
    return new Instant(Math.floor(this.time / 1000), this.nanos).toString();
  }
}

function daysOf(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `${what} is ${value}; use ${least} to ${most}`);
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function fraction(nano: number): string {
  return nano === 0 ? '' : `.${String(nano).padStart(9, '0').replace(/0+$/, '')}`;
}
