/**
 * One attempt of a job over the slots that run its tasks: what has ended, what failed, and the
 * coordinators of its sources.
 *
 * Invariants:
 * - The first failure ends the attempt: no task takes another step after it.
 * - What slots say of an attempt that is over changes nothing, but that state which was written for it
 *   is removed: one that was taken for lost may still speak during later attempts.
 *
 * Flink: ExecutionGraph, DefaultScheduler.
 */
import {
  type AccumulatorResults,
  type Clock,
  invariant,
  type MetricDump,
  mergeAccumulators,
} from '@millrace/core';
import type { StateAssignment } from '@millrace/state';
import type {
  CheckpointTargets,
  SubtaskAddress,
} from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobVertexDetails, QueryableStateDetails } from '../gateway/job-client.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import { isFullyFinished } from '../taskmanager/finished-vertices.ts';
import { type Closing, closeAll } from '../taskmanager/orderly-close.ts';
import type {
  JobMasterGateway,
  TaskExecutorGateway,
} from '../taskmanager/task-executor-gateway.ts';
import type { DeploymentRequest, JobExecution } from './job-deployment.ts';
import { SourceCoordinator } from './source-coordinator.ts';
import { vertexDetails } from './vertex-details.ts';
import { WatermarkAlignmentGroups } from './watermark-alignment.ts';

export interface ExecutionGraphOptions {
  readonly clock: Clock;
  /** False when the job is only restored and opened. */
  readonly startsSources: boolean;
  /** 0: never. */
  readonly cancellationTimeoutMs: number;
  warn(message: string): void;
}

/** The slots of an attempt, and which of them runs a task. */
export interface DeployedSlots {
  readonly executors: readonly TaskExecutorGateway[];
  executorOf(task: SubtaskAddress): TaskExecutorGateway;
}

export class ExecutionGraph implements JobExecution {
  readonly targets: CheckpointTargets;
  readonly sourceCoordinators: readonly SourceCoordinator[];
  readonly finishedOnRestore: readonly SubtaskAddress[];
  private readonly options: ExecutionGraphOptions;
  private readonly request: DeploymentRequest;
  private readonly coordinators: ReadonlyMap<string, SourceCoordinator>;
  private readonly slots: DeployedSlots;
  /** Of the tasks that run: whether their data has ended; gone once they have finished. */
  private readonly running = new Map<string, { dataEnded: boolean }>();
  private failure: { readonly error: unknown } | undefined;
  /** Rejects on `fail`: what is being opened may never end. */
  private readonly interruption: Promise<never>;
  private interrupt!: (error: unknown) => void;
  private canceled = false;
  /** Nothing of the attempt runs any more, as far as is known. */
  private isOver = false;
  private allDataEnded = false;

  /** @param deploy - gives each slot its share */
  constructor(
    options: ExecutionGraphOptions,
    request: DeploymentRequest,
    deploy: (jobMaster: JobMasterGateway) => DeployedSlots,
  ) {
    this.options = options;
    this.request = request;
    this.interruption = new Promise((_resolve, reject) => {
      this.interrupt = reject;
    });
    this.interruption.catch(() => {}); // Nobody waits for it once all are open.
    const { vertices } = request.jobGraph;
    const assignment = request.restored?.assignment;
    const isFinished = (vertex: JobVertex): boolean => isFullyFinished(vertex, assignment);
    this.finishedOnRestore = vertices.filter(isFinished).flatMap(subtasksOf);
    const toRun = vertices.filter((vertex) => !isFinished(vertex));
    for (const task of toRun.flatMap(subtasksOf)) {
      this.running.set(nameOf(task), { dataEnded: false });
    }
    this.coordinators = this.createCoordinators(toRun);
    this.sourceCoordinators = [...this.coordinators.values()];
    this.slots = deploy(this.jobMasterGateway());
    this.targets = this.createTargets();
  }

