/**
 * The tasks of one region on the executors that run them, over its own attempts.
 *
 * Invariants:
 * - One attempt at a time: the next is deployed after everything of the last one was closed.
 * - What fails an attempt is told once, whoever notices it: a task, or who opens it.
 * - What executors say of an attempt that is over is passed over, but for the state that they wrote:
 *   its files are somebody's to delete.
 *
 * Flink: Execution, ExecutionVertex.
 */
import { errorCode, invariant } from '@millrace/core';
import { joinMismatches } from '@millrace/state';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { subtaskKey } from '../checkpoint/checkpoint-plan.ts';
import type { ExecutionState } from '../gateway/job-details.ts';
import type {
  JobMasterGateway,
  SlotDeployment,
  TaskExecutorGateway,
} from '../taskmanager/task-executor-gateway.ts';
import type { Executions } from './executions.ts';
import { deployedTasks, figuresOf } from './vertex-details.ts';

/** The slots of an attempt, and which of them runs a task. */
export interface DeployedSlots {
  readonly executors: readonly TaskExecutorGateway[];
  executorOf(task: SubtaskAddress): TaskExecutorGateway;
  /** `id` of its `TaskManagerInfo`. */
  taskManagerIdOf?(task: SubtaskAddress): string;
}

/** Gives each slot its share of what is deployed. */
export type DeploySlots = (
  jobMaster: JobMasterGateway,
  deployment: SlotDeployment,
) => DeployedSlots;

/** What a region's tasks say, and what failed it. */
export interface RegionOwner extends Omit<JobMasterGateway, 'fail' | 'updateTaskExecutionState'> {
  /** @param task - undefined where it was none of its tasks */
  failureNoted(error: unknown, task: SubtaskAddress | undefined, isFirst: boolean): void;
  regionFailed(region: RegionExecution, error: unknown): void;
}

const NOT_DEPLOYED: DeployedSlots = { executors: [], executorOf: notDeployed };

export class RegionExecution {
  readonly tasks: readonly SubtaskAddress[];
  private readonly deploySlots: DeploySlots;
  private readonly owner: RegionOwner;
  private readonly executions: Executions;
  /** Those that have not finished: whether their data has ended. */
  private readonly running = new Map<string, { dataEnded: boolean }>();
  private slots = NOT_DEPLOYED;
  private attempt = 0;
  private hasFailed = false;
  /** Said to have failed by its slot. */
  private failedTask: SubtaskAddress | undefined;
  /** Nothing of the last attempt is left. */
  private isClosed = true;
  /** Settles once no executor of the attempt takes another step. */
  stopped: Promise<unknown> = Promise.resolve();
  private canceling: Promise<void> | undefined;

  constructor(
    tasks: readonly SubtaskAddress[],
    parts: {
      readonly deploySlots: DeploySlots;
      readonly owner: RegionOwner;
      readonly executions: Executions;
    },
  ) {
    this.tasks = tasks;
    this.deploySlots = parts.deploySlots;
    this.owner = parts.owner;
    this.executions = parts.executions;
  }

  get executors(): readonly TaskExecutorGateway[] {
    return this.slots.executors;
  }

  /** It stands still, until it is deployed again. */
  get isFailed(): boolean {
    return this.hasFailed;
  }

  get unfinished(): readonly { readonly dataEnded: boolean }[] {
    return [...this.running.values()];
  }

  executorOf(task: SubtaskAddress): TaskExecutorGateway {
    return this.slots.executorOf(task);
  }

  hasFinished(task: SubtaskAddress): boolean {
    return !this.running.has(subtaskKey(task));
  }

  /** @param toRun - its tasks but for those that had finished in what is restored */
  deploy(deployment: SlotDeployment, toRun: readonly SubtaskAddress[]): void {
    const attempt = this.begin(toRun);
    this.deployTo(this.gatewayOf(attempt), deployment);
  }

  private deployTo(gateway: JobMasterGateway, deployment: SlotDeployment): void {
    this.slots = this.deploySlots(gateway, deployment);
    for (const task of this.tasks) {
      this.executions.assigned(task, this.slots.taskManagerIdOf?.(task));
    }
  }

  /**
   * Deploys it again, after `cancel`, and opens its tasks.
   *
   * @param interruption - rejects when nobody waits for it any more
   * @returns false when it failed; its owner was told why
   */
  async reopen(
    deployment: SlotDeployment,
    toRun: readonly SubtaskAddress[],
    interruption: Promise<never>,
  ): Promise<boolean> {
    const attempt = this.begin(toRun);
    try {
      this.deployTo(this.gatewayOf(attempt), deployment);
      await Promise.race([this.initialize(), interruption]);
    } catch (error) {
      if (!this.isOver(attempt)) {
        this.failNow(error);
      }
    }
    return !this.isOver(attempt);
  }

