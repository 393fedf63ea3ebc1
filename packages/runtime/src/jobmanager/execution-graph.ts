/**
 * One attempt of a job over the regions that run its tasks: what has ended, and what failed.
 *
 * Invariants:
 * - A failure ends the attempt: no task takes another step after it. Only where the job has several
 *   regions, and the tasks of one fail, it is the listener's, and the others go on.
 * - What slots say of an attempt that is over changes nothing, but that state which was written for it
 *   is removed: one that was taken for lost may still speak during later attempts.
 *
 * Flink: ExecutionGraph, DefaultScheduler.
 */
import {
  type AccumulatorResults,
  type Clock,
  errorCode,
  type MetricDump,
  mergeAccumulators,
  TaskError,
} from '@millrace/core';
import type {
  CheckpointTargets,
  SubtaskAddress,
} from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { subtaskKey } from '../checkpoint/checkpoint-plan.ts';
import type { QueryableStateDetails } from '../gateway/job-details.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import { mergeKvStateLocations } from '../operators/kv-state-location-registry.ts';
import { isFullyFinished } from '../taskmanager/finished-vertices.ts';
import { closeAll } from '../taskmanager/orderly-close.ts';
import type { SlotDeployment, TaskExecutorGateway } from '../taskmanager/task-executor-gateway.ts';
import { Executions } from './executions.ts';
import { pipelinedRegions } from './failover/pipelined-regions.ts';
import type { DeploymentRequest, FailedRegion, JobExecution } from './job-deployment.ts';
import {
  allOpened,
  type DeploySlots,
  RegionExecution,
  type RegionOwner,
} from './region-execution.ts';
import type { SourceCoordinator } from './source-coordinator.ts';
import { SourceCoordinators } from './source-coordinators.ts';
import { type DeployedTask, deployedTasks } from './vertex-details.ts';

/** As many as the coordinator remembers of those that failed. */
const REMEMBERED_CHECKPOINTS = 128;

export interface ExecutionGraphOptions {
  readonly clock: Clock;
  /** False when the job is only restored and opened. */
  readonly startsSources: boolean;
  /** Each region is deployed on its own, and can be again. */
  readonly splitsRegions?: boolean;
  /** 0: never. */
  readonly cancellationTimeoutMs: number;
  /** Of all slots, as they are now. */
  metrics(): readonly MetricDump[];
  warn(message: string): void;
}

export class ExecutionGraph implements JobExecution {
  readonly targets: CheckpointTargets;
  readonly sourceCoordinators: readonly SourceCoordinator[];
  private readonly options: ExecutionGraphOptions;
  private readonly request: DeploymentRequest;
  private readonly sources: SourceCoordinators;
  private readonly regions: readonly RegionExecution[];
  /** Of each region that ever failed, as the listener knows it. */
  private readonly failedRegions = new Map<RegionExecution, FailedRegion>();
  private failure: { readonly error: unknown } | undefined;
  /** Rejects on `fail`: what is being opened may never end. */
  private readonly interruption: Promise<never>;
  private interrupt!: (error: unknown) => void;
  /** Resolves when all tasks have finished. */
  private readonly ended: Promise<void>;
  private end!: () => void;
  private canceled = false;
  /** Nobody tells what a slot that was lost was still writing: by region that had tasks there, or for all. */
  private readonly lostSlotsOf = new Set<RegionExecution | undefined>();
  /** The newest; what is written for older ones is left. */
  private readonly triggered = new Set<number>();
  /** Nothing of the attempt runs any more, as far as is known. */
  private isOver = false;
  private isRunning = false;
  /** All tasks have finished. */
  private hasEnded = false;
  private allDataEnded = false;
  /** From the failure of a region until checkpoints are taken again. */
  private isFailingOver = false;
  private readonly executions: Executions;
  private regionsByTask: Map<string, RegionExecution> | undefined;

  constructor(
    options: ExecutionGraphOptions,
    request: DeploymentRequest,
    deploySlots: DeploySlots,
  ) {
    this.options = options;
    this.request = request;
    this.interruption = new Promise((_resolve, reject) => {
      this.interrupt = reject;
    });
    this.interruption.catch(() => {}); // Nobody waits for it once all are open.
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    const { jobGraph } = request;
    const { clock, splitsRegions = false } = options;
    this.sources = new SourceCoordinators(verticesToRun(request), {
      clock,
      request,
      tracksAssignments: splitsRegions,
      executorOf: (task) => this.executorOf(task),
      fail: (error) => this.fail(error),
    });
    this.sourceCoordinators = this.sources.all;
    this.executions =
      request.executions ?? new Executions({ clock, attemptsHistorySize: 0, jobGraph });
    const parts = { deploySlots, owner: this.ownerOfRegions(), executions: this.executions };
    const all = jobGraph.vertices.flatMap(subtasksOf);
    const regions = splitsRegions ? pipelinedRegions(jobGraph) : [all];
    this.regions = regions.map((tasks) => new RegionExecution(tasks, parts));
    this.targets = this.createTargets();
    for (const region of this.regions) {
      region.deploy(...this.shareOf(region, request));
    }
  }

