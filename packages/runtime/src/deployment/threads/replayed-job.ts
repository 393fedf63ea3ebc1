/**
 * In a worker thread: the client of a job that came before the one that is taken up. It says what the
 * client in the main thread said; what had not ended there never ends here.
 */
import { type AccumulatorResults, decodeError, type MetricDump, TaskError } from '@millrace/core';
import type { CheckpointStatisticsSnapshot } from '../../checkpoint/checkpoint-statistics.ts';
import type { JobClient } from '../../gateway/job-client.ts';
import type { JobDetails, JobStatus } from '../../gateway/job-details.ts';
import { JobExecutionResult } from '../../gateway/job-execution-result.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import type { JobResourceRequirements } from '../../graph/resource-requirements.ts';
import {
  type EarlierJob,
  type RecordedCall,
  type StartedJob,
  sinkCoordinatorsOf,
  valueOfOutcome,
} from './earlier-jobs.ts';

/**
 * @param jobGraph - as this thread built it: its sinks get what those of the main thread have
 * @throws what kept the job from starting
 */
export function replayJob(job: EarlierJob, jobGraph: JobGraph): JobClient {
  if (job.kind === 'refused') {
    throw decodeError(job.error);
  }
  const coordinators = sinkCoordinatorsOf(jobGraph);
  for (const [operatorId, events] of job.sinks) {
    for (const { subtask, event } of events) {
      coordinators.get(operatorId)?.handleWriterEvent(subtask, event);
    }
  }
  return new ReplayedJobClient(job);
}

class ReplayedJobClient implements JobClient {
  readonly jobId: string;
  readonly jobName: string;
  private readonly job: StartedJob;
  private readonly made: Record<RecordedCall, number> = {
    triggerCheckpoint: 0,
    triggerSavepoint: 0,
    stopWithSavepoint: 0,
    rescale: 0,
    updateResourceRequirements: 0,
    cancel: 0,
  };

  constructor(job: StartedJob) {
    this.job = job;
    this.jobId = job.jobId;
    this.jobName = job.jobName;
  }

  jobStatus(): JobStatus {
    return this.job.status;
  }

  details(): JobDetails {
    return this.job.details;
  }

  checkpointStatistics(): CheckpointStatisticsSnapshot {
    return this.job.details.checkpoints;
  }

  accumulators(): ReadonlyMap<string, unknown> {
    return new Map(this.job.accumulators.map(([name, outcome]) => [name, valueOfOutcome(outcome)]));
  }

  async jobExecutionResult(): Promise<JobExecutionResult> {
    const { end, jobId } = this.job;
    if (end === undefined) {
      return new Promise(() => {});
    }
    if (end.kind === 'failed') {
      throw decodeError(end.error);
    }
    const accumulators: AccumulatorResults = new Map(
      end.accumulators.map(([name, outcome]) => [name, () => valueOfOutcome(outcome)]),
    );
    return new JobExecutionResult({ jobId, netRuntimeMs: end.netRuntimeMs, accumulators });
  }

  async triggerSavepoint(): Promise<string> {
    return (await this.next('triggerSavepoint')) as string;
  }

  async triggerCheckpoint(): Promise<number> {
    return (await this.next('triggerCheckpoint')) as number;
  }

  async stopWithSavepoint(): Promise<string> {
    return (await this.next('stopWithSavepoint')) as string;
  }

  async rescale(): Promise<void> {
    await this.next('rescale');
  }

  resourceRequirements(): JobResourceRequirements {
    return valueOfOutcome(this.job.resourceRequirements) as JobResourceRequirements;
  }

  async updateResourceRequirements(): Promise<void> {
    await this.next('updateResourceRequirements');
  }

  metrics(): readonly MetricDump[] {
    return this.job.metrics;
  }

  async queryState(): Promise<never> {
    throw new TaskError(
      'JOB_NOT_RUNNING',
      `job ${this.jobName} runs in the main thread, or ran there: ask for its state there alone`,
    );
  }

  async cancel(): Promise<void> {
    await this.next('cancel');
  }

  private async next(call: RecordedCall): Promise<unknown> {
    const outcome = this.job.calls[call][this.made[call]++];
    return outcome === undefined ? new Promise(() => {}) : valueOfOutcome(outcome);
  }
}
