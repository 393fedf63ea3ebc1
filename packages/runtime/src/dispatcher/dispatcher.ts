/**
 * The jobs of this process: those that run, and those that have ended, until they expire.
 *
 * Invariants:
 * - A job is known from its submission on, also when it fails before it runs.
 * - A job that has ended is held on to by its archived form alone.
 * - Of several jobs of one id the last that was submitted is meant.
 *
 * Flink: Dispatcher.
 */
import {
  Configuration,
  ExecutionOptions,
  JobManagerOptions,
  type MetricDump,
  type StringifiedAccumulatorResult,
  SystemClock,
  TaskError,
} from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import {
  type ConfigurationEntry,
  configurationEntries,
} from '../configuration/configuration-entries.ts';
import type {
  DispatcherGateway,
  JobOverview,
  JobResult,
  LogExcerpt,
  SavepointRequest,
  StopWithSavepointRequest,
} from '../gateway/dispatcher-gateway.ts';
import { disposeSavepoint } from '../gateway/dispose-savepoint.ts';
import type { CheckpointType } from '../gateway/job-client.ts';
import type { JobDetails, JobStatus } from '../gateway/job-details.ts';
import type { JobExceptionHistory } from '../gateway/job-exceptions.ts';
import type { TaskManagerInfo } from '../gateway/task-manager-info.ts';
import type { JobResourceRequirements } from '../graph/resource-requirements.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import { jobLog } from '../logging/job-log.ts';
import { ProcessMetrics } from '../metrics/process-metrics.ts';
import { LOCAL_TASK_MANAGER_ID, localTaskManager } from '../metrics/task-manager-description.ts';
import {
  DispatchedJob,
  type JobSubmission,
  notRunning,
  type RunnableJob,
} from './dispatched-job.ts';
import { type ArchivedJob, JobStore, type JobStoreLimits } from './job-store.ts';

export class Dispatcher implements DispatcherGateway {
  private readonly store: JobStore;
  private readonly now: () => number;
  /** In the order of their submission. */
  private readonly running = new Set<DispatchedJob>();
  /** Of the process: that of its first job, unless it was told. */
  private processMetrics = new ProcessMetrics(new Configuration());
  private processConfiguration: Configuration | undefined;

  /** @param now - ms since the epoch, by which jobs that have ended expire */
  constructor(now: () => number) {
    this.now = now;
    this.store = new JobStore(jobStoreLimits(new Configuration()), now);
  }

  /** What `configuration` shows, and how long jobs that have ended are kept. */
  configure(configuration: Configuration): void {
    this.processConfiguration = configuration.clone();
    this.processMetrics = new ProcessMetrics(this.processConfiguration);
    this.store.limitTo(jobStoreLimits(configuration));
  }

  /** From now on the job is known; whoever starts it says whether it `started` or `failed`. */
  submit(submission: JobSubmission, configuration: Configuration): SubmittedJob {
    if (this.processConfiguration === undefined) {
      this.configure(configuration);
    }
    const job = new DispatchedJob(submission);
    this.running.add(job);
    const end = (error: unknown): void => {
      this.running.delete(job);
      this.store.put(job.archive(error));
    };
    return {
      started: (runnable) => {
        job.started(runnable);
        runnable.jobExecutionResult().then(() => end(undefined), end);
      },
      failed: (error) => {
        job.failed(error);
        end(error);
      },
    };
  }

  async jobs(): Promise<readonly JobOverview[]> {
    const running = Array.from(this.running, ({ overview }) => overview);
    return [...this.store.overviews(), ...running].sort((a, b) => a.startTimeMs - b.startTimeMs);
  }

  async jobStatus(jobId: string): Promise<JobStatus> {
    return this.find(jobId)?.status ?? this.archived(jobId).overview.status;
  }

  async jobDetails(jobId: string): Promise<JobDetails> {
    return this.detailsOf(jobId);
  }

  async checkpointStatistics(jobId: string): Promise<CheckpointStatisticsSnapshot> {
    return this.detailsOf(jobId).checkpoints;
  }

  async accumulators(jobId: string): Promise<readonly StringifiedAccumulatorResult[]> {
    return this.detailsOf(jobId).accumulators;
  }

  async exceptionHistory(jobId: string): Promise<JobExceptionHistory> {
    return this.detailsOf(jobId).exceptions;
  }

  async jobExecutionResult(jobId: string): Promise<JobResult> {
    return this.find(jobId) === undefined ? this.archived(jobId).result : { kind: 'in-progress' };
  }

  async cancelJob(jobId: string): Promise<void> {
    const job = this.find(jobId);
    if (job !== undefined) {
      await job.cancel();
      return;
    }
    const { details } = this.archived(jobId);
    if (details.status !== 'CANCELED') {
      throw notRunning(details, 'a cancellation');
    }
  }

  async triggerSavepoint(
    jobId: string,
    { cancelJob = false, ...options }: SavepointRequest,
  ): Promise<string> {
    const job = this.runnable(jobId, 'a savepoint');
    const path = await job.triggerSavepoint(options);
    if (cancelJob) {
      await job.cancel();
    }
    return path;
  }

