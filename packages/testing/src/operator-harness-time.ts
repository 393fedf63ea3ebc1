import type { Clock, Timer } from '@millrace/core';
import type { ProcessingTimeService } from '@millrace/runtime';

interface PendingTimer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock, and the timers of one operator on it. It moves only by `advanceTo`. */
export class HarnessTime implements Clock, ProcessingTimeService {
  private time: number;
  private timers: PendingTimer[];

  constructor(time: number) {
    this.time = time;
    this.timers = [];
  }

  now(): number {
    return this.time;
  }

  currentProcessingTime(): number {
    return this.time;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.addTimer(this.time + Math.max(0, delayMs), callback);
  }

  registerTimer(timestamp: number, callback: (timestamp: number) => void): Timer {
    const delayMs = Math.max(0, timestamp - this.time) + 1;
    return this.addTimer(this.time + delayMs, () => callback(timestamp));
  }

  yieldTurn(): Promise<void> {
    return Promise.resolve();
  }

  /** How many timers are waiting. */
  get numberOfTimers(): number {
    return this.timers.length;
  }

  /**
   * Calls back every timer that is due up to `time`, each when the clock shows its time.
   *
   * @throws RangeError for a time before now
   */
  advanceTo(time: number): void {
    if (!(time >= this.time)) {
      throw new RangeError(`the clock stands at ${this.time} and cannot go back to ${time}`);
    }
    let next = this.nextDue(time);
    while (next !== undefined) {
      const timer = next;
      this.timers = this.timers.filter((other) => other !== timer);
      this.time = Math.max(this.time, timer.dueAt);
      timer.callback();
      next = this.nextDue(time);
    }
    this.time = Math.max(this.time, time);
  }

  private nextDue(time: number): PendingTimer | undefined {
    let earliest: PendingTimer | undefined;
    for (const timer of this.timers) {
      if (timer.dueAt <= time && (earliest === undefined || timer.dueAt < earliest.dueAt)) {
        earliest = timer;
      }
    }
    return earliest;
  }

  private addTimer(dueAt: number, callback: () => void): Timer {
    const timer: PendingTimer = { dueAt, callback };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }
}
