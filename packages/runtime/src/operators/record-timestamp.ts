/**
 * What may be the timestamp of a record.
 *
 * Invariant: no `NaN` gets past here; channels tell events from records by it.
 */
// Hot path.

import { MIN_TIMESTAMP, TaskError } from '@millrace/core';
import { describeRecord } from './key-context.ts';

/**
 * A whole number of at most 2^53 - 1, as the bytes of a record have it; `MIN_TIMESTAMP` is a record without one.
 * The end of time is none: a watermark that follows it would end event time for all records after it.
 */
export function isRecordTimestamp(timestamp: unknown): boolean {
  return Number.isSafeInteger(timestamp) || timestamp === MIN_TIMESTAMP;
}

/** @param by - who gave it, for the message */
export function timestampMissing(timestamp: unknown, record: unknown, by: string): TaskError {
  return new TaskError(
    'TIMESTAMP_MISSING',
    `${by} gave ${describeTimestamp(timestamp)} for the record ${describeRecord(record)}; give milliseconds since the epoch as a whole number (Math.floor makes one of a fraction; Date.parse gives NaN for text that is no date), or MIN_TIMESTAMP for a record without time`,
  );
}

function describeTimestamp(timestamp: unknown): string {
  switch (typeof timestamp) {
    case 'string':
      return `the string ${describeRecord(timestamp)}`;
    case 'bigint':
      return `the bigint ${timestamp}`;
    case 'object':
      return timestamp === null ? 'null' : `a ${timestamp.constructor?.name ?? 'bare object'}`;
    default:
      return String(timestamp);
  }
}
