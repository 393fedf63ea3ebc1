/**
 * The two directions between the JobManager and the slot that runs a share of a job, as plain
 * messages: direct calls on one thread, messages in order between threads.
 *
 * Flink: TaskExecutorGateway, JobMasterGateway.
 */
import type { AccumulatorRegistry, JobInfo } from '@millrace/core';
import type { StateAssignment } from '@millrace/state';
import type {
  CheckpointResponder,
  CheckpointTargets,
  SubtaskAddress,
} from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { KvStateLocation } from '../operators/kv-state-location-registry.ts';
import type { TaskLoad } from '../tasks/task-io-metrics.ts';

/** What a slot is to run of one attempt of a job. */
export interface SlotDeployment {
  readonly jobInfo: JobInfo;
  readonly jobGraph: JobGraph;
  /** 0 for the first. */
  readonly attemptNumber: number;
  readonly restored: RestoredSnapshotOfJob | undefined;
  /** A part of the job that exchanges no records with the rest; all of it when it is left out. */
  readonly tasks?: readonly SubtaskAddress[] | undefined;
}

export interface RestoredSnapshotOfJob {
  readonly checkpointId: number;
  /** True in the first attempt of a job, where it starts with this snapshot; false where the job took it. */
  readonly startsJob: boolean;
  readonly assignment: StateAssignment;
}

/** To a slot. What is said of a task that has ended is passed over. */
export interface TaskExecutorGateway extends CheckpointTargets {
  /**
   * Restores and opens all tasks; no record flows before `run`. Opens none any more after `stop` or
   * `cancel`.
   *
   * @throws ConfigError `STATE_INCOMPATIBLE` with all states that do not fit the snapshot
   * @throws the error of the first that failed
   */
  initialize(): Promise<void>;
  /** Resolves when no task runs any more: after `stop`, `cancel`, or when all have finished. */
  run(): Promise<void>;
  /** No task takes another step. */
  stop(): void;
  /**
   * Stops all tasks and closes their operators; also after a failure.
   *
   * @throws FatalError `TASK_CANCELLATION_TIMEOUT` naming those that do not end
   */
  cancel(): Promise<void>;
  addSplits(task: SubtaskAddress, splits: readonly Uint8Array[], version: number): void;
  noMoreSplits(task: SubtaskAddress): void;
  alignWatermark(task: SubtaskAddress, maxDesiredWatermark: number): void;
  /** What the functions have gathered until now, a registry a task. */
  accumulators(): readonly AccumulatorRegistry[];
  /** Of the tasks, as they are now. */
  taskDetails(): readonly TaskDetails[];
  queryableStates(): readonly KvStateLocation[];
  /**
   * Between two records of the task.
   *
   * @throws TaskError `JOB_NOT_RUNNING` for a task that does not run, and what `TaskStateQueries.ask` throws
   */
  queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>>;
}

export interface TaskDetails {
  readonly task: SubtaskAddress;
  readonly currentInputWatermark: number;
  readonly load: TaskLoad;
  /** Head first. Counted over all attempts of this process. */
  readonly operators: readonly {
    readonly name: string;
    readonly numRecordsIn: number;
    readonly numRecordsOut: number;
  }[];
}

/** What only the slot knows of an execution. */
export type ReportedState = 'DEPLOYING' | 'INITIALIZING' | 'RUNNING' | 'FAILED';

/** From a slot to the JobManager. */
export interface JobMasterGateway extends CheckpointResponder {
  registerReader(task: SubtaskAddress): void;
  sendSplitRequest(task: SubtaskAddress): void;
  reportWatermark(task: SubtaskAddress, watermark: number): void;
  /** All its input has ended and was processed; the end waits for a checkpoint. */
  taskReachedEndOfData(task: SubtaskAddress): void;
  taskFinished(task: SubtaskAddress): void;
  /** It has come to a state on its way to `RUNNING`; or it is what `fail` is about to tell of. */
  updateTaskExecutionState(task: SubtaskAddress, state: ReportedState): void;
  /** Something of the slot failed: the attempt is over. */
  fail(error: unknown): void;
}
