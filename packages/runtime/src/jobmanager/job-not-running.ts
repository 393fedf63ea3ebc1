/** Why a job cannot do what is asked of it. */
import { ConfigError, TaskError } from '@millrace/core';
import type { JobFacts } from '../gateway/job-details.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { JobParallelism } from './job-parallelism.ts';
import type { JobStatusTracker } from './job-status-tracker.ts';

/** @param what - that needs a job that runs */
export function jobNotRunning(
  what: string,
  job: {
    readonly facts: JobFacts;
    readonly statuses: JobStatusTracker;
    readonly isBeingStopped: boolean;
    readonly parallelism: JobParallelism;
  },
): TaskError {
  const isStopped = job.isBeingStopped ? 'is being stopped with a savepoint' : undefined;
  const isRescaled = job.parallelism.isTakingCheckpoint ? 'is being rescaled' : undefined;
  const why = isStopped ?? isRescaled ?? `is ${job.statuses.status}`;
  return new TaskError(
    'JOB_NOT_RUNNING',
    `job ${job.facts.jobName} ${why}; ${what} needs a job that runs`,
  );
}

/** @throws ConfigError `UNSUPPORTED` in a batch */
export function checkStreaming(what: string, { jobName, batchExecution }: JobGraph): void {
  if (batchExecution) {
    throw new ConfigError(
      'UNSUPPORTED',
      `job ${jobName} runs as a batch, which keeps the state of one key at a time; ${what} needs 'execution.runtime-mode' STREAMING`,
    );
  }
}
