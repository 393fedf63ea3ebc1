/**
 * What may be the timestamp of a record.
 *
 * Invariant: no `NaN` gets past here; channels tell events from records by it.
 */
// Hot path.

import { MAX_TIMESTAMP, TaskError } from '@millrace/core';
import { describeRecord } from './key-context.ts';

/**
 * A number below `MAX_TIMESTAMP`; `MIN_TIMESTAMP` is a record without one. The end of time is none:
 * a watermark that follows it would end event time for all records after it.
 */
export function isRecordTimestamp(timestamp: unknown): boolean {
  return typeof timestamp === 'number' && timestamp < MAX_TIMESTAMP; // False for NaN.
}

/** @param by - who gave it, for the message */
export function timestampMissing(timestamp: unknown, record: unknown, by: string): TaskError {
  return new TaskError(
    'TIMESTAMP_MISSING',
    `${by} gave ${describeTimestamp(timestamp)} for the record ${describeRecord(record)}; give milliseconds since the epoch as a number (Date.parse gives NaN for text that is no date), or MIN_TIMESTAMP for a record without time`,
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
