/** What tells a job that runs from one that ended. */
import type { JobOverview } from '../rest/jobs.ts';

const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED', 'SUSPENDED']);

export function hasEnded({ state }: Pick<JobOverview, 'state'>): boolean {
  return ENDED.has(state);
}

/**
 * How long a job has run, in milliseconds. One that runs is counted on by this clock between two
 * answers; a clock that is behind the server's does not count backwards.
 */
export function runningTime(
  job: Pick<JobOverview, 'state' | 'start-time' | 'duration'>,
  nowMs: number,
): number {
  return hasEnded(job) ? job.duration : Math.max(job.duration, nowMs - job['start-time']);
}
