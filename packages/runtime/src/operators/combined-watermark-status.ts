/**
 * Event time of an operator with several inputs: the smallest watermark over those that are active.
 *
 * Invariants:
 * - The combined watermark never goes back; an input that comes back from idle with an older one
 *   holds it where it is.
 * - It is idle only when every input is. What an idle input had reached does not count meanwhile.
 * - A watermark makes its input active.
 *
 * Flink: IndexedCombinedWatermarkStatus.
 */
// Hot path.

import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '@millrace/core';

export class CombinedWatermarkStatus {
  combinedWatermark: number;
  isIdle: boolean;
  private readonly watermarks: number[];
  private readonly idle: boolean[];

  constructor(numberOfInputs: number) {
    this.combinedWatermark = MIN_TIMESTAMP;
    this.isIdle = false;
    this.watermarks = Array.from({ length: numberOfInputs }, () => MIN_TIMESTAMP);
    this.idle = Array.from({ length: numberOfInputs }, () => false);
  }

  /** The largest that the input had. */
  watermarkOf(inputIndex: number): number {
    return this.watermarks[inputIndex] as number;
  }

  /** @returns true when the combined watermark advanced */
  updateWatermark(inputIndex: number, watermark: number): boolean {
    this.idle[inputIndex] = false;
    this.watermarks[inputIndex] = Math.max(this.watermarks[inputIndex] as number, watermark);
    return this.update();
  }

  /** @returns true when the combined watermark advanced: an input that became idle held it back */
  updateStatus(inputIndex: number, isIdle: boolean): boolean {
    this.idle[inputIndex] = isIdle;
    return this.update();
  }

  private update(): boolean {
    let minimum = MAX_TIMESTAMP;
    let allIdle = true;
    for (let i = 0; i < this.watermarks.length; i++) {
      if (!this.idle[i]) {
        allIdle = false;
        minimum = Math.min(minimum, this.watermarks[i] as number);
      }
    }
    this.isIdle = allIdle;
    if (allIdle || minimum <= this.combinedWatermark) {
      return false;
    }
    this.combinedWatermark = minimum;
    return true;
  }
}
