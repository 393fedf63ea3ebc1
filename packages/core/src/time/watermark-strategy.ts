/**
 * How a stream gets its event time.
 *
 * Flink: org.apache.flink.api.common.eventtime. Semantics: W says that no record with a timestamp
 * `<= W` follows.
 */

export interface WatermarkOutput {
  /** Ignored unless larger than the last one emitted. */
  emitWatermark(watermark: number): void;
  markIdle(): void;
  markActive(): void;
}

export interface WatermarkGenerator<T> {
  /** Called after each record was emitted, so a watermark given here follows that record. */
  onEvent(event: T, eventTimestamp: number, output: WatermarkOutput): void;
  /** Called each `pipeline.auto-watermark-interval`. */
  onPeriodicEmit(output: WatermarkOutput): void;
}

/**
 * Event time of a record in milliseconds since the epoch.
 *
 * @param recordTimestamp - the timestamp that the record had before, `MIN_TIMESTAMP` if none
 */
export type TimestampAssigner<T> = (element: T, recordTimestamp: number) => number;

export interface WatermarkStrategy<T> {
  createWatermarkGenerator(): WatermarkGenerator<T>;
  readonly timestampAssigner: TimestampAssigner<T> | undefined;
  /** A source without a record for longer than this is idle. Milliseconds. */
  readonly idlenessMs: number | undefined;
}
