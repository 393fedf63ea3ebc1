/**
 * The clock of a task loop: it is read once a slice, at the slice's end, and that time is also the
 * beginning of the next one.
 *
 * Invariant: views are told of the ends of their intervals before the tasks take another step.
 */
// Hot path.
import type { Clock } from '@millrace/core';

/** What has to hear of time. */
export interface TimedMetrics {
  /** When `updateViews` has something to do, ms. */
  readonly nextUpdateAt: number;
  updateViews(): void;
}

export class LoopClock {
  /** When it was read last, ms. */
  last: number;
  private readonly clock: Clock;
  private readonly metrics: TimedMetrics;

  constructor(clock: Clock, metrics: TimedMetrics) {
    this.last = clock.now();
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Reads the time. */
  now(): number {
    this.last = this.clock.now();
    return this.last;
  }

  /** Reads the time before the tasks have their turn. */
  beginTurn(): number {
    const now = this.now();
    if (now >= this.metrics.nextUpdateAt) {
      this.metrics.updateViews();
    }
    return now;
  }

  yieldTurn(): Promise<void> {
    return this.clock.yieldTurn();
  }
}
