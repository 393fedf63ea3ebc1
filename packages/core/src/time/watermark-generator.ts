/**
 * Who decides how far event time has come.
 *
 * Flink: WatermarkGenerator, WatermarkOutput. Semantics: W says that no record with a timestamp
 * `<= W` follows.
 */
import type { MetricGroup } from '../metrics/metrics.ts';
import type { RelativeClock } from './pausable-relative-clock.ts';

/** Flink: WatermarkGeneratorSupplier.Context. */
export interface WatermarkGeneratorContext {
  /** Of the operator. */
  readonly metricGroup: MetricGroup;
  /** Stands still while the input is held back by backpressure or watermark alignment. */
  readonly inputActivityClock: RelativeClock;
}

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
