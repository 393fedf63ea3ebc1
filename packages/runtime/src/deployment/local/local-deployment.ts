/**
 * The `local` deployment: every subtask, at any parallelism, on the calling thread.
 *
 * Deterministic: with a clock and a random source that are, one seed replays a run.
 */
import {
  type AccumulatorResults,
  type Clock,
  errorMessage,
  FatalError,
  invariant,
  type MetricGroup,
  MIN_TIMESTAMP,
  MillraceError,
  mergeAccumulators,
  TaskError,
  type Timer,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  type OpenStateHandle,
  type OperatorSubtaskState,
  type StateBackend,
  StateMismatches,
} from '@millrace/state';
import type {
  CheckpointTargets,
  SubtaskAddress,
} from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointBarrier } from '../../checkpoint/checkpoint-options.ts';
import type { JobVertexDetails, QueryableStateDetails } from '../../gateway/job-client.ts';
import type { JobVertex } from '../../graph/job-graph.ts';
import type {
  DeploymentRequest,
  JobDeployment,
  JobExecution,
} from '../../jobmanager/job-deployment.ts';
import { SourceCoordinator } from '../../jobmanager/source-coordinator.ts';
import { WatermarkAlignmentGroups } from '../../jobmanager/watermark-alignment.ts';
import { KvStateLocationRegistry } from '../../operators/kv-state-location-registry.ts';
import { StreamTask } from '../../tasks/stream-task.ts';
import type { RestoredTaskState, TaskServices } from '../../tasks/task-deployment.ts';
import { type JobWiring, wireJob } from './job-wiring.ts';
import { restoreChannelState } from './restore-channel-state.ts';
import { CHANNEL_CAPACITY, TaskLoop } from './task-loop.ts';

export interface LocalDeploymentOptions {
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
  readonly metricGroup: MetricGroup;
  warn(message: string): void;
}

export class LocalDeployment implements JobDeployment {
  private readonly options: LocalDeploymentOptions;

  constructor(options: LocalDeploymentOptions) {
    this.options = options;
  }

  deploy(request: DeploymentRequest): JobExecution {
    return new LocalExecution(this.options, request);
  }

  async close(): Promise<void> {
    await this.options.stateBackend.close?.();
  }
}

class LocalExecution implements JobExecution {
  readonly targets: CheckpointTargets;
  readonly sourceCoordinators: readonly SourceCoordinator[];
  readonly finishedOnRestore: SubtaskAddress[] = [];
  private readonly options: LocalDeploymentOptions;
  private readonly request: DeploymentRequest;
  private readonly alignmentGroups = new WatermarkAlignmentGroups();
  private readonly loop: TaskLoop;
  private readonly wiring: JobWiring;
  private readonly tasks: readonly StreamTask[];
  private readonly kvStates = new KvStateLocationRegistry();
  private readonly mismatches = new StateMismatches();
  private failure: { readonly error: unknown } | undefined;
  /** Of the tasks, in their order, from `initialize` on. */
  private opening: readonly Promise<void>[] = [];
  /** Rejects on `fail`: what is being opened may never end. */
  private readonly interruption: Promise<never>;
  private interrupt!: (error: unknown) => void;
  private canceled = false;
  private dataEnded = false;

  constructor(options: LocalDeploymentOptions, request: DeploymentRequest) {
    this.options = options;
    this.request = request;
    this.interruption = new Promise((_resolve, reject) => {
      this.interrupt = reject;
    });
    this.interruption.catch(() => {}); // Nobody waits for it once all are open.
    const { clock, random } = options;
    this.loop = new TaskLoop(clock, turnOrder(options));
    this.wiring = wireJob(request.jobGraph, {
      channelCapacity: CHANNEL_CAPACITY,
      maxParallelismOf: (vertex) => vertex.maxParallelism,
      random,
      objectReuseEnabled: options.execution.objectReuseEnabled,
    });
    const coordinators = new Map<string, SourceCoordinator>();
    for (const vertex of request.jobGraph.vertices) {
      const head = vertex.operators[0];
      if (head?.factory.kind === 'source' && !this.isFullyFinished(vertex)) {
        coordinators.set(vertex.id, this.createCoordinator(vertex, clock));
      }
    }
    this.sourceCoordinators = [...coordinators.values()];
    const services: TaskServices = {
      ...options,
      jobInfo: request.jobInfo,
      responder: request.responder,
      reportMismatch: this.mismatches.report,
      wake: this.loop.wake,
      kvStates: this.kvStates,
    };
    this.tasks = request.jobGraph.vertices.flatMap((vertex) =>
      this.createTasks(vertex, { services, coordinator: coordinators.get(vertex.id) }),
    );
    this.targets = this.createTargets(coordinators);
  }

