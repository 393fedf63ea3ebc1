/**
 * All that is seen and steered of the jobs of a process, for whoever asks from another thread: the
 * REST server.
 *
 * Invariants:
 * - All data is plain and survives structured clone; all times are ms since the epoch.
 * - Whoever asks for a job that is not known, or is no more, gets TaskError `JOB_NOT_FOUND`.
 *
 * Flink: DispatcherGateway, RestfulGateway.
 */
import type { EncodedError, MetricDump, StringifiedAccumulatorResult } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import type { SavepointFormatType } from '../checkpoint/savepoint-types.ts';
import type { ConfigurationEntry } from '../configuration/configuration-entries.ts';
import type { JobResourceRequirements } from '../graph/resource-requirements.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { CheckpointType } from './job-client.ts';
import type { ExecutionState, JobDetails, JobStatus, JobType } from './job-details.ts';
import type { JobExceptionHistory } from './job-exceptions.ts';
import type { TaskManagerInfo } from './task-manager-info.ts';

export interface DispatcherGateway {
  /** Running and ended, in the order of their submission. */
  jobs(): Promise<readonly JobOverview[]>;
  jobStatus(jobId: string): Promise<JobStatus>;
  jobDetails(jobId: string): Promise<JobDetails>;
  checkpointStatistics(jobId: string): Promise<CheckpointStatisticsSnapshot>;
  /** Over all subtasks; those of one subtask are in `jobDetails`. */
  accumulators(jobId: string): Promise<readonly StringifiedAccumulatorResult[]>;
  exceptionHistory(jobId: string): Promise<JobExceptionHistory>;
  jobExecutionResult(jobId: string): Promise<JobResult>;

  /**
   * Resolves when the job has stopped; at once for one that has been cancelled.
   *
   * @throws TaskError `JOB_NOT_RUNNING` for one that ended otherwise. Flink: 409.
   */
  cancelJob(jobId: string): Promise<void>;
  /**
   * @returns the path of the savepoint
   * @throws what `JobClient.triggerSavepoint` throws
   * @throws ConfigError `UNSUPPORTED` for a job that has ended
   */
  triggerSavepoint(jobId: string, request: SavepointRequest): Promise<string>;
  /** @throws what `JobClient.stopWithSavepoint` throws */
  stopWithSavepoint(jobId: string, request: StopWithSavepointRequest): Promise<string>;
  /** @returns its id. @throws what `JobClient.triggerCheckpoint` throws */
  triggerCheckpoint(jobId: string, checkpointType: CheckpointType): Promise<number>;
  /** @throws what `disposeSavepoint` throws */
  disposeSavepoint(path: string): Promise<void>;
  /** @throws what `JobClient.resourceRequirements` throws */
  resourceRequirements(jobId: string): Promise<JobResourceRequirements>;
  /** @throws what `JobClient.updateResourceRequirements` throws */
  updateResourceRequirements(jobId: string, requirements: JobResourceRequirements): Promise<void>;

  /** @throws what `JobClient.queryState` throws */
  queryState<Q extends StateQuery>(
    jobId: string,
    task: SubtaskAddress,
    query: Q,
  ): Promise<StateAnswer<Q>>;

  /** Of the process, in the order of its keys; secrets hidden. That of a job is in `jobDetails`. */
  configuration(): Promise<readonly ConfigurationEntry[]>;
  /**
   * One of the process for jobs on `local`, also while there is none and `execution.target` is that;
   * one a worker thread for jobs on `threads`.
   */
  taskManagers(): Promise<readonly TaskManagerInfo[]>;
  /** Of all jobs that run and of the process. */
  metrics(): Promise<readonly MetricDump[]>;
  /** The end of the log of the process, at most 1 MiB; of the log file where there is one, its path too. */
  log(): Promise<LogExcerpt>;
  /** Ends all jobs: with high availability they are suspended, else cancelled. */
  shutDown(): Promise<void>;
}

export interface LogExcerpt {
  readonly text: string;
  /** ms since the epoch, 0 before the first line. */
  readonly lastWriteMs: number;
  /** `log.file`. */
  readonly path: string | undefined;
}

/** Flink: JobDetails of its REST; JobIdsWithStatusOverview. */
export interface JobOverview {
  readonly jobId: string;
  readonly jobName: string;
  readonly jobType: JobType;
  readonly status: JobStatus;
  readonly startTimeMs: number;
  /** -1 while it runs. */
  readonly endTimeMs: number;
  /** When the job or a task last came to another state. */
  readonly lastModificationMs: number;
  /** How many subtasks are in each state; without states that none is in. */
  readonly tasks: Readonly<Partial<Record<ExecutionState, number>>>;
}

/** Flink: JobResult, JobExecutionResultResponseBody. */
export type JobResult =
  | { readonly kind: 'in-progress' }
  | {
      readonly kind: 'ended';
      readonly status: 'FINISHED' | 'FAILED' | 'CANCELED' | 'SUSPENDED';
      readonly netRuntimeMs: number;
      readonly accumulators: readonly StringifiedAccumulatorResult[];
      /** Of one that failed. */
      readonly error: EncodedError | undefined;
    };

export interface SavepointRequest {
  /** Wins over `execution.checkpointing.savepoint-dir`. */
  readonly targetDirectory?: string;
  /** `CANONICAL` unless given. */
  readonly formatType?: SavepointFormatType;
  /** The job is cancelled once the savepoint is taken. */
  readonly cancelJob?: boolean;
}

export interface StopWithSavepointRequest extends Omit<SavepointRequest, 'cancelJob'> {
  /** Event time comes to its end before. */
  readonly drain?: boolean;
}
