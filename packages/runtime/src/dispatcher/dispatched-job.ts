/**
 * One job from its submission to its end, as the Dispatcher knows it.
 *
 * Flink: JobManagerRunner, with what ExecutionGraphInfo keeps of one that failed before it ran.
 */
import { encodeError, type MetricDump, TaskError } from '@millrace/core';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import { NO_CHECKPOINT_SUMMARY } from '../checkpoint/stats-summary.ts';
import type { JobOverview, JobResult } from '../gateway/dispatcher-gateway.ts';
import type { JobClient } from '../gateway/job-client.ts';
import type {
  ExecutionState,
  JobDetails,
  JobFacts,
  SubtaskDetails,
} from '../gateway/job-details.ts';
import type { JobExceptionHistory } from '../gateway/job-exceptions.ts';
import type { TaskManagerInfo } from '../gateway/task-manager-info.ts';
import type { JobPlan } from '../graph/job-plan.ts';
import type { ArchivedJob } from './job-store.ts';

/** What an overview tells of one attempt of a subtask. */
type CountedExecution = Pick<SubtaskDetails, 'state' | 'stateTimestamps'>;

/** A job that runs. */
export interface RunnableJob extends JobClient {
  /** For the next process where there may be one. */
  suspend(): Promise<void>;
  taskManagers(): readonly TaskManagerInfo[];
  readonly executions: { current(): readonly CountedExecution[] };
}

export interface JobSubmission {
  readonly facts: JobFacts;
  readonly plan: JobPlan;
  /** What kept it from running. */
  readonly exceptions: { snapshot(): JobExceptionHistory };
  /** Changes until the job runs, or does not. */
  readonly statuses: Pick<JobDetails, 'status' | 'startTimeMs' | 'endTimeMs'> & {
    readonly timestamps: JobDetails['statusTimestamps'];
  };
}

export class DispatchedJob {
  readonly jobId: string;
  private readonly submission: JobSubmission;
  private readonly running: Promise<RunnableJob>;
  private job: RunnableJob | undefined;
  private run!: (job: RunnableJob) => void;
  private refuse!: (error: unknown) => void;

  constructor(submission: JobSubmission) {
    this.submission = submission;
    this.jobId = submission.facts.jobId;
    this.running = new Promise((resolve, reject) => {
      this.run = resolve;
      this.refuse = reject;
    });
    this.running.catch(() => {}); // Whoever waits for it is told.
  }

  started(job: RunnableJob): void {
    this.job = job;
    this.run(job);
  }

  failed(error: unknown): void {
    this.refuse(error);
  }

  get details(): JobDetails {
    return this.job?.details() ?? this.sparseDetails();
  }

  /** Asked for many times a second: it counts, and takes no picture of all the rest. */
  get overview(): JobOverview {
    const { facts, statuses } = this.submission;
    const job = { ...facts, ...timesOf(statuses) };
    return overviewOf(job, this.job?.executions.current() ?? []);
  }

  get status(): JobDetails['status'] {
    return this.job?.jobStatus() ?? this.submission.statuses.status;
  }

  get usesRocksDB(): boolean {
    const { checkpointConfiguration } = this.submission.facts;
    return checkpointConfiguration.stateBackend === 'EmbeddedRocksDBStateBackend';
  }

  get taskManagers(): readonly TaskManagerInfo[] {
    return this.job?.taskManagers() ?? [];
  }

  get metrics(): readonly MetricDump[] {
    return this.job?.metrics() ?? [];
  }

  /** @throws TaskError `JOB_NOT_RUNNING` before it runs */
  runnable(what: string): RunnableJob {
    if (this.job === undefined) {
      throw notRunning(this.details, what);
    }
    return this.job;
  }

  /** Also of one that does not run yet. */
  async cancel(): Promise<void> {
    await (await this.running).cancel();
  }

  async suspend(): Promise<void> {
    await (await this.running).suspend();
  }

  archive(error: unknown): ArchivedJob {
    const { details } = this;
    const executions = details.vertices.flatMap(({ subtasks }) => subtasks);
    return { overview: overviewOf(details, executions), details, result: resultOf(details, error) };
  }

  private sparseDetails(): JobDetails {
    const { facts, plan, statuses, exceptions } = this.submission;
    return {
      ...facts,
      plan,
      ...timesOf(statuses),
      isStoppable: false,
      numberOfRestarts: 0,
      numberOfRescales: 0,
      restoredCheckpointId: undefined,
      vertices: [],
      queryableStates: [],
      accumulators: [],
      exceptions: exceptions.snapshot(),
      checkpoints: NO_CHECKPOINTS,
    };
  }
}

const NO_CHECKPOINTS: CheckpointStatisticsSnapshot = {
  counts: { restored: 0, total: 0, inProgress: 0, completed: 0, failed: 0 },
  summary: NO_CHECKPOINT_SUMMARY,
  latestCompleted: undefined,
  latestSavepoint: undefined,
  latestFailed: undefined,
  latestRestored: undefined,
  history: [],
  kept: [],
};

export function notRunning({ jobName, status }: JobDetails, what: string): TaskError {
  return new TaskError(
    'JOB_NOT_RUNNING',
    `job ${jobName} is ${status}; ${what} needs a job that runs`,
  );
}

function timesOf({ status, startTimeMs, endTimeMs, timestamps }: JobSubmission['statuses']) {
  return { status, startTimeMs, endTimeMs, statusTimestamps: timestamps };
}

function overviewOf(
  details: Omit<JobOverview, 'lastModificationMs' | 'tasks'> & Pick<JobDetails, 'statusTimestamps'>,
  executions: readonly CountedExecution[],
): JobOverview {
  const { jobId, jobName, jobType, status, startTimeMs, endTimeMs } = details;
  const tasks: Partial<Record<ExecutionState, number>> = {};
  for (const { state } of executions) {
    tasks[state] = (tasks[state] ?? 0) + 1;
  }
  let lastModificationMs = latestOf(details.statusTimestamps, 0);
  for (const { stateTimestamps } of executions) {
    lastModificationMs = latestOf(stateTimestamps, lastModificationMs);
  }
  return {
    ...{ jobId, jobName, jobType, status, startTimeMs, endTimeMs },
    lastModificationMs,
    tasks,
  };
}

function latestOf(timestamps: Readonly<Record<string, number>>, atLeast: number): number {
  return Object.values(timestamps).reduce((latest, each) => Math.max(latest, each), atLeast);
}

function resultOf(details: JobDetails, error: unknown): JobResult {
  const { status, startTimeMs, endTimeMs, accumulators } = details;
  const end = status as Extract<JobResult, { readonly kind: 'ended' }>['status'];
  return {
    kind: 'ended',
    status: end,
    netRuntimeMs: endTimeMs - startTimeMs,
    accumulators,
    error: end === 'FAILED' ? encodeError(error) : undefined,
  };
}
