/**
 * Runs one job from its first attempt to its end: deploys it, checkpoints it, and starts it again
 * from the last completed checkpoint as often as the restart strategy allows.
 *
 * Invariants:
 * - One attempt at a time; the next begins after everything of the last one was closed. Within one, a
 *   region that fails restarts alone.
 * - An attempt restores the latest completed checkpoint, which may be the savepoint of a stop that
 *   failed after it (Flink does not: it may commit twice then), else the snapshot the job was started
 *   from.
 * - A job that finished is never run again by the next process, also when this one dies at its end.
 * - An error that a restart would meet again is final: `config`, `invariant`, `fatal`, an unreadable snapshot.
 *
 * Flink: JobMaster, DefaultScheduler.
 */
import {
  type Clock,
  errorCode,
  errorMessage,
  type MetricDump,
  type MetricRegistry,
  type TaskError,
} from '@millrace/core';
import type { CheckpointMetadata, StateAssignment } from '@millrace/state';
import type { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.ts';
import { checkpointTasksOf } from '../checkpoint/checkpoint-plan.ts';
import type { JobEnd } from '../checkpoint/checkpoint-properties.ts';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import type {
  CheckpointType,
  JobClient,
  SavepointOptions,
  StopWithSavepointOptions,
} from '../gateway/job-client.ts';
import type { JobDetails, JobFacts, JobStatus } from '../gateway/job-details.ts';
import { accumulatorValues, JobExecutionResult } from '../gateway/job-execution-result.ts';
import type { TaskManagerInfo } from '../gateway/task-manager-info.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import {
  parallelismOf,
  type RescaleRequest,
  rescaledParallelism,
  type VertexParallelism,
} from '../graph/rescaled-job-graph.ts';
import type { JobResourceRequirements } from '../graph/resource-requirements.ts';
import type { SlotDeployment } from '../taskmanager/task-executor-gateway.ts';
import { adaptiveOf } from './adaptive/adaptive-of.ts';
import type { AdaptiveScheduler } from './adaptive/adaptive-scheduler.ts';
import type { CheckpointingServices, RestorableSnapshot } from './checkpointing-services.ts';
import type { Executions } from './executions.ts';
import type { ExceptionHistory } from './failover/exception-history.ts';
import { failedTask } from './failover/failed-task.ts';
import { RegionFailover } from './failover/region-failover.ts';
import type { RestartBackoffTimeStrategy } from './failover/restart-backoff-time-strategy.ts';
import { RestartWait } from './failover/restart-wait.ts';
import type { FileSystemJobResultStore } from './file-system-job-result-store.ts';
import type { JobDeployment, JobExecution } from './job-deployment.ts';
import { jobDetails } from './job-details.ts';
import { endedError, tidyUp } from './job-ended.ts';
import { type JobStatusMetric, registerJobMetrics } from './job-metrics.ts';
import { checkStreaming, jobNotRunning } from './job-not-running.ts';
import { JobParallelism } from './job-parallelism.ts';
import type { JobStatusTracker } from './job-status-tracker.ts';
import { queryStateOf } from './query-state.ts';
import { RequestedSnapshots } from './requested-snapshots.ts';

export interface JobMasterOptions {
  readonly facts: JobFacts;
  /** Since the job was submitted. */
  readonly statuses: JobStatusTracker;
  /** At the parallelisms that the job starts with. */
  readonly jobGraph: JobGraph;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deployment: JobDeployment;
  /** Gives the job its parallelisms; those of the graph without. */
  readonly adaptive: AdaptiveScheduler | undefined;
  readonly checkpointing: CheckpointingServices;
  readonly restartStrategy: RestartBackoffTimeStrategy;
  /** Remembers beyond this process that the job has finished. */
  readonly jobResults: FileSystemJobResultStore | undefined;
  /** An earlier process finished the job: it is only cleaned up. */
  readonly hasFinished: boolean;
  /** False when no checkpoint is taken but on request. */
  readonly takesCheckpoints: boolean;
  /** What a snapshot gives each operator. */
  assign(metadata: CheckpointMetadata, jobGraph: JobGraph): StateAssignment;
  readonly executions: Executions;
  readonly exceptions: ExceptionHistory;
  /** Of what the JobManager measures of this job. */
  readonly metricRegistry: MetricRegistry;
  readonly statusMetrics: readonly JobStatusMetric[];
  warn(message: string): void;
}

