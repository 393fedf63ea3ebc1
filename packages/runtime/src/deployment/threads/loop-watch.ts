/**
 * How long one slice of a task has blocked the loop of a worker, seen from outside.
 *
 * Pure: what it is shown is what it knows.
 */
import type { LoopPulse } from '../../taskmanager/loop-pulse.ts';

const WARN_AFTER_MS = 2000;

export class LoopWatch {
  private slices = -1;
  private blockedMs = 0;
  private warnAtMs = WARN_AFTER_MS;
  private task: number | undefined;

  /** Whose slice does not end, where that was seen twice. */
  get blockedTask(): number | undefined {
    return this.blockedMs > 0 ? this.task : undefined;
  }

  /**
   * @param elapsedMs - since the last time
   * @returns how long the loop has been blocked, where that is worth a warning: after 2 s, 4 s, 8 s, …
   */
  observe(pulse: Pick<LoopPulse, 'slices' | 'task'>, elapsedMs: number): number | undefined {
    const { slices, task } = pulse;
    const stands = task !== undefined && slices === this.slices && task === this.task;
    this.slices = slices;
    this.task = task;
    if (!stands) {
      this.blockedMs = 0;
      this.warnAtMs = WARN_AFTER_MS;
      return undefined;
    }
    this.blockedMs += elapsedMs;
    if (this.blockedMs < this.warnAtMs) {
      return undefined;
    }
    this.warnAtMs *= 2;
    return this.blockedMs;
  }
}