  async initialize(): Promise<void> {
    if (this.options.startsSources) {
      this.sources.start();
    }
    const opening = allOpened(this.regions.map((region) => region.initialize()));
    try {
      await Promise.race([opening, this.interruption]);
      mergeKvStateLocations(this.executors.flatMap((executor) => executor.queryableStates()));
    } catch (error) {
      this.fail(error);
    }
    this.throwFailure();
  }

  async run(): Promise<void> {
    this.throwFailure();
    this.isRunning = true;
    for (const region of this.regions) {
      this.runRegion(region);
    }
    this.checkEnded();
    const stopped = this.ended.then(() => Promise.all(this.regions.map((each) => each.stopped)));
    // A slot that does not stop is cancelled, and ended if need be: nothing waits for it here.
    await Promise.race([stopped, this.interruption]);
    this.throwFailure();
    this.isOver = true;
    await this.closeSources();
  }

  regionsRestarted(): void {
    this.isFailingOver = false;
    this.checkEnded();
    this.checkAllDataEnded();
  }

  fail(error: unknown): void {
    const isNews = !this.isFailing;
    this.failure ??= { error };
    this.noteLostSlot(undefined, error);
    this.interrupt(error);
    this.stop();
    if (isNews) {
      this.request.listener.attemptFails?.(error);
    }
  }