  async initialize(): Promise<void> {
    await Promise.race([this.fillChannels(), this.interruption]);
    for (const coordinator of this.options.rehearsal ? [] : this.sourceCoordinators) {
      const { coordinatorState } = this.restoredOperator(coordinator.operatorId) ?? {};
      coordinator.start(coordinatorState?.data);
    }
    this.opening = this.tasks.map((task) => task.initialize());
    const outcomes = await Promise.race([Promise.allSettled(this.opening), this.interruption]);
    const mismatch = this.mismatches.end();
    if (mismatch !== undefined) {
      // What else failed may follow from it: the states that do not fit began empty.
      this.failure = { error: mismatch };
    }
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'rejected') {
        this.fail(taskFailure(this.tasks[index] as StreamTask, outcome.reason));
      }
    });
    this.throwFailure();
  }

  /** With what was in flight, and then with the ends of the tasks that had ended. */
  private async fillChannels(): Promise<void> {
    const { request, options, wiring } = this;
    if (request.restored !== undefined) {
      const { assignment } = request.restored;
      await restoreChannelState({ ...options, jobGraph: request.jobGraph, assignment, wiring });
    }
    for (const { vertexId, subtask } of this.finishedOnRestore) {
      for (const { partition } of wiring.get(vertexId)?.[subtask]?.outputs ?? []) {
        partition.broadcastEvent({ kind: 'watermark', watermark: Number.POSITIVE_INFINITY });
        partition.broadcastEvent({ kind: 'end-of-data' });
        partition.broadcastEvent({ kind: 'end-of-partition' });
      }
    }
  }

  async run(): Promise<void> {
    this.throwFailure();
    if (this.tasks.length > 0) {
      await this.loop.run(this.tasks);
    }
    this.throwFailure();
    await this.closeAll(this.sourceCoordinators.map(closingOfSource));
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.interrupt(error);
    this.loop.stop();
  }

  async cancel(): Promise<void> {
    this.canceled = true;
    this.loop.stop();
    await this.closeAll([
      ...this.sourceCoordinators.map(closingOfSource),
      ...this.tasks.map((task, index) => ({
        what: describeTask(task),
        // Closed only once it is not being opened any more.
        done: Promise.allSettled([this.opening[index]]).then(() => task.cancel()),
      })),
    ]);
  }

  /** Waits for all of it; what fails is a warning, since why the attempt ended is known already. */
  private async closeAll(closings: readonly Closing[]): Promise<void> {
    const { clock, warn, cancellationTimeoutMs } = this.options;
    const open = new Set(closings);
    let timer: Timer | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      if (cancellationTimeoutMs > 0) {
        timer = clock.setTimer(cancellationTimeoutMs, () => {
          reject(notEnded([...open], cancellationTimeoutMs));
        });
      }
    });
    const ends = closings.map((each) => each.done.finally(() => open.delete(each)));
    const outcomes = await Promise.race([Promise.allSettled(ends), tooLate]).finally(() =>
      timer?.cancel(),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        warn(`closing a task or source failed: ${errorMessage(outcome.reason)}`);
      }
    }
  }

  accumulators(): AccumulatorResults {
    return mergeAccumulators(this.tasks.map((task) => task.accumulators));
  }

  vertexDetails(): readonly JobVertexDetails[] {
    return this.request.jobGraph.vertices.map((vertex) => {
      const tasks = this.tasks.filter((task) => task.deployment.vertex === vertex);
      const watermarks = tasks.map((task) => task.currentWatermark);
      return {
        id: vertex.id,
        name: vertex.name,
        parallelism: vertex.parallelism,
        operators: vertex.operators.map(({ name }) => ({
          name,
          numRecordsIn: sum(tasks.map((task) => task.operatorCounter(name, 'numRecordsIn'))),
          numRecordsOut: sum(tasks.map((task) => task.operatorCounter(name, 'numRecordsOut'))),
        })),
        currentInputWatermark: watermarks.length === 0 ? MIN_TIMESTAMP : Math.min(...watermarks),
      };
    });
  }

  queryableStates(): readonly QueryableStateDetails[] {
    return this.kvStates.locations;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }

  private restoredOperator(operatorId: string) {
    return this.request.restored?.assignment.get(operatorId);
  }

  private isFullyFinished(vertex: JobVertex): boolean {
    return vertex.operators.every(
      ({ operatorId }) => this.restoredOperator(operatorId)?.fullyFinished === true,
    );
  }

  private createCoordinator(vertex: JobVertex, clock: Clock): SourceCoordinator {
    const head = vertex.operators[0]!;
    const { factory } = head;
    invariant(factory.kind === 'source', 'only a source has a coordinator');
    const params = factory.watermarkAlignment;
    const taskOf = (subtask: number) => this.taskAt({ vertexId: vertex.id, subtask });
    return new SourceCoordinator({
      operatorId: head.operatorId,
      operatorName: head.name,
      source: factory.source,
      parallelism: vertex.parallelism,
      clock,
      targets: {
        addSplits: (subtask, splits, version) => taskOf(subtask)?.addSplits(splits, version),
        noMoreSplits: (subtask) => taskOf(subtask)?.noMoreSplits(),
        alignWatermark: (subtask, maxDesired) => taskOf(subtask)?.alignWatermark(maxDesired),
      },
      alignment: params && { params, group: this.alignmentGroups.group(params.watermarkGroup) },
      fail: (error) => this.fail(error),
    });
  }

  /** None for a vertex that had ended: its channels just say so. */
  private createTasks(
    vertex: JobVertex,
    parts: { services: TaskServices; coordinator: SourceCoordinator | undefined },
  ): StreamTask[] {
    const wired = this.wiring.get(vertex.id) ?? [];
    if (this.isFullyFinished(vertex)) {
      this.finishedOnRestore.push(...wired.map((_, subtask) => ({ vertexId: vertex.id, subtask })));
      return [];
    }
    return wired.map(
      ({ inputs, outputs }, subtask) =>
        new StreamTask(
          {
            address: { vertexId: vertex.id, subtask },
            vertex,
            maxParallelism: vertex.maxParallelism,
            attemptNumber: this.request.attemptNumber,
            inputs,
            outputs,
            restored: this.restoredTask(vertex, subtask),
            sourceCoordinator: parts.coordinator,
          },
          parts.services,
          {
            taskFinished: (task) => this.taskFinished(task),
            taskFailed: (task, error) => this.fail(taskFailure(task, error)),
            taskReachedEndOfData: (task) => this.taskReachedEndOfData(task),
          },
        ),
    );
  }

  private restoredTask(vertex: JobVertex, subtask: number): RestoredTaskState | undefined {
    if (this.request.restored === undefined) {
      return undefined;
    }
    const operators = new Map(
      vertex.operators.flatMap(({ operatorId }) => {
        const state = this.restoredOperator(operatorId)?.subtasks[subtask];
        return state === undefined ? [] : [[operatorId, state] as const];
      }),
    );
    return { checkpointId: this.request.restored.checkpointId, operators };
  }

  private createTargets(coordinators: ReadonlyMap<string, SourceCoordinator>): CheckpointTargets {
    return {
      triggerCheckpoint: (address, barrier) => {
        this.taskAt(address)?.triggerCheckpoint(barrier);
        coordinators.get(address.vertexId)?.barrierSent(address.subtask, barrier.checkpointId);
      },
      notifyCheckpointComplete: (address, id) => this.taskAt(address)?.notifyCheckpointComplete(id),
      notifyCheckpointAborted: (address, id) => this.taskAt(address)?.notifyCheckpointAborted(id),
    };
  }

  private taskAt(address: SubtaskAddress): StreamTask | undefined {
    return this.tasks.find(
      ({ deployment: { address: each } }) =>
        each.vertexId === address.vertexId && each.subtask === address.subtask,
    );
  }

  private taskReachedEndOfData(task: StreamTask): void {
    this.tellOfEndedReader(task);
    this.checkAllDataEnded();
  }

  private taskFinished(task: StreamTask): void {
    this.tellOfEndedReader(task);
    this.request.listener.taskFinished(task.deployment.address);
    if (this.tasks.every((each) => each.status === 'finished')) {
      this.loop.stop();
    } else {
      this.checkAllDataEnded();
    }
  }

  /** Its source's coordinator, if it is a source task. */
  private tellOfEndedReader({ deployment: { vertex, address } }: StreamTask): void {
    const headId = vertex.operators[0]?.operatorId;
    this.sourceCoordinators
      .find(({ operatorId }) => operatorId === headId)
      ?.readerEnded(address.subtask);
  }

  private checkAllDataEnded(): void {
    const ended = (task: StreamTask) => task.status === 'finishing' || task.status === 'finished';
    if (!this.canceled && !this.dataEnded && this.tasks.every(ended)) {
      this.dataEnded = true;
      this.request.listener.allDataEnded();
    }
  }
}

