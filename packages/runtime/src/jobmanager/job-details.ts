/** The picture of a job that `JobClient.details` gives. Flink: ArchivedExecutionGraph.createFrom. */
import { stringifyAccumulators } from '@millrace/core';
import type { JobDetails, JobFacts } from '../gateway/job-details.ts';
import { jobPlan } from '../graph/job-plan.ts';
import type { CheckpointingServices } from './checkpointing-services.ts';
import type { Executions } from './executions.ts';
import type { ExceptionHistory } from './failover/exception-history.ts';
import type { JobExecution } from './job-deployment.ts';
import type { JobParallelism } from './job-parallelism.ts';
import type { JobStatusTracker } from './job-status-tracker.ts';
import { vertexDetails } from './vertex-details.ts';

export interface PicturedJob extends Pick<JobDetails, 'numberOfRestarts' | 'restoredCheckpointId'> {
  readonly facts: JobFacts;
  readonly statuses: JobStatusTracker;
  readonly parallelism: Pick<JobParallelism, 'jobGraph' | 'numberOfRescales'>;
  readonly executions: Executions;
  readonly exceptions: ExceptionHistory;
  readonly checkpointing: CheckpointingServices;
}

/** @param execution - the attempt that runs, or ran last */
export function jobDetails(job: PicturedJob, execution: JobExecution | undefined): JobDetails {
  const { facts, statuses, executions, parallelism } = job;
  const { jobGraph } = parallelism;
  const deployed = execution?.deployedTasks() ?? [];
  return {
    ...facts,
    status: statuses.status,
    isStoppable: false,
    startTimeMs: statuses.startTimeMs,
    endTimeMs: statuses.endTimeMs,
    statusTimestamps: statuses.timestamps,
    plan: jobPlan(facts.jobId, jobGraph),
    numberOfRestarts: job.numberOfRestarts,
    numberOfRescales: parallelism.numberOfRescales,
    restoredCheckpointId: job.restoredCheckpointId,
    vertices: jobGraph.vertices.map((vertex) => vertexDetails(vertex, executions, deployed)),
    queryableStates: execution?.queryableStates() ?? [],
    accumulators: stringifyAccumulators(
      deployed.flatMap(({ accumulators }) => (accumulators === undefined ? [] : [accumulators])),
    ),
    exceptions: job.exceptions.snapshot(),
    checkpoints: job.checkpointing.statistics.snapshot(),
  };
}
