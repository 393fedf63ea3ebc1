/**
 * Tells views of the ends of intervals, whenever somebody looks at the time.
 *
 * There is no timer: what a view is told is the same as if there were one, as long as time is looked
 * at before whatever changes after it. So a quiet job stays quiet, and a run under a manual clock can
 * be replayed.
 *
 * Invariants:
 * - A view that is added is first told at the end of the interval that is under way.
 * - After a long silence a view is told as often as its time span has use for, and no more.
 * - A view that throws keeps nobody else from being told.
 *
 * Flink: ViewUpdater.
 */
import { UPDATE_INTERVAL_MS, type View } from './metrics.ts';

/** What lies further back is forgotten by every view of less than an hour. */
const INTERVALS_MAX = (60 * 60 * 1000) / UPDATE_INTERVAL_MS;

export class ViewUpdater {
  /** When the interval that is under way ends, ms. */
  nextUpdateAt: number;
  private readonly views: Set<View>;
  /** Those that threw once. */
  private readonly broken: WeakSet<View>;
  private readonly warn: (message: string) => void;

  /** @param warn - told once of each view that throws */
  constructor(now: number, warn: (message: string) => void) {
    this.warn = warn;
    this.broken = new WeakSet();
    this.nextUpdateAt = now + UPDATE_INTERVAL_MS;
    this.views = new Set();
  }

  add(view: View): void {
    this.views.add(view);
  }

  remove(view: View): void {
    this.views.delete(view);
  }

  /** Ends the intervals that are over. Cheap while none is. */
  advanceTo(now: number): void {
    while (this.nextUpdateAt <= now) {
      const behind = Math.floor((now - this.nextUpdateAt) / UPDATE_INTERVAL_MS);
      if (behind > INTERVALS_MAX) {
        // The first of them, which may hold something, and then only the last ones.
        this.update(this.nextUpdateAt);
        this.nextUpdateAt += (behind - INTERVALS_MAX) * UPDATE_INTERVAL_MS;
      } else {
        this.update(this.nextUpdateAt);
        this.nextUpdateAt += UPDATE_INTERVAL_MS;
      }
    }
  }

  private update(at: number): void {
    for (const view of this.views) {
      try {
        view.updateView(at);
      } catch (error) {
        this.warnOf(view, error);
      }
    }
  }

  private warnOf(view: View, error: unknown): void {
    if (!this.broken.has(view)) {
      this.broken.add(view);
      this.warn(`updateView of a metric failed, and may show nothing new: ${String(error)}`);
    }
  }
}