  async stopWithSavepoint(
    jobId: string,
    { drain = false, ...options }: StopWithSavepointRequest,
  ): Promise<string> {
    const job = this.runnable(jobId, 'a stop with a savepoint');
    return job.stopWithSavepoint({ ...options, advanceToEndOfEventTime: drain });
  }

  async triggerCheckpoint(jobId: string, checkpointType: CheckpointType): Promise<number> {
    return this.runnable(jobId, 'a checkpoint').triggerCheckpoint(checkpointType);
  }

  disposeSavepoint(path: string): Promise<void> {
    return disposeSavepoint(path);
  }

  async resourceRequirements(jobId: string): Promise<JobResourceRequirements> {
    return this.runnable(jobId, 'a look at its resource requirements').resourceRequirements();
  }

  async updateResourceRequirements(
    jobId: string,
    requirements: JobResourceRequirements,
  ): Promise<void> {
    const job = this.runnable(jobId, 'a change of its resource requirements');
    await job.updateResourceRequirements(requirements);
  }

  async queryState<Q extends StateQuery>(
    jobId: string,
    task: SubtaskAddress,
    query: Q,
  ): Promise<StateAnswer<Q>> {
    return this.runnable(jobId, 'reading its state').queryState(task, query);
  }

  async configuration(): Promise<readonly ConfigurationEntry[]> {
    return configurationEntries(this.processConfiguration ?? new Configuration());
  }

  async taskManagers(): Promise<readonly TaskManagerInfo[]> {
    const managers = mergeTaskManagers([...this.running].flatMap((job) => job.taskManagers));
    const configuration = this.processConfiguration ?? new Configuration();
    const idle =
      configuration.get(ExecutionOptions.TARGET) === 'local' &&
      !managers.some(({ id }) => id === LOCAL_TASK_MANAGER_ID);
    return idle ? [localTaskManager(undefined, configuration, this.now()), ...managers] : managers;
  }

  async metrics(): Promise<readonly MetricDump[]> {
    const managers = await this.taskManagers();
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    this.processMetrics.update({
      taskManagers: managers.length,
      slotsTotal: sum(managers.map(({ slotsNumber }) => slotsNumber)),
      slotsAvailable: sum(managers.map(({ freeSlots }) => freeSlots)),
      runningJobs: this.running.size,
      usesManagedMemory: [...this.running].some(({ usesRocksDB }) => usesRocksDB),
    });
    return [...this.processMetrics.dump(), ...[...this.running].flatMap((job) => job.metrics)];
  }

  async log(): Promise<LogExcerpt> {
    const { tail, filePath } = jobLog;
    return { text: tail.text(), lastWriteMs: tail.lastWriteAt, path: filePath };
  }

  async shutDown(): Promise<void> {
    await Promise.allSettled(Array.from(this.running, (job) => job.suspend()));
  }

  private find(jobId: string): DispatchedJob | undefined {
    return [...this.running].findLast((job) => job.jobId === jobId);
  }

  private archived(jobId: string): ArchivedJob {
    const job = this.store.get(jobId);
    if (job === undefined) {
      throw new TaskError(
        'JOB_NOT_FOUND',
        `job ${jobId} is not known here: it did not run in this process, or has ended and was dropped ` +
          `(${JobManagerOptions.JOB_STORE_EXPIRATION_TIME.key}, ${JobManagerOptions.JOB_STORE_MAX_CAPACITY.key})`,
      );
    }
    return job;
  }

  private detailsOf(jobId: string): JobDetails {
    return this.find(jobId)?.details ?? this.archived(jobId).details;
  }

  private runnable(jobId: string, what: string): RunnableJob {
    const job = this.find(jobId);
    if (job === undefined) {
      throw notRunning(this.archived(jobId).details, what);
    }
    return job.runnable(what);
  }
}

/** What whoever starts a job says of it; one of both, once. */
export interface SubmittedJob {
  started(job: RunnableJob): void;
  failed(error: unknown): void;
}

const clock = new SystemClock();
const processDispatcher = new Dispatcher(() => clock.now());

export function dispatcherOfProcess(): Dispatcher {
  return processDispatcher;
}

function jobStoreLimits(configuration: Configuration): JobStoreLimits {
  return {
    maxCapacity: configuration.get(JobManagerOptions.JOB_STORE_MAX_CAPACITY),
    expirationTimeMs: 1000 * configuration.get(JobManagerOptions.JOB_STORE_EXPIRATION_TIME),
    cacheSizeBytes: configuration.get(JobManagerOptions.JOB_STORE_CACHE_SIZE),
  };
}

/** Jobs share the calling thread, each in a slot of its own there; one a thread is shown. */
function mergeTaskManagers(managers: readonly TaskManagerInfo[]): TaskManagerInfo[] {
  const byId = new Map<string, TaskManagerInfo>();
  for (const each of managers) {
    const known = byId.get(each.id);
    if (known === undefined) {
      byId.set(each.id, each);
    } else {
      const allocatedSlots = [...known.allocatedSlots, ...each.allocatedSlots];
      const slotsNumber = Math.max(known.slotsNumber, each.slotsNumber, allocatedSlots.length);
      const freeSlots = slotsNumber - allocatedSlots.length;
      byId.set(each.id, { ...known, allocatedSlots, slotsNumber, freeSlots });
    }
  }
  return [...byId.values()];
}
