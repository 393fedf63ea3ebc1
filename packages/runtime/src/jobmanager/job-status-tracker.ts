/**
 * The status of a job, and when it came to each.
 *
 * Flink: JobStatusProvider, ExecutionGraph.getStatusTimestamp.
 */
import type { Clock } from '@millrace/core';
import { isTerminalStatus, type JobStatus, type StatusTimestamps } from '../gateway/job-details.ts';

export class JobStatusTracker {
  /** When it was submitted. */
  readonly startTimeMs: number;
  /** Told of each change. */
  onChanged: (from: JobStatus, to: JobStatus) => void = () => {};
  private readonly clock: Pick<Clock, 'now'>;
  private readonly reached: Partial<Record<JobStatus, number>>;
  /** Of stays that are over, ms. */
  private readonly stayed: Partial<Record<JobStatus, number>> = {};
  private current: JobStatus = 'INITIALIZING';

  constructor(clock: Pick<Clock, 'now'>, startTimeMs: number = clock.now()) {
    this.clock = clock;
    this.startTimeMs = startTimeMs;
    this.reached = { INITIALIZING: startTimeMs };
  }

  get status(): JobStatus {
    return this.current;
  }

  set status(status: JobStatus) {
    if (status !== this.current) {
      const from = this.current;
      const now = this.clock.now();
      this.stayed[from] = this.totalTimeMs(from, now);
      this.current = status;
      this.reached[status] = now;
      this.onChanged(from, status);
    }
  }

  get timestamps(): StatusTimestamps {
    return { ...this.reached };
  }

  /** How long it has been in a status now; 0 in any other. */
  currentTimeMs(status: JobStatus, now: number): number {
    return status === this.current ? Math.max(0, now - (this.reached[status] ?? now)) : 0;
  }

  /** How long it has been in a status, all stays together. */
  totalTimeMs(status: JobStatus, now: number): number {
    return (this.stayed[status] ?? 0) + this.currentTimeMs(status, now);
  }

  /** Nothing follows. */
  get isTerminal(): boolean {
    return isTerminalStatus(this.current);
  }

  /** -1 before. */
  get endTimeMs(): number {
    return this.isTerminal ? (this.reached[this.current] ?? -1) : -1;
  }
}
