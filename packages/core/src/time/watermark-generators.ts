/**
 * The generators that come with the engine.
 *
 * Flink: BoundedOutOfOrdernessWatermarks, AscendingTimestampsWatermarks, NoWatermarksGenerator.
 */
// Hot path.

import { type Duration, durationMs } from './duration.ts';
import { MIN_TIMESTAMP } from './timestamps.ts';
import type { WatermarkGenerator, WatermarkOutput } from './watermark-generator.ts';

/** Gives `max timestamp - outOfOrderness - 1` at each periodic emit. */
export class BoundedOutOfOrdernessWatermarks<T> implements WatermarkGenerator<T> {
  private maxTimestamp: number;
  private readonly outOfOrdernessMs: number;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a negative or malformed duration */
  constructor(maxOutOfOrderness: Duration) {
    this.outOfOrdernessMs = durationMs(
      maxOutOfOrderness,
      'maxOutOfOrderness of forBoundedOutOfOrderness',
    );
    // Stays minus infinity after the subtraction, so nothing is emitted before the first record.
    this.maxTimestamp = MIN_TIMESTAMP;
  }

  onEvent(_event: T, eventTimestamp: number, _output: WatermarkOutput): void {
    if (eventTimestamp > this.maxTimestamp) {
      this.maxTimestamp = eventTimestamp;
    }
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    output.emitWatermark(this.maxTimestamp - this.outOfOrdernessMs - 1);
  }
}

/** For timestamps that never fall within one split. */
export class AscendingTimestampsWatermarks<T> extends BoundedOutOfOrdernessWatermarks<T> {
  constructor() {
    super(0);
  }
}

export class NoWatermarksGenerator<T> implements WatermarkGenerator<T> {
  onEvent(_event: T, _eventTimestamp: number, _output: WatermarkOutput): void {}

  onPeriodicEmit(_output: WatermarkOutput): void {}
}