  async initialize(): Promise<void> {
    if (this.options.startsSources) {
      for (const coordinator of this.sourceCoordinators) {
        coordinator.start(this.restoredOperator(coordinator.operatorId)?.coordinatorState?.data);
      }
    }
    const opening = this.slots.executors.map((executor) => executor.initialize());
    const outcomes = await Promise.race([Promise.allSettled(opening), this.interruption]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        this.fail(outcome.reason);
      }
    }
    this.throwFailure();
  }

  async run(): Promise<void> {
    this.throwFailure();
    const running = this.slots.executors.map((executor) => executor.run());
    // A slot that does not stop is cancelled, and ended if need be: nothing waits for it here.
    await Promise.race([Promise.all(running), this.interruption]);
    this.throwFailure();
    this.isOver = true;
    await this.closeAll(this.sourceCoordinators.map(closingOfSource));
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.interrupt(error);
    this.stop();
  }

  async cancel(): Promise<void> {
    this.canceled = true;
    this.stop();
    const sources = this.closeAll(this.sourceCoordinators.map(closingOfSource));
    const slots = this.slots.executors.map((executor) => executor.cancel());
    const outcomes = await Promise.allSettled([sources, ...slots]);
    this.isOver = true;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        throw outcome.reason;
      }
    }
  }

  accumulators(): AccumulatorResults {
    return mergeAccumulators(this.slots.executors.flatMap((executor) => executor.accumulators()));
  }

  vertexDetails(): readonly JobVertexDetails[] {
    const details = this.slots.executors.flatMap((executor) => executor.taskDetails());
    return this.request.jobGraph.vertices.map((vertex) =>
      vertexDetails(
        vertex,
        details.filter(({ task }) => task.vertexId === vertex.id),
      ),
    );
  }

  queryableStates(): readonly QueryableStateDetails[] {
    const byName = new Map<string, QueryableStateDetails>();
    for (const state of this.slots.executors.flatMap((executor) => executor.queryableStates())) {
      const known = byName.get(state.queryableStateName);
      const parts = [...(known?.parts ?? []), ...state.parts].sort((a, b) => a.subtask - b.subtask);
      byName.set(state.queryableStateName, { ...state, parts });
    }
    return [...byName.values()];
  }

  metrics(): readonly MetricDump[] {
    return this.slots.executors.flatMap((executor) => executor.metrics());
  }

  private stop(): void {
    for (const executor of this.slots?.executors ?? []) {
      executor.stop();
    }
  }

  private async closeAll(closings: readonly Closing[]): Promise<void> {
    const { clock, warn, cancellationTimeoutMs: timeoutMs } = this.options;
    await closeAll(closings, { clock, timeoutMs, warn });
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }

  private restoredOperator(operatorId: string) {
    const assignment: StateAssignment | undefined = this.request.restored?.assignment;
    return assignment?.get(operatorId);
  }

  private createCoordinators(vertices: readonly JobVertex[]): Map<string, SourceCoordinator> {
    const alignmentGroups = new WatermarkAlignmentGroups();
    return new Map(
      vertices
        .filter((vertex) => vertex.operators[0]?.factory.kind === 'source')
        .map((vertex) => [vertex.id, this.createCoordinator(vertex, alignmentGroups)]),
    );
  }

  private createCoordinator(
    vertex: JobVertex,
    alignmentGroups: WatermarkAlignmentGroups,
  ): SourceCoordinator {
    const head = vertex.operators[0]!;
    const { factory } = head;
    invariant(factory.kind === 'source', 'only a source has a coordinator');
    const params = factory.watermarkAlignment;
    const { clock } = this.options;
    const taskOf = (subtask: number): SubtaskAddress => ({ vertexId: vertex.id, subtask });
    const executorOf = (subtask: number) => this.slots.executorOf(taskOf(subtask));
    return new SourceCoordinator({
      operatorId: head.operatorId,
      operatorName: head.name,
      source: factory.source,
      parallelism: vertex.parallelism,
      clock,
      targets: {
        addSplits: (subtask, splits, version) =>
          executorOf(subtask).addSplits(taskOf(subtask), splits, version),
        noMoreSplits: (subtask) => executorOf(subtask).noMoreSplits(taskOf(subtask)),
        alignWatermark: (subtask, maxDesired) =>
          executorOf(subtask).alignWatermark(taskOf(subtask), maxDesired),
      },
      alignment: params && { params, group: alignmentGroups.group(params.watermarkGroup) },
      fail: (error) => this.fail(error),
    });
  }

  private createTargets(): CheckpointTargets {
    const { slots, coordinators } = this;
    return {
      triggerCheckpoint: (task, barrier) => {
        slots.executorOf(task).triggerCheckpoint(task, barrier);
        coordinators.get(task.vertexId)?.barrierSent(task.subtask, barrier.checkpointId);
      },
      notifyCheckpointComplete: (task, id) =>
        slots.executorOf(task).notifyCheckpointComplete(task, id),
      notifyCheckpointAborted: (task, id) =>
        slots.executorOf(task).notifyCheckpointAborted(task, id),
    };
  }

  /** What the tasks say. */
  private jobMasterGateway(): JobMasterGateway {
    const { responder } = this.request;
    const coordinatorOf = (task: SubtaskAddress) => this.coordinators.get(task.vertexId);
    return {
      acknowledgeCheckpoint: (acknowledgement) => responder.acknowledgeCheckpoint(acknowledgement),
      declineCheckpoint: (task, id, error) => responder.declineCheckpoint(task, id, error),
      lateStateWritten: (id) => responder.lateStateWritten(id),
      registerReader: (task) => coordinatorOf(task)?.registerReader(task.subtask),
      sendSplitRequest: (task) => coordinatorOf(task)?.sendSplitRequest(task.subtask),
      reportWatermark: (task, watermark) =>
        coordinatorOf(task)?.reportWatermark(task.subtask, watermark),
      taskReachedEndOfData: (task) => this.taskReachedEndOfData(task),
      taskFinished: (task) => this.taskFinished(task),
      fail: (error) => this.fail(error),
    };
  }

  private taskReachedEndOfData(task: SubtaskAddress): void {
    if (this.isOver) {
      return;
    }
    this.coordinators.get(task.vertexId)?.readerEnded(task.subtask);
    const state = this.running.get(nameOf(task));
    if (state !== undefined) {
      state.dataEnded = true;
    }
    this.checkAllDataEnded();
  }

  private taskFinished(task: SubtaskAddress): void {
    if (this.isOver) {
      return; // The coordinator would take the task of the attempt that runs for finished.
    }
    this.coordinators.get(task.vertexId)?.readerEnded(task.subtask);
    this.request.listener.taskFinished(task);
    this.running.delete(nameOf(task));
    if (this.running.size === 0) {
      this.stop(); // What a slot has not sent yet would go to a task that has finished.
    }
    this.checkAllDataEnded();
  }

  private checkAllDataEnded(): void {
    const waiting = [...this.running.values()];
    if (
      !this.canceled &&
      !this.allDataEnded &&
      waiting.length > 0 &&
      waiting.every(({ dataEnded }) => dataEnded)
    ) {
      this.allDataEnded = true;
      this.request.listener.allDataEnded();
    }
  }
}

function subtasksOf({ id, parallelism }: JobVertex): SubtaskAddress[] {
  return Array.from({ length: parallelism }, (_, subtask) => ({ vertexId: id, subtask }));
}

function nameOf({ vertexId, subtask }: SubtaskAddress): string {
  return `${vertexId} ${subtask}`;
}

function closingOfSource(coordinator: SourceCoordinator): Closing {
  return { what: `the enumerator of ${coordinator.operatorName}`, done: coordinator.close() };
}