export class JobMaster implements JobClient {
  readonly jobId: string;
  readonly jobName: string;
  readonly executions: Executions;
  /** Each is called once, before whoever waits for the result is told. */
  readonly endListeners: (() => void)[] = [];
  private readonly options: JobMasterOptions;
  private readonly coordinator: CheckpointCoordinator;
  private readonly regionFailover: RegionFailover;
  private readonly outcome: Promise<JobExecutionResult>;
  private readonly statuses: JobStatusTracker;
  private execution: JobExecution | undefined;
  private readonly parallelism: JobParallelism;
  /** Resolves when the job runs for the first time, or has ended without. */
  private readonly firstRun: Promise<void>;
  private runsFirst: () => void = () => {};
  private attempt = 0;
  private numberOfRestarts = 0;
  private restoredCheckpointId: number | undefined;
  /** What was asked for from outside. */
  private endRequested: 'CANCELED' | 'SUSPENDED' | undefined;
  private readonly snapshots: RequestedSnapshots;
  private readonly restartWait: RestartWait;

  constructor(options: JobMasterOptions) {
    this.options = options;
    this.firstRun = new Promise((resolve) => {
      this.runsFirst = resolve;
    });
    this.jobId = options.facts.jobId;
    this.jobName = options.jobGraph.jobName;
    this.executions = options.executions;
    this.statuses = options.statuses;
    this.statuses.status = 'CREATED';
    this.coordinator = options.checkpointing.createCoordinator(options.jobGraph, {
      targets: () => this.execution?.targets,
      sourceCoordinators: () => this.execution?.sourceCoordinators ?? [],
      failJob: (error) => this.execution?.fail(error),
    });
    this.snapshots = new RequestedSnapshots({
      ...options,
      coordinator: this.coordinator,
      checkRunning: (what) => this.checkRunning(what),
      ended: () => this.outcome,
    });
    this.restartWait = new RestartWait({
      ...options,
      jobName: this.jobName,
      onRestarting: () => {
        this.statuses.status = 'RESTARTING';
      },
    });
    this.parallelism = this.createParallelism();
    this.regionFailover = this.createRegionFailover();
    registerJobMetrics(options.metricRegistry.jobManagerJob(this.jobId, this.jobName), {
      ...options,
      checkpoints: options.checkpointing.statistics,
      numberOfRestarts: () => this.numberOfRestarts,
    });
    this.outcome = this.runToEnd();
    // Whoever never asks for the result must not crash the process by its rejection.
    this.outcome.catch(() => {});
  }

  jobStatus(): JobStatus {
    return this.statuses.status;
  }

  details(): JobDetails {
    const { options, parallelism, numberOfRestarts, restoredCheckpointId } = this;
    const job = { ...options, parallelism, numberOfRestarts, restoredCheckpointId };
    return jobDetails(job, this.execution);
  }

  checkpointStatistics(): CheckpointStatisticsSnapshot {
    return this.options.checkpointing.statistics.snapshot();
  }

  queryState: JobClient['queryState'] = (task, query) =>
    queryStateOf({ ...this.options.facts, status: this.jobStatus() }, this.execution, task, query);

  metrics(): readonly MetricDump[] {
    return [...this.options.metricRegistry.dump(), ...(this.execution?.metrics() ?? [])];
  }

  accumulators(): ReadonlyMap<string, unknown> {
    return accumulatorValues(this.execution?.accumulators() ?? new Map());
  }

  jobExecutionResult(): Promise<JobExecutionResult> {
    return this.outcome;
  }

  async triggerSavepoint(options: SavepointOptions = {}): Promise<string> {
    return this.snapshots.takeSavepoint(options);
  }

  async triggerCheckpoint(checkpointType: CheckpointType = 'CONFIGURED'): Promise<number> {
    return this.snapshots.takeCheckpoint(checkpointType);
  }

  /** @param onTaken - called with the path, while the job has not ended */
  async stopWithSavepoint(
    options: StopWithSavepointOptions = {},
    onTaken: (path: string) => void = () => {},
  ): Promise<string> {
    return this.snapshots.stopWithSavepoint(options, onTaken);
  }

