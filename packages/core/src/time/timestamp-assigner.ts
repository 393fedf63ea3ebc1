import type { MetricGroup } from '../metrics/metrics.ts';

/**
 * Event time of a record in milliseconds since the epoch.
 *
 * The task fails with `TIMESTAMP_MISSING` unless the result is a whole number of at most 2^53 - 1;
 * `MIN_TIMESTAMP` stands for no timestamp. `recordTimestamp` is the timestamp that the record had
 * before, `MIN_TIMESTAMP` if none.
 *
 * Flink: TimestampAssigner.
 */
export type TimestampAssigner<T> =
  | ExtractTimestamp<T>
  | { extractTimestamp(element: T, recordTimestamp: number): number };

export type ExtractTimestamp<T> = (element: T, recordTimestamp: number) => number;

/** Flink: TimestampAssignerSupplier.Context. */
export interface TimestampAssignerContext {
  /** Of the operator. */
  readonly metricGroup: MetricGroup;
}

/** Makes an assigner for each subtask. Flink: TimestampAssignerSupplier. */
export interface TimestampAssignerSupplier<T> {
  createTimestampAssigner(context: TimestampAssignerContext): TimestampAssigner<T>;
}
