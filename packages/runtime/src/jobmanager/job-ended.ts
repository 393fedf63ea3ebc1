/** What whoever waits for a job is told when it was ended from outside. */
import { FatalError } from '@millrace/core';

export function endedError(jobName: string, end: 'CANCELED' | 'SUSPENDED'): FatalError {
  return end === 'CANCELED'
    ? new FatalError('JOB_CANCELED', `job ${jobName} was cancelled`)
    : new FatalError(
        'JOB_SUSPENDED',
        `job ${jobName} was suspended; the next process that runs it goes on`,
      );
}
