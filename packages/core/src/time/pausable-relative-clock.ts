/** Tells how much time passed between two moments; its zero says nothing. Flink: RelativeClock. */
export interface RelativeClock {
  /** Milliseconds, never falling. */
  now(): number;
}

/**
 * A clock that stands still while it is paused, for idleness: an input that is held back on purpose
 * is not quiet.
 *
 * Invariant: it goes on once it was resumed as often as it was paused.
 *
 * Flink: PausableRelativeClock.
 */
export class PausableRelativeClock implements RelativeClock {
  private readonly base: RelativeClock;
  private pausedMs: number;
  private pausedSince: number;
  private pauses: number;

  constructor(base: RelativeClock) {
    this.base = base;
    this.pausedMs = 0;
    this.pausedSince = 0;
    this.pauses = 0;
  }

  now(): number {
    return (this.pauses > 0 ? this.pausedSince : this.base.now()) - this.pausedMs;
  }

  pause(): void {
    if (this.pauses === 0) {
      this.pausedSince = this.base.now();
    }
    this.pauses++;
  }

  unPause(): void {
    this.pauses--;
    if (this.pauses === 0) {
      this.pausedMs += this.base.now() - this.pausedSince;
    }
  }
}
