import type { MetricGroup } from '../metrics/metrics.ts';

/**
 * Event time of a record in milliseconds since the epoch.
 *
 * The task fails with `TIMESTAMP_MISSING` if the result is no number, `NaN` or `Infinity`;
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
