/**
 * The status of a job, and when it came to each.
 *
 * Flink: JobStatusProvider, ExecutionGraph.getStatusTimestamp.
 */
import type { Clock } from '@millrace/core';
import type { JobStatus, StatusTimestamps } from '../gateway/job-details.ts';

export class JobStatusTracker {
  /** When it was submitted. */
  readonly startTimeMs: number;
  /** Told of each change. */
  onChanged: (from: JobStatus, to: JobStatus) => void = () => {};
  private readonly clock: Pick<Clock, 'now'>;
  private readonly reached: Partial<Record<JobStatus, number>>;
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
      this.current = status;
      this.reached[status] = this.clock.now();
      this.onChanged(from, status);
    }
  }

  get timestamps(): StatusTimestamps {
    return { ...this.reached };
  }

  /** Nothing follows. */
  get isTerminal(): boolean {
    return isTerminal(this.current);
  }

  /** -1 before. */
  get endTimeMs(): number {
    return this.isTerminal ? (this.reached[this.current] ?? -1) : -1;
  }
}

export function isTerminal(
  status: JobStatus,
): status is 'FINISHED' | 'FAILED' | 'CANCELED' | 'SUSPENDED' {
  return (
    status === 'FINISHED' || status === 'FAILED' || status === 'CANCELED' || status === 'SUSPENDED'
  );
}
