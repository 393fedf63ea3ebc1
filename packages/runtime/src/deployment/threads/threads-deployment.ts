/**
 * The `threads` deployment: the JobManager on this thread, each slot on a worker thread of its own that
 * runs the same program.
 *
 * Invariants:
 * - A worker that lives is used by the next attempt; one that was lost is replaced.
 * - No worker outlives the job.
 */
import {
  type Clock,
  ConfigError,
  type Configuration,
  HeartbeatManagerOptions,
  JobManagerOptions,
  TaskManagerOptions,
} from '@millrace/core';
import { checkpointConfiguration } from '../../checkpoint/checkpoint-configuration.ts';
import type { TaskManagerInfo } from '../../gateway/task-manager-info.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { jobGraphFacts } from '../../graph/job-graph-facts.ts';
import { ExecutionGraph } from '../../jobmanager/execution-graph.ts';
import type {
  DeploymentRequest,
  JobDeployment,
  JobExecution,
} from '../../jobmanager/job-deployment.ts';
import { describeTaskManager, heapOf } from '../../metrics/task-manager-description.ts';
import { checkSlots, SlotAssignment } from '../slot-assignment.ts';
import { type EarlierJob, sinkCoordinatorsOf } from './earlier-jobs.ts';
import type { ProgramToImport } from './program-module.ts';
import { RegionSlots } from './region-slots.ts';
import { TaskManagerIds } from './task-manager-ids.ts';
import { TaskManagerPool } from './task-manager-pool.ts';
import { processorsOfProgram } from './task-manager-thread.ts';
import { youngShareMb } from './worker-thread.ts';

export interface ThreadsDeploymentOptions {
  readonly jobId: string;
  /** As the program built it. */
  readonly jobGraph: JobGraph;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly program: ProgramToImport;
  /** False where the job is given as many slots as there are. */
  readonly checksSlots: boolean;
  /** Of the `execute()` among those of the program, from 0. */
  readonly jobIndex: number;
  readonly earlierJobs: readonly EarlierJob[];
  directoryOfSavepoint(checkpointId: number): string | undefined;
  warn(message: string): void;
}

const BYTES_PER_MB = 1024 * 1024;

export class ThreadsDeployment implements JobDeployment {
  private readonly options: ThreadsDeploymentOptions;
  private readonly pool: TaskManagerPool;
  private readonly taskManagerIds = new TaskManagerIds();
  /** 0: never. */
  private readonly cancellationTimeoutMs: number;
  private readonly splitsRegions: boolean;
  /** Of the attempt that runs. */
  private graph: JobGraph;
  private slots: RegionSlots | undefined;
  private deployments = 0;

  /** @throws ConfigError `NO_RESOURCE_AVAILABLE` */
  constructor(options: ThreadsDeploymentOptions) {
    const { clock, configuration, jobGraph, warn } = options;
    this.options = options;
    this.graph = jobGraph;
    this.cancellationTimeoutMs = configuration.get(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT);
    this.splitsRegions =
      configuration.get(JobManagerOptions.EXECUTION_FAILOVER_STRATEGY) === 'region' &&
      checkpointConfiguration(configuration).intervalMs !== undefined;
    this.checkResources(jobGraph);
    const start = this.workerStart();
    const facts = jobGraphFacts(jobGraph);
    const heapBytes = configuration.get(TaskManagerOptions.TASK_HEAP_MEMORY);
    this.pool = new TaskManagerPool({
      clock,
      warn,
      cancellationTimeoutMs: this.cancellationTimeoutMs,
      heartbeatTimeoutMs: heartbeatTimeoutMs(configuration),
      workerOptions: (slot) => ({
        start: { ...start, slot, taskManagerId: this.taskManagerIds.ofSlot(slot) },
        facts,
        memory: {
          heapSizeMb: heapBytes && Math.ceil(heapBytes / BYTES_PER_MB),
          youngShareMb: youngShareMb(new SlotAssignment(this.graph).slots),
        },
        registrationTimeoutMs: configuration.get(TaskManagerOptions.REGISTRATION_TIMEOUT),
        tasks: new SlotAssignment(this.graph).describe(slot, this.graph.vertices),
      }),
      taskName: (slot, attempt, task) => this.taskName(slot, attempt, task),
    });
  }

  checkResources(jobGraph: JobGraph): void {
    if (this.options.checksSlots) {
      checkSlots(new SlotAssignment(jobGraph), this.options.configuration);
    }
  }

  deploy(request: DeploymentRequest): JobExecution {
    const { clock, configuration, jobGraph, directoryOfSavepoint, warn } = this.options;
    const { pool, cancellationTimeoutMs } = this;
    const assignment = new SlotAssignment(request.jobGraph);
    this.graph = request.jobGraph;
    pool.limitTo(assignment.slots);
    const slots = new RegionSlots({
      ...{ clock, configuration, pool, assignment, cancellationTimeoutMs, warn },
      jobGraph: request.jobGraph,
      sinkCoordinators: sinkCoordinatorsOf(jobGraph),
      nextAttempt: () => this.deployments++,
      directoryOfSavepoint,
      taskManagerIdOf: (slot) => this.taskManagerIds.ofSlot(slot),
    });
    this.slots = slots;
    return new ExecutionGraph(
      {
        ...{ clock, cancellationTimeoutMs, warn },
        startsSources: true,
        splitsRegions: this.splitsRegions,
        metrics: () => pool.metrics(),
      },
      request,
      (jobMaster, deployment) => slots.deploy(jobMaster, deployment),
    );
  }

  taskManagers(): readonly TaskManagerInfo[] {
    const { jobId, configuration, clock } = this.options;
    const slotsOfProcess = Math.max(1, new SlotAssignment(this.graph).slots);
    return this.pool.alive().map(({ slot, silentMs, metrics }) =>
      describeTaskManager({
        ...{ id: this.taskManagerIds.ofSlot(slot), jobId, configuration, slotsOfProcess },
        ...{ slotsNumber: 1, usesNetwork: slotsOfProcess > 1 },
        lastHeartbeatMs: clock.now() - silentMs,
        heap: heapOf(metrics),
      }),
    );
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.taskManagerIds.release();
  }

  private workerStart() {
    const { jobId, jobGraph, jobIndex, earlierJobs, program, configuration } = this.options;
    return {
      jobId,
      jobName: jobGraph.jobName,
      jobIndex,
      configuration: configuration.toMap(),
      processors: processorsOfProgram(),
      earlierJobs,
      program,
      mainFile: process.argv[1],
    };
  }

  private taskName(slot: number, attempt: number, index: number): string {
    const task = this.slots?.task(slot, attempt, index);
    const vertex = this.graph.vertices.find(({ id }) => id === task?.vertexId);
    return task === undefined || vertex === undefined
      ? 'a task'
      : `${vertex.name} (${task.subtask + 1}/${vertex.parallelism})`;
  }
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` unless a sign of life is asked for before it is overdue */
function heartbeatTimeoutMs(configuration: Configuration): number {
  const { HEARTBEAT_INTERVAL, HEARTBEAT_TIMEOUT } = HeartbeatManagerOptions;
  const intervalMs = configuration.get(HEARTBEAT_INTERVAL);
  const timeoutMs = configuration.get(HEARTBEAT_TIMEOUT);
  if (timeoutMs <= intervalMs) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${HEARTBEAT_TIMEOUT.key} is ${timeoutMs} ms and ${HEARTBEAT_INTERVAL.key} ${intervalMs} ms: a ` +
        'worker thread would be lost before it is asked for a sign of life; make the timeout longer ' +
        'than the interval',
    );
  }
  return timeoutMs;
}
