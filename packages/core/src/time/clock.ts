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
  /** Calls back once, at least `delayMs` from now. An active timer keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Lets other work go on: resolves after pending I/O and timers had their turn. */
  yieldTurn(): Promise<void>;
}

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
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
