/**
 * A clock under which each slice of a snapshot is as short as it can be, and waits to be let go on.
 *
 * Invariant: work that gave way goes on only by `nextSlice`, unless the clock runs freely.
 */
import type { Clock, Timer } from '@millrace/core';

export class SlicingClock implements Clock {
  /** False: whoever gives way waits for `nextSlice`. */
  runsFreely = true;
  private time = 0;
  private readonly waiting: (() => void)[] = [];

  /** Each look at the clock costs one millisecond, so that slices end at once. */
  now(): number {
    return this.time++;
  }

  setTimer(): Timer {
    throw new Error('a state backend sets no timers');
  }

  yieldTurn(): Promise<void> {
    return this.runsFreely
      ? Promise.resolve()
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Lets the one that has waited longest write one more slice. */
  async nextSlice(): Promise<void> {
    this.waiting.shift()?.();
    await settle();
  }

  /** From now on nobody waits. */
  async runFreely(): Promise<void> {
    this.runsFreely = true;
    for (const resolve of this.waiting.splice(0)) {
      resolve();
    }
    await settle();
  }
}

/** Resolves after all promises that can go on by themselves did. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