  private begin(toRun: readonly SubtaskAddress[]): number {
    invariant(this.isClosed, 'what a region ran in is closed before it is deployed again');
    this.attempt++;
    this.hasFailed = false;
    this.failedTask = undefined;
    this.isClosed = false;
    this.canceling = undefined;
    this.slots = NOT_DEPLOYED; // Whatever goes wrong from here on, the former ones are not meant.
    this.running.clear();
    for (const task of toRun) {
      this.running.set(subtaskKey(task), { dataEnded: false });
    }
    this.executions.begin(this.tasks, toRun);
    return this.attempt;
  }

  /**
   * Restores and opens all tasks.
   *
   * @throws ConfigError `STATE_INCOMPATIBLE` with all states that do not fit the snapshot
   * @throws the error of the first that failed
   */
  async initialize(): Promise<void> {
    try {
      await allOpened(this.executors.map((executor) => executor.initialize()));
    } catch (error) {
      this.owner.failureNoted(error, this.failedTask, !this.hasFailed);
      throw error;
    }
  }

  /** Resolves once no task takes another step. @throws when an executor breaks down */
  async run(): Promise<void> {
    const runs = Promise.all(this.executors.map((executor) => executor.run()));
    this.stopped = runs.catch(() => {});
    await runs;
  }

  /** No task takes another step. */
  stop(): void {
    this.executionsReached('CANCELING'); // All that have not ended.
    for (const executor of this.executors) {
      executor.stop();
    }
  }

  /** A second call waits for the same. @throws FatalError `TASK_CANCELLATION_TIMEOUT` */
  cancel(): Promise<void> {
    this.canceling ??= this.cancelAll();
    return this.canceling;
  }

  private async cancelAll(): Promise<void> {
    this.stop();
    const closing = this.executors.map((executor) => executor.cancel());
    for (const outcome of await Promise.allSettled(closing)) {
      if (outcome.status === 'rejected') {
        throw outcome.reason;
      }
    }
    this.isClosed = true;
    this.executionsReached('CANCELED');
    this.executions.keepFigures(deployedTasks(this.executors).map(figuresOf));
  }

  private executionsReached(state: ExecutionState): void {
    for (const task of this.tasks) {
      this.executions.reached(task, state);
    }
  }

  private isOver(attempt: number): boolean {
    return attempt !== this.attempt || this.hasFailed;
  }

  private gatewayOf(attempt: number): JobMasterGateway {
    const { owner } = this;
    const ifRuns =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A): void => {
        if (!this.isOver(attempt)) {
          handle(...args);
        }
      };
    return {
      acknowledgeCheckpoint: (acknowledgement) => owner.acknowledgeCheckpoint(acknowledgement),
      declineCheckpoint: (task, id, error) => owner.declineCheckpoint(task, id, error),
      lateStateWritten: (id) => owner.lateStateWritten(id),
      registerReader: ifRuns((task) => owner.registerReader(task)),
      sendSplitRequest: ifRuns((task) => owner.sendSplitRequest(task)),
      reportWatermark: ifRuns((task, watermark) => owner.reportWatermark(task, watermark)),
      taskReachedEndOfData: ifRuns((task) => this.taskReachedEndOfData(task)),
      taskFinished: ifRuns((task) => {
        this.running.delete(subtaskKey(task));
        this.executions.reached(task, 'FINISHED');
        owner.taskFinished(task);
      }),
      updateTaskExecutionState: (task, state) => {
        if (attempt === this.attempt) {
          this.executions.reached(task, state);
          this.failedTask = state === 'FAILED' ? (this.failedTask ?? task) : this.failedTask;
        }
      },
      fail: (error) => {
        if (attempt === this.attempt && !this.isClosed) {
          this.failNow(error);
        }
      },
    };
  }

  /** The first failure counts. */
  private failNow(error: unknown): void {
    const { failedTask } = this;
    this.failedTask = undefined;
    this.owner.failureNoted(error, failedTask, !this.hasFailed);
    if (!this.hasFailed) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.hasFailed = true;
    for (const state of this.running.values()) {
      state.dataEnded = false; // It reads again from its checkpoint.
    }
    this.stop();
    this.owner.regionFailed(this, error);
  }

  private taskReachedEndOfData(task: SubtaskAddress): void {
    const state = this.running.get(subtaskKey(task));
    if (state !== undefined) {
      state.dataEnded = true;
    }
    this.owner.taskReachedEndOfData(task);
  }
}

/** Waits for all; then what does not fit the snapshot comes first, as other errors may follow from it. */
export async function allOpened(opening: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(opening);
  const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const mismatches = errors.filter((error) => errorCode(error) === 'STATE_INCOMPATIBLE');
  if (mismatches.length > 0) {
    throw mismatches.length === 1 ? mismatches[0] : joinMismatches(mismatches);
  }
  if (errors.length > 0) {
    throw errors[0];
  }
}

function notDeployed(): never {
  throw new Error('a region is deployed before anything is said to its tasks');
}
