/** A job as a server lists it, and the state that it is in. */
import type { MultipleJobsDetails } from '@millrace/rest-client';

/** Times in ms since the epoch; -1: not yet. */
export type JobOverview = MultipleJobsDetails['jobs'][number];

export type JobState = JobOverview['state'];

/** Flink: JobStatus.isGloballyTerminalState. */
export function isTerminal(state: JobState): boolean {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
}
