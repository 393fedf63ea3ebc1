/**
 * Runs the tasks of one slot on this thread.
 *
 * Deterministic: with a clock and a random source that are, one seed replays a run.
 *
 * Flink: TaskExecutor, Task.
 */
import {
  type AccumulatorRegistry,
  type Clock,
  type MetricRegistry,
  MillraceError,
  TaskError,
  thrownText,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  type OpenStateHandle,
  type OperatorSubtaskState,
  type StateBackend,
  StateMismatches,
} from '@millrace/state';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { Exchange } from '../network/exchange.ts';
import {
  type KvStateLocation,
  KvStateLocationRegistry,
} from '../operators/kv-state-location-registry.ts';
import type { SourceCoordinatorGateway } from '../operators/stream-operator.ts';
import { LoopClock } from '../tasks/loop-clock.ts';
import { StreamTask } from '../tasks/stream-task.ts';
import {
  describeSubtask,
  type RestoredTaskState,
  type TaskServices,
} from '../tasks/task-deployment.ts';
import { BlockingSlices } from './blocking-slices.ts';
import { isFullyFinished } from './finished-vertices.ts';
import { type JobWiring, type RemoteSlots, type SubtaskWiring, wireJob } from './job-wiring.ts';
import type { LoopPulse } from './loop-pulse.ts';
import { closeAll } from './orderly-close.ts';
import { withinRegion } from './region-wiring.ts';
import { restoreChannelState } from './restore-channel-state.ts';
import type {
  JobMasterGateway,
  ReportedState,
  SlotDeployment,
  TaskDetails,
  TaskExecutorGateway,
} from './task-executor-gateway.ts';
import { CHANNEL_CAPACITY, TaskLoop } from './task-loop.ts';

export interface TaskExecutorOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Deals the tasks' turns by chance, as the simulator does, instead of in order. */
  readonly shuffleTurns: boolean;
  readonly stateBackend: StateBackend;
  readonly stateBackendMemoryOfSlotBytes: number;
  readonly openStateHandle: OpenStateHandle;
  checkpointStreams(barrier: CheckpointBarrier): CheckpointStreamFactory;
  checkAcknowledgeSize(states: Iterable<OperatorSubtaskState>): void;
  readonly checkpointing: TaskServices['checkpointing'];
  readonly autoWatermarkIntervalMs: number;
  readonly execution: TaskServices['execution'];
  readonly batchExecution: TaskServices['batchExecution'];
  readonly rehearsal?: TaskServices['rehearsal'];
  readonly snapshotSliceMs: number;
  /** 0: never. */
  readonly cancellationTimeoutMs: number;
  readonly metricRegistry: MetricRegistry;
  readonly latencyTracking: TaskServices['latencyTracking'];
  readonly stateLatencyTracking?: TaskServices['stateLatencyTracking'];
  readonly sendToSinkCoordinator?: TaskServices['sendToSinkCoordinator'];
  readonly liveState?: TaskServices['liveState'];
  /** Where another thread watches the loop. */
  readonly pulse?: LoopPulse;
  warn(message: string): void;
}

/** The other slots of the job, and what moves records between them and this one. */
export interface SlotNetwork {
  readonly remote: RemoteSlots;
  readonly exchange: Exchange;
}

export class TaskExecutor implements TaskExecutorGateway {
  private readonly options: TaskExecutorOptions;
  private readonly deployment: SlotDeployment;
  private readonly jobMaster: JobMasterGateway;
  private readonly network: SlotNetwork | undefined;
  private readonly loop: TaskLoop;
  private readonly wiring: JobWiring;
  private readonly tasks: readonly StreamTask[];
  private readonly kvStates = new KvStateLocationRegistry();
  private readonly mismatches = new StateMismatches();
  /** Settles once what was in flight is in the channels. */
  private filling: Promise<void> = Promise.resolve();
  /** Of the tasks, in their order, once the channels are filled. */
  private opening: readonly Promise<void>[] = [];
  private isStopped = false;

