/**
 * How much of a snapshot is written before records get their turn.
 *
 * Invariant: a slice ends after `sliceMs` of clock time or `SLICE_UNITS_MAX` units, whichever comes
 * first; the second makes slices the same in every run under a clock that stands still.
 */
// Hot path.
import type { Clock } from '@millrace/core';

const CLOCK_EVERY_UNITS = 32; // about 10 us of writing between looks at the clock
const SLICE_UNITS_MAX = 4096; // about 1 ms of small entries

export class SliceBudget {
  private readonly clock: Clock;
  private readonly sliceMs: number;
  private startedAt: number;
  private units: number;

  constructor(clock: Clock, sliceMs: number) {
    this.clock = clock;
    this.sliceMs = sliceMs;
    this.startedAt = clock.now();
    this.units = 0;
  }

  /** Counts one entry or element. True when the slice is over. */
  spend(): boolean {
    this.units++;
    return this.units % CLOCK_EVERY_UNITS === 0 && this.isOver();
  }

  isOver(): boolean {
    return this.units >= SLICE_UNITS_MAX || this.clock.now() - this.startedAt >= this.sliceMs;
  }

  restart(): void {
    this.startedAt = this.clock.now();
    this.units = 0;
  }
}
