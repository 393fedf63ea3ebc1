/**
 * Which folder below the base path a record goes to.
 *
 * Flink: BucketAssigner, BasePathBucketAssigner, DateTimeBucketAssigner.
 */
import { ConfigError } from '@millrace/core';

export interface BucketAssignerContext {
  /** `undefined` for a record without one. */
  timestamp(): number | undefined;
  currentWatermark(): number;
  currentProcessingTime(): number;
}

/** A relative path with `/` between its parts; `''` is the base path itself. */
export type BucketAssigner<T> = (element: T, context: BucketAssignerContext) => string;

export function basePathBucketAssigner<T>(): BucketAssigner<T> {
  return () => '';
}

export interface DateTimeBucketOptions {
  /** Java's letters yyyy MM dd HH mm ss; texts in quotes stand for themselves. */
  readonly format?: string;
  /** An IANA zone. Unlike Flink: UTC unless set, so that all machines agree. */
  readonly timeZone?: string;
}

const FIELD = /yyyy|MM|dd|HH|mm|ss|'[^']*'|[a-zA-Z]+/g;
const FIELD_OF: Readonly<Record<string, Intl.DateTimeFormatPartTypes>> = {
  yyyy: 'year',
  MM: 'month',
  dd: 'day',
  HH: 'hour',
  mm: 'minute',
  ss: 'second',
};

/**
 * Folders by processing time, one an hour (`2026-01-31--14`) unless the format says otherwise.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID` for other letters and unknown zones
 */
export function dateTimeBucketAssigner<T>(options: DateTimeBucketOptions = {}): BucketAssigner<T> {
  const format = options.format ?? 'yyyy-MM-dd--HH';
  const fields = zonedFields(options.timeZone ?? 'UTC');
  for (const letters of format.match(FIELD) ?? []) {
    if (FIELD_OF[letters] === undefined && !letters.startsWith("'")) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `the bucket format '${format}' has '${letters}'; use yyyy MM dd HH mm ss, quote other text`,
      );
    }
  }
  let bucketId = '';
  let second = Number.NaN;
  return (_element, context) => {
    const now = Math.floor(context.currentProcessingTime() / 1000);
    if (now !== second) {
      second = now;
      const parts = fields(now * 1000);
      bucketId = format.replace(FIELD, (letters) => {
        const field = FIELD_OF[letters];
        return field === undefined ? letters.slice(1, -1) : (parts.get(field) ?? '');
      });
    }
    return bucketId;
  };
}

function zonedFields(timeZone: string): (ms: number) => Map<string, string> {
  let zoned: Intl.DateTimeFormat;
  try {
    zoned = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (cause) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `'${timeZone}' is no time zone; use e.g. 'UTC'`, {
      cause,
    });
  }
  return (ms) => new Map(zoned.formatToParts(ms).map((part) => [part.type, part.value]));
}
