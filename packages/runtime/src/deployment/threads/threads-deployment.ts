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
  TaskManagerOptions,
} from '@millrace/core';
import type { OperatorSubtaskRestore, StateAssignment } from '@millrace/state';
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { jobGraphFacts } from '../../graph/job-graph-facts.ts';
import { ExecutionGraph } from '../../jobmanager/execution-graph.ts';
import type {
  DeploymentRequest,
  JobDeployment,
  JobExecution,
} from '../../jobmanager/job-deployment.ts';
import type { JobMasterGateway, SlotDeployment } from '../../taskmanager/task-executor-gateway.ts';
import { checkSlots, SlotAssignment } from '../slot-assignment.ts';
import { type EarlierJob, sinkCoordinatorsOf } from './earlier-jobs.ts';
import { ForeignAccumulators } from './foreign-accumulators.ts';
import type { ProgramToImport } from './program-module.ts';
import { RemoteTaskExecutor } from './remote-task-executor.ts';
import { allocateSlotChannels } from './slot-channels.ts';
import { TaskManagerPool } from './task-manager-pool.ts';
import { processorsOfProgram } from './task-manager-thread.ts';
import type { SlotShare } from './worker-messages.ts';

export interface ThreadsDeploymentOptions {
  readonly jobId: string;
  /** As the program built it. */
  readonly jobGraph: JobGraph;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly program: ProgramToImport;
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
  /** 0: never. */
  private readonly cancellationTimeoutMs: number;
  /** Of the attempt that runs: its graph, and by slot what runs it. */
  private graph: JobGraph;
  private executors: readonly RemoteTaskExecutor[] = [];
  private deployments = 0;

  /** @throws ConfigError `NO_RESOURCE_AVAILABLE` */
  constructor(options: ThreadsDeploymentOptions) {
    const { clock, configuration, jobGraph, warn } = options;
    this.options = options;
    this.graph = jobGraph;
    this.cancellationTimeoutMs = configuration.get(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT);
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
        start: { ...start, slot },
        facts,
        heapSizeMb: heapBytes && Math.ceil(heapBytes / BYTES_PER_MB),
        registrationTimeoutMs: configuration.get(TaskManagerOptions.REGISTRATION_TIMEOUT),
        tasks: new SlotAssignment(this.graph).describe(slot, this.graph.vertices),
      }),
      taskName: (slot, task) => this.taskName(slot, task),
    });
  }

  checkResources(jobGraph: JobGraph): void {
    checkSlots(new SlotAssignment(jobGraph), this.options.configuration);
  }

  deploy(request: DeploymentRequest): JobExecution {
    const { clock, warn } = this.options;
    const { cancellationTimeoutMs } = this;
    const options = { clock, cancellationTimeoutMs, warn, startsSources: true };
    const assignment = new SlotAssignment(request.jobGraph);
    this.graph = request.jobGraph;
    this.pool.limitTo(assignment.slots);
    return new ExecutionGraph(options, request, (jobMaster) => {
      const executors = this.deploySlots(request, assignment, jobMaster);
      this.executors = executors;
      const executorOf = (task: SubtaskAddress) =>
        executors[assignment.slotOf(task)] as RemoteTaskExecutor;
      return { executors, executorOf };
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private deploySlots(
    request: DeploymentRequest,
    assignment: SlotAssignment,
    jobMaster: JobMasterGateway,
  ): RemoteTaskExecutor[] {
    const { jobGraph, clock, configuration, warn } = this.options;
    const { cancellationTimeoutMs } = this;
    const channels = allocateSlotChannels(request.jobGraph, assignment, configuration);
    const attempt = this.deployments++;
    const sinkCoordinators = sinkCoordinatorsOf(jobGraph);
    const foreignAccumulators = new ForeignAccumulators((slot, parts) =>
      this.pool.merge(slot, parts),
    );
    const announced = new Set<number>();
    let running = channels.length;
    const executors = channels.map(
      (own, slot) =>
        new RemoteTaskExecutor({
          slot,
          attempt,
          share: shareOf(slot, assignment, request),
          channels: own,
          clock,
          jobMaster,
          sinkCoordinators,
          foreignAccumulators,
          cancellationTimeoutMs,
          worker: () => this.pool.workerOf(slot),
          announce: ({ checkpointId }) => {
            const directory = this.options.directoryOfSavepoint(checkpointId);
            if (directory !== undefined && !announced.has(checkpointId)) {
              announced.add(checkpointId);
              for (const executor of executors) {
                executor.announceSavepoint(checkpointId, directory);
              }
            }
          },
          ended: async () => {
            running--;
            await (running === 0 ? foreignAccumulators.settle() : undefined);
          },
          warn,
        }),
    );
    return executors;
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

  private taskName(slot: number, index: number): string {
    const task = this.executors[slot]?.taskDetails()[index]?.task;
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

/** Only what is for its tasks: the others restore theirs. */
function shareOf(
  slot: number,
  assignment: SlotAssignment,
  { jobInfo, jobGraph, attemptNumber, restored }: SlotDeployment,
): SlotShare {
  return {
    jobInfo,
    attemptNumber,
    vertices: jobGraph.vertices.map(({ id, parallelism, maxParallelism }) => ({
      id,
      parallelism,
      maxParallelism,
    })),
    restored: restored && {
      checkpointId: restored.checkpointId,
      assignment: statesOf(slot, { jobGraph, assignment, states: restored.assignment }),
    },
  };
}

function statesOf(
  slot: number,
  {
    jobGraph: { vertices },
    assignment,
    states,
  }: {
    readonly jobGraph: JobGraph;
    readonly assignment: SlotAssignment;
    readonly states: StateAssignment;
  },
): StateAssignment {
  const vertexOf = new Map(
    vertices.flatMap(({ id, operators }) => operators.map(({ operatorId }) => [operatorId, id])),
  );
  return new Map(
    Array.from(states, ([operatorId, restore]) => {
      const vertexId = vertexOf.get(operatorId) ?? '';
      const subtasks = restore.subtasks.map((state, subtask) =>
        assignment.slotOf({ vertexId, subtask }) === slot ? state : NO_STATE,
      );
      return [operatorId, { ...restore, coordinatorState: undefined, subtasks }];
    }),
  );
}

const NO_STATE: OperatorSubtaskRestore = {
  managedKeyedState: [],
  managedOperatorState: [],
  rawOperatorState: [],
};
