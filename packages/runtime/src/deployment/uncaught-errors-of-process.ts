/**
 * Names the jobs that end with the process when an error that nothing caught ends it: Node tells the error alone.
 *
 * Invariants:
 * - It listens only while a job runs, and nothing else becomes of the process by it.
 * - A program that has a listener for uncaught errors of its own goes on, and so do its jobs: nothing is said.
 *
 * Flink: ClusterUncaughtExceptionHandler, which logs the error; there only a thread ends by it.
 */
import { type ErrorCode, failureText } from '@millrace/core';

export interface JobOfProcess {
  readonly jobName: string;
  warn(message: string): void;
}

const CODE: ErrorCode = 'UNCAUGHT_ERROR';
const EVENT = 'uncaughtExceptionMonitor';

const jobs = new Set<JobOfProcess>();

/** @returns called when the job has ended, whatever ended it */
export function nameInUncaughtErrors(job: JobOfProcess): () => void {
  if (jobs.size === 0) {
    process.prependListener(EVENT, tell); // Another one may tell the error and end the process.
  }
  jobs.add(job);
  return () => {
    jobs.delete(job);
    if (jobs.size === 0) {
      process.off(EVENT, tell);
    }
  };
}

function tell(error: unknown): void {
  if (
    process.listenerCount('uncaughtException') > 0 ||
    process.hasUncaughtExceptionCaptureCallback()
  ) {
    return;
  }
  for (const { jobName, warn } of jobs) {
    warn(
      `${CODE}: job ${jobName} ends with its process, by an error that nothing caught: ${failureText(error)}; ` +
        'await the promise or catch the error in the callback where it comes up, and throw it in a call ' +
        'of a function where the job is to restart',
    );
  }
}
