/**
 * Combines the watermarks of a source's splits into one: the minimum over those that are not idle.
 *
 * Invariants:
 * - A split that was registered and has given no watermark yet holds the combined one back.
 * - When all splits are idle the output is idle; with no split at all nothing is emitted.
 *
 * Flink: WatermarkOutputMultiplexer, CombinedWatermarkStatus.
 */
// Hot path.

import { MAX_TIMESTAMP, MIN_TIMESTAMP, type WatermarkOutput } from '@millrace/core';

export class WatermarkOutputMultiplexer {
  private readonly underlying: WatermarkOutput;
  private readonly outputs: Map<string, PartialWatermark>;
  private combinedWatermark: number;

  constructor(underlying: WatermarkOutput) {
    this.underlying = underlying;
    this.outputs = new Map();
    this.combinedWatermark = MIN_TIMESTAMP;
  }

  /** @param onAdvance - told each new watermark of this split */
  registerNewOutput(id: string, onAdvance: (watermark: number) => void): PartialWatermark {
    const output = new PartialWatermark(this, onAdvance);
    this.outputs.set(id, output);
    return output;
  }

  /** True when there was one. The combined watermark follows at the next update. */
  unregisterOutput(id: string): boolean {
    return this.outputs.delete(id);
  }

  updateCombinedWatermark(): void {
    if (this.outputs.size === 0) {
      return;
    }
    let minimum = MAX_TIMESTAMP;
    let isIdle = true;
    for (const output of this.outputs.values()) {
      if (!output.isIdle) {
        isIdle = false;
        minimum = Math.min(minimum, output.watermark);
      }
    }
    if (isIdle) {
      this.underlying.markIdle();
      return;
    }
    this.underlying.markActive();
    if (minimum > this.combinedWatermark) {
      this.combinedWatermark = minimum;
      this.underlying.emitWatermark(minimum);
    }
  }
}

/** The output of one split's generator. */
export class PartialWatermark implements WatermarkOutput {
  watermark: number;
  isIdle: boolean;
  /** Set during a periodic emit, which updates the combined watermark once for all splits. */
  isDeferred: boolean;
  private readonly multiplexer: WatermarkOutputMultiplexer;
  private readonly onAdvance: (watermark: number) => void;

  constructor(multiplexer: WatermarkOutputMultiplexer, onAdvance: (watermark: number) => void) {
    this.watermark = MIN_TIMESTAMP;
    this.isIdle = false;
    this.isDeferred = false;
    this.multiplexer = multiplexer;
    this.onAdvance = onAdvance;
  }

  emitWatermark(watermark: number): void {
    const wasIdle = this.isIdle;
    this.isIdle = false;
    const advances = watermark > this.watermark;
    if (advances) {
      this.watermark = watermark;
      this.onAdvance(watermark);
    }
    if (advances || wasIdle) {
      this.changed();
    }
  }

  markIdle(): void {
    this.isIdle = true;
    this.changed();
  }

  markActive(): void {
    if (this.isIdle) {
      this.isIdle = false;
      this.changed();
    }
  }

  private changed(): void {
    if (!this.isDeferred) {
      this.multiplexer.updateCombinedWatermark();
    }
  }
}
