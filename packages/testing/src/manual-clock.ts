/**
 * A clock that stands still until it is advanced.
 *
 * Invariants:
 * - Timers fire in the order of their time, those of one time in the order of their making; `now`
 *   is then the timer's time.
 * - A timer that another one sets within the time passed fires too.
 * - Turns resolve in the order of asking, or in an order that the seed decides.
 * - No turn is given, and nothing is settled, while work outside of the clock's time is under way.
 */
import type { Clock, Timer } from '@millrace/core';
import { SeededRandom } from './seeded-random.ts';

interface PendingTimer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

export interface ManualClockOptions {
  readonly startMs?: number;
  readonly seed?: number;
  readonly outsideWork?: () => Promise<void> | undefined;
}

export class ManualClock implements Clock {
  private time: number;
  private sequence = 0;
  private readonly timers = new Set<PendingTimer>();
  private turns: (() => void)[] = [];
  private turnScheduled = false;
  private readonly random: SeededRandom | undefined;
  private readonly outsideWork: () => Promise<void> | undefined;

  /**
   * @param options.seed - when given, it decides which of several waiting turns goes first
   * @param options.outsideWork - of real disks and the like: when it may be over; `undefined` when
   *   there is none
   */
  constructor(options: ManualClockOptions = {}) {
    this.time = options.startMs ?? 0;
    this.outsideWork = options.outsideWork ?? (() => undefined);
    this.random = options.seed === undefined ? undefined : new SeededRandom(options.seed);
  }

  now(): number {
    return this.time;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const at = this.time + Math.max(0, delayMs);
    const timer: PendingTimer = { at, sequence: this.sequence++, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  yieldTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.turns.push(resolve);
      this.scheduleTurn();
    });
  }

  get numberOfTimers(): number {
    return this.timers.size;
  }

  /** When the next timer fires; `undefined` when there is none. */
  get nextTimerAt(): number | undefined {
    return this.nextTimer()?.at;
  }

  /** Lets time pass, firing what comes due. Promises that the callbacks resolve go on later. */
  advance(ms: number): void {
    this.advanceTo(this.time + ms);
  }

  /** @throws RangeError for a time before now */
  advanceTo(time: number): void {
    if (!(time >= this.time)) {
      throw new RangeError(`the clock stands at ${this.time} and cannot go back to ${time}`);
    }
    for (;;) {
      const timer = this.nextTimer();
      if (timer === undefined || timer.at > time) {
        break;
      }
      this.fire(timer);
    }
    this.time = time;
  }

  /** Goes to the next timer and fires it. False when there is none. */
  advanceToNextTimer(): boolean {
    const timer = this.nextTimer();
    if (timer !== undefined) {
      this.fire(timer);
    }
    return timer !== undefined;
  }

  /** As `advance`, but before each timer everything that waits for a turn goes on first. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.time + ms;
    await this.settle();
    for (let timer = this.nextTimer(); timer !== undefined && timer.at <= end; ) {
      this.fire(timer);
      await this.settle();
      timer = this.nextTimer();
    }
    this.time = end;
  }

  /** Resolves when no turn is waited for and pending promises had time to go on. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const work = this.outsideWork();
      if (work !== undefined) {
        await work; // What waited for it goes on before the next look.
      } else if (this.turns.length === 0) {
        return;
      }
    }
  }

  private fire(timer: PendingTimer): void {
    this.timers.delete(timer);
    this.time = Math.max(this.time, timer.at);
    timer.callback();
  }

  private nextTimer(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.timers) {
      const earlier =
        first === undefined ||
        timer.at < first.at ||
        (timer.at === first.at && timer.sequence < first.sequence);
      if (earlier) {
        first = timer;
      }
    }
    return first;
  }

  // One turn a macrotask, so what a turn sets off in promises is over before the next begins.
  private scheduleTurn(): void {
    if (!this.turnScheduled) {
      this.turnScheduled = true;
      setImmediate(() => this.giveTurn());
    }
  }

  private giveTurn(): void {
    this.turnScheduled = false;
    const work = this.outsideWork();
    if (work !== undefined) {
      this.turnScheduled = true;
      void work.then(() => setImmediate(() => this.giveTurn()));
      return;
    }
    const index = this.random === undefined ? 0 : this.random.nextInt(this.turns.length);
    const [resolve] = this.turns.splice(index, 1);
    if (this.turns.length > 0) {
      this.scheduleTurn();
    }
    resolve?.();
  }
}
