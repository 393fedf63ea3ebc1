/** The end of a job: what is tidied up, and what whoever waits for it is told. */
import { errorMessage, FatalError } from '@millrace/core';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import type { JobEnd } from '../checkpoint/checkpoint-properties.ts';
import type { CheckpointingServices } from './checkpointing-services.ts';
import type { FileSystemJobResultStore } from './file-system-job-result-store.ts';
import type { JobDeployment } from './job-deployment.ts';

export interface JobToTidyUp {
  readonly coordinator: CheckpointCoordinator;
  readonly deployment: JobDeployment;
  readonly checkpointing: CheckpointingServices;
  readonly jobResults: FileSystemJobResultStore | undefined;
  warn(message: string): void;
}

/**
 * What the job did stands, so trouble with tidying up is a warning. Without the mark that it has
 * finished nothing is removed: a later start then restores its last checkpoint and ends at once.
 */
export async function tidyUp(jobName: string, end: JobEnd, job: JobToTidyUp): Promise<void> {
  const { jobResults, warn } = job;
  try {
    if (end === 'FINISHED') {
      await jobResults?.markFinished();
    }
    await job.coordinator.shutdown(end);
    if (end === 'FINISHED') {
      await jobResults?.markCleanedUp();
    }
  } catch (error) {
    warn(`job ${jobName} is ${end}, but not all could be tidied up: ${errorMessage(error)}`);
  } finally {
    await job.deployment.close();
    await job.checkpointing.close().catch((error: unknown) => {
      warn(`job ${jobName} could not give up its lock: ${errorMessage(error)}`);
    });
  }
}

export function endedError(jobName: string, end: 'CANCELED' | 'SUSPENDED'): FatalError {
  return end === 'CANCELED'
    ? new FatalError('JOB_CANCELED', `job ${jobName} was cancelled`)
    : new FatalError(
        'JOB_SUSPENDED',
        `job ${jobName} was suspended; the next process that runs it goes on`,
      );
}
