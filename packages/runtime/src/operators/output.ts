/**
 * Where an operator emits: the next operator of its chain, a channel to another task, or several.
 */
// Hot path.

import type { OutputTag } from '@millrace/core';

import type { LatencyMarker } from './latency-marker.ts';

export type WatermarkStatus = 'active' | 'idle';

export interface Output<OUT> {
  /** @param timestamp - event time of the record, `MIN_TIMESTAMP` when it has none */
  collect(value: OUT, timestamp: number): void;
  /** A side output that nobody consumes drops the record. */
  collectSide<X>(tag: OutputTag<X>, value: X, timestamp: number): void;
  emitWatermark(watermark: number): void;
  emitWatermarkStatus(status: WatermarkStatus): void;
  /** To one of those that records go to. */
  emitLatencyMarker(marker: LatencyMarker): void;
}