function turnOrder(options: LocalDeploymentOptions): { firstOf(count: number): number } {
  return options.shuffleTurns
    ? { firstOf: (count) => Math.floor(options.random() * count) }
    : { firstOf: () => 0 };
}

function taskFailure(task: StreamTask, error: unknown): unknown {
  if (error instanceof MillraceError) {
    return error;
  }
  return new TaskError('TASK_FAILED', `${describeTask(task)} failed: ${errorMessage(error)}`, {
    cause: error,
  });
}

function describeTask({ deployment: { vertex, address } }: StreamTask): string {
  return `${vertex.name} (${address.subtask + 1}/${vertex.parallelism})`;
}

/** Something that is being ended. */
interface Closing {
  readonly what: string;
  readonly done: Promise<void>;
}

function closingOfSource(coordinator: SourceCoordinator): Closing {
  return { what: `the enumerator of ${coordinator.operatorName}`, done: coordinator.close() };
}

function notEnded(open: readonly Closing[], timeoutMs: number): FatalError {
  return new FatalError(
    'TASK_CANCELLATION_TIMEOUT',
    `${open.map(({ what }) => what).join(', ')} did not end within ${timeoutMs} ms after the job ` +
      'was cancelled or failed; find the open, flush, commit or close that never ends, or raise ' +
      'task.cancellation.timeout',
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