  async rescale(request: RescaleRequest): Promise<void> {
    checkStreaming('a rescale', this.options.jobGraph);
    if (this.statuses.status === 'CREATED') {
      await this.firstRun;
    }
    this.checkRunning('a rescale');
    const parallelism = rescaledParallelism(this.parallelism.jobGraph, request);
    const change = () => this.parallelism.change(parallelism);
    await (this.options.adaptive?.rescaleTo(parallelism, change) ?? change());
  }

  resourceRequirements(): JobResourceRequirements {
    return adaptiveOf(this.options).requirements;
  }

  async updateResourceRequirements(requirements: JobResourceRequirements): Promise<void> {
    adaptiveOf(this.options).updateRequirements(requirements);
  }

  taskManagers(): readonly TaskManagerInfo[] {
    return this.statuses.isTerminal ? [] : (this.options.deployment.taskManagers?.() ?? []);
  }

  async cancel(): Promise<void> {
    await this.endAs('CANCELED');
  }

  /**
   * Stops the job so that another process goes on with it: with high availability what that needs is
   * kept, and the job is `SUSPENDED`; without, it is cancelled.
   */
  async suspend(): Promise<void> {
    await this.endAs(this.options.checkpointing.isHighlyAvailable ? 'SUSPENDED' : 'CANCELED');
  }

  private async endAs(end: 'CANCELED' | 'SUSPENDED'): Promise<void> {
    if (this.endRequested === undefined && !this.statuses.isTerminal) {
      this.endRequested = end;
      this.statuses.status = 'CANCELLING';
      this.execution?.fail(endedError(this.jobName, end));
      this.restartWait.abandon();
      this.options.adaptive?.abandon();
    }
    await this.outcome.catch(() => {});
  }

  private async runToEnd(): Promise<JobExecutionResult> {
    try {
      await this.runAttempts();
    } catch (error) {
      const end = this.endRequested;
      if (end !== undefined && errorCode(error) === 'TASK_CANCELLATION_TIMEOUT') {
        this.options.warn(`job ${this.jobName} is cancelled, but ${errorMessage(error)}`);
      }
      await this.end(end ?? 'FAILED');
      throw end === undefined ? error : endedError(this.jobName, end);
    }
    await this.end('FINISHED');
    return new JobExecutionResult({
      jobId: this.jobId,
      netRuntimeMs: this.options.clock.now() - this.statuses.startTimeMs,
      accumulators: this.execution?.accumulators() ?? new Map(),
    });
  }

  private async runAttempts(): Promise<void> {
    // `outcome` is assigned before anything can ask for it.
    await Promise.resolve();
    if (this.options.hasFinished) {
      return;
    }
    for (let isRescaled = false; ; ) {
      try {
        await this.findSlots(isRescaled);
        await this.runAttempt();
        return;
      } catch (error) {
        if (!this.parallelism.isSignal(error) && !this.takesRescaleBack(error)) {
          await this.backOff(error);
          this.numberOfRestarts++;
        }
        if (this.endRequested !== undefined) {
          throw endedError(this.jobName, this.endRequested);
        }
        isRescaled = this.parallelism.adopt();
        this.attempt++;
      }
    }
  }

  /** @param isRescaled - the attempt was given its parallelisms */
  private async findSlots(isRescaled: boolean): Promise<void> {
    const { adaptive } = this.options;
    if (adaptive === undefined || isRescaled) {
      return;
    }
    const parallelism = await adaptive.waitForResources();
    if (parallelism === undefined) {
      throw endedError(this.jobName, this.endRequested ?? 'CANCELED');
    }
    this.parallelism.set(parallelism);
  }

  private takesRescaleBack(error: unknown): boolean {
    return this.endRequested === undefined && this.parallelism.takeBack(error);
  }

