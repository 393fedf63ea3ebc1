/**
 * Parquet's values as JavaScript's: 64-bit integers are numbers, times are milliseconds or Dates,
 * texts are strings, and an absent value is `null`.
 */
import type { ParquetParsers } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';

/** `millis`: whole milliseconds since the epoch, rounded down. */
export type ParquetTimestamps = 'millis' | 'date';

export function parquetParsers(timestamps: ParquetTimestamps): ParquetParsers {
  const time = timestamps === 'date' ? (ms: number) => new Date(ms) : (ms: number) => ms;
  // hyparquet types these results as Date, but hands on whatever they give.
  return {
    ...DEFAULT_PARSERS,
    timestampFromMilliseconds: (value: bigint) => time(Number(value)),
    timestampFromMicroseconds: (value: bigint) => time(floorDivide(value, 1000n)),
    timestampFromNanoseconds: (value: bigint) => time(floorDivide(value, 1_000_000n)),
    dateFromDays: (days: number) => time(days * 86_400_000),
  } as ParquetParsers;
}

function floorDivide(value: bigint, divisor: bigint): number {
  const remainder = value % divisor;
  return Number(
    remainder < 0n ? (value - remainder) / divisor - 1n : (value - remainder) / divisor,
  );
}

/** A 64-bit integer beyond 2^53. */
export class LongOutOfRange extends Error {
  constructor(value: bigint) {
    super(`the 64-bit integer ${value} does not fit a number`);
  }
}

/** @throws LongOutOfRange */
export function toPlainValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new LongOutOfRange(value);
    }
    return number;
  }
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'object' || value instanceof Date || ArrayBuffer.isView(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(toPlainValue);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, toPlainValue(item)]),
  );
}
