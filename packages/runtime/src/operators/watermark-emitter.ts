/**
 * Puts what generators say into a stream.
 *
 * Invariants:
 * - Watermarks that are emitted grow.
 * - A status is emitted only when it changes, and a watermark makes an idle stream active first.
 *
 * Flink: WatermarkToDataOutput.
 */
// Hot path.

import { MIN_TIMESTAMP, type WatermarkOutput } from '@millrace/core';
import type { WatermarkStatus } from './output.ts';

export interface WatermarkTarget {
  emitWatermark(watermark: number): void;
  emitWatermarkStatus(status: WatermarkStatus): void;
}

/** Where the watermarks of a batch go: only the final one counts, which does not come this way. */
export const NO_WATERMARKS: WatermarkTarget = {
  emitWatermark: () => {},
  emitWatermarkStatus: () => {},
};

export class WatermarkEmitter implements WatermarkOutput {
  lastEmitted: number;
  private readonly target: WatermarkTarget;
  private isIdle: boolean;

  constructor(target: WatermarkTarget) {
    this.lastEmitted = MIN_TIMESTAMP;
    this.target = target;
    this.isIdle = false;
  }

  emitWatermark(watermark: number): void {
    // Written so that NaN, which a generator without records may compute, is dropped.
    if (watermark > this.lastEmitted) {
      this.lastEmitted = watermark;
      this.markActive();
      this.target.emitWatermark(watermark);
    }
  }

  markIdle(): void {
    if (!this.isIdle) {
      this.isIdle = true;
      this.target.emitWatermarkStatus('idle');
    }
  }

  markActive(): void {
    if (this.isIdle) {
      this.isIdle = false;
      this.target.emitWatermarkStatus('active');
    }
  }
}
