/**
 * What a task spends its time on.
 *
 * Tasks of one slot share a thread, so a task is one of these at any moment:
 * - `BUSY`: in a slice of its own, or it waits in the middle of work for a promise (a snapshot, a
 *   commit, an operator that takes no more), as Flink's task thread would.
 * - `BACK_PRESSURED`: it has input and could not take it, as an output is full.
 * - `IDLE`: it has nothing to do.
 * - `WAITING`: it could go on, but another task, or something else on the thread, has its turn. That
 *   is none of the three, so what they lack to 1000 ms/s is what the thread had no time for.
 *
 * The times per second are means over the last 60 s, brought up to date each 5 s.
 *
 * Flink: TimerGauge, TaskIOMetricGroup. There busy is what is neither idle nor back-pressured, also
 * where the task's thread waits for a core. `hard` back-pressure, in the middle of a record, does not
 * exist here: what a record emits is always taken.
 */
// Hot path.
import { UPDATE_INTERVAL_MS, type View } from '@millrace/core';

export const Activity = { IDLE: 0, BUSY: 1, BACK_PRESSURED: 2, WAITING: 3 } as const;
export type Activity = (typeof Activity)[keyof typeof Activity];

const ACTIVITIES = 4;
/** In a minute. */
const INTERVALS = 60_000 / UPDATE_INTERVAL_MS;

export class ActivityTimes implements View {
  current: Activity;
  /** Milliseconds in each activity. */
  private readonly accumulated: Float64Array;
  /** Up to when the current activity is accumulated, ms. */
  private accumulatedUntil: number;
  private currentSince: number;
  /** Of the intervals of the last minute, activity by activity. */
  private readonly intervals: Float64Array;
  /** Of `accumulated`, at the end of the last interval. */
  private readonly atLastUpdate: Float64Array;
  private numberOfIntervals: number;
  private backPressureMsMaxBefore: number;
  private backPressureMsMax: number;

  constructor(activity: Activity, now: number) {
    this.current = activity;
    this.accumulated = new Float64Array(ACTIVITIES);
    this.accumulatedUntil = now;
    this.currentSince = now;
    this.intervals = new Float64Array(ACTIVITIES * INTERVALS);
    this.atLastUpdate = new Float64Array(ACTIVITIES);
    this.numberOfIntervals = 0;
    this.backPressureMsMaxBefore = 0;
    this.backPressureMsMax = 0;
  }

  switchTo(activity: Activity, now: number): void {
    if (activity === this.current) {
      return;
    }
    this.accumulate(now);
    this.current = activity;
    this.currentSince = now;
  }

  updateView(now: number): void {
    this.accumulate(now);
    const slot = (this.numberOfIntervals % INTERVALS) * ACTIVITIES;
    for (let activity = 0; activity < ACTIVITIES; activity++) {
      const total = this.accumulated[activity] as number;
      this.intervals[slot + activity] = total - (this.atLastUpdate[activity] as number);
      this.atLastUpdate[activity] = total;
    }
    this.numberOfIntervals++;
    this.backPressureMsMaxBefore = this.backPressureMsMax;
    this.backPressureMsMax = 0;
  }

  /** In `[0, 1000]`. */
  msPerSecond(activity: Activity): number {
    const count = Math.min(this.numberOfIntervals, INTERVALS);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += this.intervals[i * ACTIVITIES + activity] as number;
    }
    return count === 0 ? 0 : Math.min(1000, (sum * 1000) / (count * UPDATE_INTERVAL_MS));
  }

  /** Milliseconds since the task began. */
  accumulatedMs(activity: Activity, now: number): number {
    const underWay = activity === this.current ? Math.max(0, now - this.accumulatedUntil) : 0;
    return (this.accumulated[activity] as number) + underWay;
  }

  /** The longest time on end, ms, that ended or went on in this interval or the last one. */
  get backPressureOnEndMsMax(): number {
    return Math.max(this.backPressureMsMax, this.backPressureMsMaxBefore);
  }

  private accumulate(now: number): void {
    if (now > this.accumulatedUntil) {
      this.accumulated[this.current] =
        (this.accumulated[this.current] as number) + (now - this.accumulatedUntil);
      this.accumulatedUntil = now;
      if (this.current === Activity.BACK_PRESSURED) {
        this.backPressureMsMax = Math.max(this.backPressureMsMax, now - this.currentSince);
      }
    }
  }
}
