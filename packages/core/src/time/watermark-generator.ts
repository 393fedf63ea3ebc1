/**
 * Who decides how far event time has come.
 *
 * Flink: WatermarkGenerator, WatermarkOutput. Semantics: W says that no record with a timestamp
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
