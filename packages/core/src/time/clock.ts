/**
 * The only door to time and to the event loop. Tests and the simulator pass their own.
 *
 * Invariant: nothing below `runtime/deployment` calls `Date.now`, `setTimeout` or `setImmediate`.
 */

export interface Timer {
  /** Cancelling twice, or after the timer fired, does nothing. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  now(): number;
  /**
   * For short durations: nanoseconds since a moment that says nothing, never falling. A clock without
   * it is asked for `now`; see `nanoTimeOf`.
   */
  nanoTime?(): number;
  /** Calls back once, at least `delayMs` from now. An active timer keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Lets other work go on: resolves after pending I/O and timers had their turn. */
  yieldTurn(): Promise<void>;
}

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  nanoTime(): number {
    return performance.now() * 1e6;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    // setTimeout wraps above 2^31 - 1 ms; a timer that far away is armed again by its owner.
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), 2 ** 31 - 1));
    return { cancel: () => clearTimeout(handle) };
  }

  yieldTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** Nanoseconds of a clock, as fine as it has them. */
export function nanoTimeOf(clock: Clock): number {
  return clock.nanoTime?.() ?? clock.now() * 1e6;
}