  private async runAttempt(): Promise<void> {
    const { options } = this;
    const { jobGraph } = this.parallelism;
    const snapshot = options.checkpointing.latestSnapshot();
    options.executions.adopt(jobGraph);
    const execution = options.deployment.deploy({
      jobInfo: { jobId: this.jobId, jobName: this.jobName },
      jobGraph,
      ...this.restoring(snapshot),
      responder: this.coordinator,
      ...{ executions: options.executions, metricRegistry: options.metricRegistry },
      listener: {
        failureNoted: (error, task, isFirst) => {
          const failed = task && failedTask(task, jobGraph, options.executions);
          options.exceptions[isFirst ? 'taskFailed' : 'alsoFailed'](error, failed);
        },
        attemptFails: (error) => void this.coordinator.stopCheckpointScheduler(error),
        taskFinished: (task) => this.coordinator.taskFinished(task),
        allDataEnded: () => this.snapshots.allDataEnded(),
        regionFailed: (region, error) => {
          if (
            !this.snapshots.hasStop &&
            !this.parallelism.isChanging &&
            !options.adaptive?.losesSlot(error)
          ) {
            this.regionFailover.regionFailed(region, error, execution);
          } else {
            execution.fail(error); // All tasks take part in the end of the attempt.
          }
        },
      },
    });
    this.execution = execution;
    let failure: unknown;
    try {
      await execution.initialize();
      if (snapshot !== undefined) {
        options.checkpointing.reportRestored(snapshot);
      }
      if (this.endRequested === undefined) {
        this.statuses.status = 'RUNNING';
        const tasks = checkpointTasksOf(jobGraph);
        this.coordinator.startCheckpointScheduler(execution.finishedTasks, tasks);
        this.parallelism.attemptRuns();
        options.adaptive?.attemptRuns(parallelismOf(jobGraph), (to) => this.adapt(to));
        this.runsFirst();
      }
      await execution.run();
    } catch (error) {
      failure = error;
      if (this.endRequested === undefined) {
        this.statuses.status = this.parallelism.isSignal(error) ? 'RESTARTING' : 'FAILING';
      }
      await execution.cancel();
      throw error;
    } finally {
      this.regionFailover.abandon();
      options.adaptive?.attemptEnded(parallelismOf(jobGraph), failure);
      await this.coordinator.stopCheckpointScheduler(failure);
      await this.snapshots.attemptEnded(failure);
    }
  }

  private restoring(
    snapshot: RestorableSnapshot | undefined,
  ): Pick<SlotDeployment, 'attemptNumber' | 'restored'> {
    this.restoredCheckpointId = snapshot?.checkpointId;
    const assignment =
      snapshot && this.options.assign(snapshot.location.metadata, this.parallelism.jobGraph);
    const restored = snapshot &&
      assignment && {
        checkpointId: snapshot.checkpointId,
        startsJob: this.attempt === 0 && snapshot.restored !== undefined,
        assignment,
      };
    return { attemptNumber: this.attempt, restored };
  }

  private async adapt(parallelism: VertexParallelism): Promise<void> {
    this.checkRunning('a change of its parallelism');
    await this.parallelism.change(parallelism);
  }

  private async backOff(error: unknown): Promise<void> {
    if (this.endRequested !== undefined) {
      throw error;
    }
    await this.restartWait.backOff(error);
  }

  private createParallelism(): JobParallelism {
    const { options, coordinator } = this;
    return new JobParallelism({
      ...options,
      coordinator,
      checkResources: (graph) => options.deployment.checkResources?.(graph),
      endAttempt: (signal) => this.execution?.fail(signal),
      ended: () =>
        this.outcome.then(() => {
          throw this.notRunning('a rescale');
        }),
    });
  }

  private createRegionFailover(): RegionFailover {
    const { options, coordinator, jobName } = this;
    return new RegionFailover({
      ...options,
      coordinator,
      jobName,
      nextAttempt: () => {
        this.attempt++;
        this.numberOfRestarts++;
        const snapshot = options.checkpointing.latestSnapshot();
        if (snapshot !== undefined) {
          options.checkpointing.reportRestored(snapshot);
        }
        return this.restoring(snapshot);
      },
      onChanged: (isRestarting) => {
        if (this.endRequested === undefined) {
          this.statuses.status = isRestarting ? 'RESTARTING' : 'RUNNING';
        }
      },
    });
  }

  private checkRunning(what: string): void {
    checkStreaming(what, this.options.jobGraph);
    if (
      this.statuses.status !== 'RUNNING' ||
      this.snapshots.isStopUnderWay ||
      this.parallelism.isChanging
    ) {
      throw this.notRunning(what);
    }
  }

  private notRunning(what: string): TaskError {
    const { options, parallelism } = this;
    return jobNotRunning(what, {
      ...options,
      parallelism,
      isBeingStopped: this.snapshots.isStopUnderWay,
    });
  }

  private async end(end: JobEnd): Promise<void> {
    this.options.adaptive?.close();
    await tidyUp(this.jobName, end, { ...this.options, coordinator: this.coordinator });
    this.statuses.status = end;
    this.runsFirst();
    for (const ended of this.endListeners) {
      ended();
    }
  }
}