  async cancel(): Promise<void> {
    this.canceled = true;
    this.stop();
    const sources = this.closeSources();
    const regions = this.regions.map((region) => region.cancel());
    const outcomes = await Promise.allSettled([sources, ...regions]);
    this.isOver = true;
    if (this.lostSlotsOf.size > 0) {
      this.discardStateOfLostSlots();
    }
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        throw outcome.reason;
      }
    }
  }

  accumulators(): AccumulatorResults {
    return mergeAccumulators(this.executors.flatMap((executor) => executor.accumulators()));
  }

  deployedTasks(): readonly DeployedTask[] {
    return deployedTasks(this.executors);
  }

  queryableStates(): readonly QueryableStateDetails[] {
    return mergeKvStateLocations(this.executors.flatMap((executor) => executor.queryableStates()));
  }

  metrics(): readonly MetricDump[] {
    return this.options.metrics();
  }

  async queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>> {
    const region = this.regionOf(task);
    if (region === undefined || region.isFailed || region.hasFinished(task)) {
      throw new TaskError(
        'JOB_NOT_RUNNING',
        `subtask ${task.subtask} of vertex ${task.vertexId} does not run: it has finished, restarts, or was none of the job's; ask again in a moment, with the job's details of then`,
      );
    }
    return region.executorOf(task).queryState(task, query);
  }

  get finishedTasks(): readonly SubtaskAddress[] {
    return this.regions.flatMap((region) =>
      region.tasks.filter((task) => region.hasFinished(task)),
    );
  }

  private get executors(): readonly TaskExecutorGateway[] {
    return this.regions.flatMap((region) => region.executors);
  }

  private shareOf(
    region: RegionExecution,
    from: Pick<SlotDeployment, 'attemptNumber' | 'restored'>,
  ): [SlotDeployment, toRun: SubtaskAddress[]] {
    const { jobInfo, jobGraph } = this.request;
    const toRun = new Set(verticesToRun({ jobGraph, restored: from.restored }).map(({ id }) => id));
    const { restored } = from;
    const attemptNumber = this.executions.nextAttempt(region.tasks);
    const tasks = this.regions.length === 1 ? undefined : region.tasks;
    const deployment = { jobInfo, jobGraph, attemptNumber, restored, tasks };
    return [deployment, region.tasks.filter(({ vertexId }) => toRun.has(vertexId))];
  }

  /** What fails it breaks the attempt: tasks tell of their own failures. */
  private runRegion(region: RegionExecution): void {
    region.run().catch((error: unknown) => this.fail(error));
  }

  private stop(): void {
    for (const region of this.regions) {
      region.stop();
    }
  }

  private async closeSources(): Promise<void> {
    const { clock, warn, cancellationTimeoutMs: timeoutMs } = this.options;
    await closeAll(this.sources.close(), { clock, timeoutMs, warn });
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }

  private createTargets(): CheckpointTargets {
    return {
      triggerCheckpoint: (task, barrier) => {
        this.remember(barrier.checkpointId);
        this.executorOf(task).triggerCheckpoint(task, barrier);
        this.sources.of(task)?.barrierSent(task.subtask, barrier.checkpointId);
      },
      notifyCheckpointComplete: (task, id) =>
        this.executorOf(task).notifyCheckpointComplete(task, id),
      notifyCheckpointAborted: (task, id) =>
        this.executorOf(task).notifyCheckpointAborted(task, id),
    };
  }

  private executorOf(task: SubtaskAddress): TaskExecutorGateway {
    return this.regionOf(task)!.executorOf(task);
  }

  private regionOf(task: SubtaskAddress): RegionExecution | undefined {
    this.regionsByTask ??= new Map(
      this.regions.flatMap((region) => region.tasks.map((each) => [subtaskKey(each), region])),
    );
    return this.regionsByTask.get(subtaskKey(task));
  }

  private noteLostSlot(region: RegionExecution | undefined, error: unknown): void {
    if (errorCode(error) === 'TASK_MANAGER_LOST') {
      this.lostSlotsOf.add(region);
    }
  }

  /** Of checkpoints that failed; what it wrote for others is theirs. */
  private discardStateOfLostSlots(): void {
    for (const checkpointId of this.triggered) {
      this.request.responder.lateStateWritten(checkpointId);
    }
  }

  private remember(checkpointId: number): void {
    this.triggered.add(checkpointId);
    for (const oldest of this.triggered) {
      if (this.triggered.size <= REMEMBERED_CHECKPOINTS) {
        return;
      }
      this.triggered.delete(oldest);
    }
  }

  /** What the tasks say. */
  private ownerOfRegions(): RegionOwner {
    const { responder } = this.request;
    return {
      acknowledgeCheckpoint: (acknowledgement) => responder.acknowledgeCheckpoint(acknowledgement),
      declineCheckpoint: (task, id, error) => responder.declineCheckpoint(task, id, error),
      lateStateWritten: (id) => responder.lateStateWritten(id),
      registerReader: (task) => this.sources.of(task)?.registerReader(task.subtask),
      sendSplitRequest: (task) => this.sources.of(task)?.sendSplitRequest(task.subtask),
      reportWatermark: (task, watermark) =>
        this.sources.of(task)?.reportWatermark(task.subtask, watermark),
      taskReachedEndOfData: (task) => this.taskReachedEndOfData(task),
      taskFinished: (task) => this.taskFinished(task),
      failureNoted: (error, task, isFirst) => {
        if (!this.canceled && !this.isOver) {
          this.request.listener.failureNoted?.(error, task, isFirst);
        }
      },
      regionFailed: (region, error) => this.regionFailed(region, error),
    };
  }

  private regionFailed(region: RegionExecution, error: unknown): void {
    this.noteLostSlot(region, error);
    const isOnlyPart = this.regions.length > 1 && this.isRunning && !this.hasEnded;
    if (!isOnlyPart || this.isFailing) {
      this.fail(error);
      return;
    }
    this.isFailingOver = true;
    this.allDataEnded = false;
    for (const task of region.tasks) {
      this.sources.of(task)?.readerFailed(task.subtask);
    }
    const failed = this.failedRegions.get(region) ?? this.createFailedRegion(region);
    this.failedRegions.set(region, failed);
    this.request.listener.regionFailed(failed, error);
  }

  private createFailedRegion(region: RegionExecution): FailedRegion {
    return {
      tasks: region.tasks,
      cancel: async () => {
        await region.cancel();
        if (this.lostSlotsOf.delete(region)) {
          this.discardStateOfLostSlots();
        }
      },
      restart: async (from) => {
        this.resetSources(region, from.restored?.checkpointId);
        if (this.isFailing) {
          return false;
        }
        const isOpen = await region.reopen(...this.shareOf(region, from), this.interruption);
        if (!isOpen || this.isFailing || region.isFailed) {
          return false;
        }
        this.runRegion(region);
        return true;
      },
    };
  }

  private resetSources(region: RegionExecution, checkpointId: number | undefined): void {
    for (const task of this.isFailing ? [] : region.tasks) {
      this.sources.of(task)?.subtaskReset(task.subtask, checkpointId);
    }
  }

  private get isFailing(): boolean {
    return this.failure !== undefined || this.canceled || this.isOver;
  }

  private taskReachedEndOfData(task: SubtaskAddress): void {
    if (!this.isOver) {
      this.sources.of(task)?.readerEnded(task.subtask);
      this.checkAllDataEnded();
    }
  }

  private taskFinished(task: SubtaskAddress): void {
    if (this.isOver) {
      return; // The coordinator would take the task of the attempt that runs for finished.
    }
    this.sources.of(task)?.readerEnded(task.subtask);
    this.request.listener.taskFinished(task);
    this.checkEnded();
    this.checkAllDataEnded();
  }

  private checkEnded(): void {
    const allFinished = this.regions.every((region) => region.unfinished.length === 0);
    if (allFinished && !this.isFailingOver) {
      this.hasEnded = true;
      this.stop(); // What a slot has not sent yet would go to a task that has finished.
      this.end();
    }
  }

  private checkAllDataEnded(): void {
    const waiting = this.regions.flatMap((region) => region.unfinished);
    if (
      !this.canceled &&
      !this.isFailingOver &&
      !this.allDataEnded &&
      waiting.length > 0 &&
      waiting.every(({ dataEnded }) => dataEnded)
    ) {
      this.allDataEnded = true;
      this.request.listener.allDataEnded();
    }
  }
}

function verticesToRun({
  jobGraph,
  restored,
}: Pick<SlotDeployment, 'jobGraph' | 'restored'>): readonly JobVertex[] {
  return jobGraph.vertices.filter((vertex) => !isFullyFinished(vertex, restored?.assignment));
}

function subtasksOf({ id, parallelism }: JobVertex): SubtaskAddress[] {
  return Array.from({ length: parallelism }, (_, subtask) => ({ vertexId: id, subtask }));
}