  /** @param network - where the job has other slots than this one */
  constructor(
    options: TaskExecutorOptions,
    deployment: SlotDeployment,
    jobMaster: JobMasterGateway,
    network?: SlotNetwork,
  ) {
    this.options = options;
    this.deployment = deployment;
    this.jobMaster = jobMaster;
    this.network = network;
    const loopClock = new LoopClock(options.clock, options.metricRegistry);
    const { pulse } = options;
    this.loop = new TaskLoop(loopClock, turnOrder(options), {
      exchange: network?.exchange,
      pulse,
      blocking: pulse === undefined ? new BlockingSlices(options.warn) : undefined,
      jobId: deployment.jobInfo.jobId,
    });
    this.wiring = wireJob(deployment.jobGraph, {
      channelCapacity: CHANNEL_CAPACITY,
      random: options.random,
      objectReuseEnabled: options.execution.objectReuseEnabled,
      remote:
        deployment.tasks === undefined
          ? network?.remote
          : withinRegion(deployment.tasks, network?.remote),
    });
    const services: TaskServices = {
      ...options,
      jobInfo: deployment.jobInfo,
      jobMetrics: options.metricRegistry.job(deployment.jobInfo.jobId, deployment.jobInfo.jobName),
      responder: jobMaster,
      reportMismatch: this.mismatches.report,
      loopClock,
      wake: this.loop.wake,
      kvStates: this.kvStates,
    };
    this.tasks = deployment.jobGraph.vertices
      .filter((vertex) => !this.hasFinished(vertex))
      .flatMap((vertex) => this.createTasks(vertex, services));
    this.report('DEPLOYING');
  }

  async initialize(): Promise<void> {
    this.filling = this.fillChannels();
    await this.filling;
    if (this.isStopped) {
      return; // Nobody would close what is opened now.
    }
    this.report('INITIALIZING');
    this.opening = this.tasks.map((task) => this.open(task));
    const outcomes = await Promise.allSettled(this.opening);
    const mismatch = this.mismatches.end();
    if (mismatch !== undefined) {
      // What else failed may follow from it: the states that do not fit began empty.
      throw mismatch;
    }
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'rejected') {
        const task = this.tasks[index]!;
        this.jobMaster.updateTaskExecutionState(task.deployment.address, 'FAILED');
        throw taskFailure(task, outcome.reason);
      }
    });
  }

  private async open(task: StreamTask): Promise<void> {
    await task.initialize();
    this.jobMaster.updateTaskExecutionState(task.deployment.address, 'RUNNING');
  }

  private report(state: ReportedState): void {
    for (const { deployment } of this.tasks) {
      this.jobMaster.updateTaskExecutionState(deployment.address, state);
    }
  }

  async run(): Promise<void> {
    if (this.tasks.length > 0) {
      await this.loop.run(this.tasks);
    }
  }

  stop(): void {
    this.isStopped = true;
    this.loop.stop();
  }

  async cancel(): Promise<void> {
    this.stop();
    this.network?.exchange.close();
    const { clock, warn, cancellationTimeoutMs: timeoutMs } = this.options;
    const closings = this.tasks.map((task, index) => ({
      what: describeTask(task),
      // Closed only once it is not being restored or opened any more.
      done: Promise.allSettled([this.filling, this.opening[index]]).then(() => task.cancel()),
    }));
    await closeAll(closings, { clock, timeoutMs, warn });
  }

  triggerCheckpoint(task: SubtaskAddress, barrier: CheckpointBarrier): void {
    this.taskAt(task)?.triggerCheckpoint(barrier);
  }

  notifyCheckpointComplete(task: SubtaskAddress, checkpointId: number): void {
    this.taskAt(task)?.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(task: SubtaskAddress, checkpointId: number): void {
    this.taskAt(task)?.notifyCheckpointAborted(checkpointId);
  }

  addSplits(task: SubtaskAddress, splits: readonly Uint8Array[], version: number): void {
    this.taskAt(task)?.addSplits(splits, version);
  }

  noMoreSplits(task: SubtaskAddress): void {
    this.taskAt(task)?.noMoreSplits();
  }

  alignWatermark(task: SubtaskAddress, maxDesiredWatermark: number): void {
    this.taskAt(task)?.alignWatermark(maxDesiredWatermark);
  }

  accumulators(): readonly AccumulatorRegistry[] {
    return this.tasks.map((task) => task.accumulators);
  }

  taskDetails(): readonly TaskDetails[] {
    this.options.metricRegistry.updateViews();
    return this.tasks.map((task) => ({
      task: task.deployment.address,
      currentInputWatermark: task.currentWatermark,
      load: task.load,
      operators: task.deployment.vertex.operators.map(({ operatorId, name }) => ({
        name,
        numRecordsIn: task.operatorCounter(operatorId, 'numRecordsIn'),
        numRecordsOut: task.operatorCounter(operatorId, 'numRecordsOut'),
      })),
    }));
  }

  queryableStates(): readonly KvStateLocation[] {
    return this.kvStates.locations;
  }

  queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>> {
    const asked = this.taskAt(task);
    return asked === undefined ? Promise.reject(noSuchTask(task)) : asked.stateQueries.ask(query);
  }

  /** With what was in flight, and then with the ends of the tasks that had ended. */
  private async fillChannels(): Promise<void> {
    const { deployment, wiring, options } = this;
    const { jobGraph, restored } = deployment;
    if (restored === undefined) {
      return;
    }
    const { assignment } = restored;
    const { openStateHandle } = options;
    await restoreChannelState({ jobGraph, assignment, wiring, openStateHandle });
    const finished = new Set(
      jobGraph.vertices.filter((vertex) => this.hasFinished(vertex)).map(({ id }) => id),
    );
    for (const { inputs } of this.ownSubtasks()) {
      for (const { edge, channel } of inputs) {
        if (finished.has(edge.sourceVertexId)) {
          channel.pushEvent({ kind: 'watermark', watermark: Number.POSITIVE_INFINITY });
          channel.pushEvent({ kind: 'end-of-data' });
          channel.pushEvent({ kind: 'end-of-partition' });
        }
      }
    }
  }

  private ownSubtasks(): SubtaskWiring[] {
    return [...this.wiring.values()].flat().filter((subtask) => subtask !== undefined);
  }

  /** Nothing of it runs: its channels just say so. */
  private hasFinished(vertex: JobVertex): boolean {
    return isFullyFinished(vertex, this.deployment.restored?.assignment);
  }

  private createTasks(vertex: JobVertex, services: TaskServices): StreamTask[] {
    const wired = this.wiring.get(vertex.id) ?? [];
    return wired.flatMap((wiring, subtask) =>
      wiring === undefined ? [] : [this.createTask({ vertex, subtask, wiring }, services)],
    );
  }

  private createTask(
    {
      vertex,
      subtask,
      wiring,
    }: { readonly vertex: JobVertex; readonly subtask: number; readonly wiring: SubtaskWiring },
    services: TaskServices,
  ): StreamTask {
    const { jobMaster } = this;
    const address = { vertexId: vertex.id, subtask };
    return new StreamTask(
      {
        address,
        vertex,
        maxParallelism: vertex.maxParallelism,
        attemptNumber: this.deployment.attemptNumber,
        inputs: wiring.inputs,
        outputs: wiring.outputs,
        restored: this.restoredTask(vertex, subtask),
        sourceCoordinator:
          vertex.operators[0]?.factory.kind === 'source'
            ? sourceCoordinatorOf(vertex.id, jobMaster)
            : undefined,
      },
      services,
      {
        taskFinished: () => this.taskFinished(address),
        taskFailed: (task, error) => {
          jobMaster.updateTaskExecutionState(address, 'FAILED');
          jobMaster.fail(taskFailure(task, error));
        },
        taskReachedEndOfData: () => jobMaster.taskReachedEndOfData(address),
      },
    );
  }

  private taskFinished(address: SubtaskAddress): void {
    this.jobMaster.taskFinished(address);
    if (this.tasks.every((each) => each.status === 'finished')) {
      this.loop.stopWhenSent();
    }
  }

  private restoredTask(vertex: JobVertex, subtask: number): RestoredTaskState | undefined {
    const { restored } = this.deployment;
    if (restored === undefined) {
      return undefined;
    }
    const operators = new Map(
      vertex.operators.flatMap(({ operatorId }) => {
        const state = restored.assignment.get(operatorId)?.subtasks[subtask];
        return state === undefined ? [] : [[operatorId, state] as const];
      }),
    );
    const { checkpointId, startsJob } = restored;
    return { checkpointId, startsJob, operators };
  }

  private taskAt(address: SubtaskAddress): StreamTask | undefined {
    return this.tasks.find(
      ({ deployment: { address: each } }) =>
        each.vertexId === address.vertexId && each.subtask === address.subtask,
    );
  }
}

function sourceCoordinatorOf(
  vertexId: string,
  jobMaster: JobMasterGateway,
): SourceCoordinatorGateway {
  return {
    registerReader: (subtask) => jobMaster.registerReader({ vertexId, subtask }),
    sendSplitRequest: (subtask) => jobMaster.sendSplitRequest({ vertexId, subtask }),
    reportWatermark: (subtask, watermark) =>
      jobMaster.reportWatermark({ vertexId, subtask }, watermark),
  };
}

function turnOrder(options: TaskExecutorOptions): { firstOf(count: number): number } {
  return options.shuffleTurns
    ? { firstOf: (count) => Math.floor(options.random() * count) }
    : { firstOf: () => 0 };
}

function taskFailure(task: StreamTask, error: unknown): unknown {
  if (error instanceof MillraceError) {
    return error;
  }
  return new TaskError('TASK_FAILED', `${describeTask(task)} failed: ${thrownText(error)}`, {
    cause: error,
  });
}

function describeTask({ deployment }: StreamTask): string {
  return describeSubtask(deployment);
}

function noSuchTask({ vertexId, subtask }: SubtaskAddress): TaskError {
  return new TaskError(
    'JOB_NOT_RUNNING',
    `subtask ${subtask} of vertex ${vertexId} does not run: it has finished, or the job has another parallelism now; ask for the job's details anew`,
  );
}
