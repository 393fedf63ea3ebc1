/**
 * The seam between a job's manager and where its tasks run: one thread, many, or many processes.
 *
 * Flink: TaskManagerGateway, Scheduler.
 */
import type { AccumulatorResults, MetricDump, MetricRegistry } from '@millrace/core';
import type { OperatorCoordinatorCheckpoints } from '../checkpoint/checkpoint-coordinator.ts';
import type {
  CheckpointResponder,
  CheckpointTargets,
  SubtaskAddress,
} from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { QueryableStateDetails } from '../gateway/job-details.ts';
import type { TaskManagerInfo } from '../gateway/task-manager-info.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { SlotDeployment } from '../taskmanager/task-executor-gateway.ts';
import type { Executions } from './executions.ts';
import type { DeployedTask } from './vertex-details.ts';

export interface DeploymentRequest extends SlotDeployment {
  readonly responder: CheckpointResponder;
  readonly listener: ExecutionListener;
  /** Of the job, over its attempts; those of this attempt alone where they are left out. */
  readonly executions?: Executions;
  /** Of the job where it is coordinated; its coordinators have no metrics where it is left out. */
  readonly metricRegistry?: MetricRegistry;
}

export interface ExecutionListener {
  /**
   * A task failed, or something that its region needs. Before what follows from it.
   *
   * @param task - undefined where it was no task
   * @param isFirst - false for what fails in the course of a failure that was told
   */
  failureNoted?(error: unknown, task: SubtaskAddress | undefined, isFirst: boolean): void;
  /**
   * The attempt fails: no checkpoint of it may begin any more, though its tasks are still to be closed.
   * Said once, and not of one that is cancelled or over.
   */
  attemptFails?(error: unknown): void;
  taskFinished(task: SubtaskAddress): void;
  /**
   * Every task that still runs has ended its data and waits for a checkpoint that holds that. Never said
   * while a region is down; said anew after one was.
   */
  allDataEnded(): void;
  /**
   * Tasks failed that exchange no records with the others, which go on. Said once for each attempt of a
   * region, always with the same object for the same region; also of one that is being restarted.
   */
  regionFailed(region: FailedRegion, error: unknown): void;
}

/** Stands still until it is restarted, or the attempt fails. */
export interface FailedRegion {
  readonly tasks: readonly SubtaskAddress[];
  /** Closes its operators. @throws FatalError `TASK_CANCELLATION_TIMEOUT` */
  cancel(): Promise<void>;
  /**
   * Deploys its tasks again, opens and runs them. Splits that the checkpoint does not hold for them go
   * back to their enumerators.
   *
   * @returns false when the attempt has ended meanwhile, or the region failed anew, of which the
   *   listener was told
   */
  restart(from: Pick<SlotDeployment, 'attemptNumber' | 'restored'>): Promise<boolean>;
}

/** One attempt to run the job. */
export interface JobExecution {
  readonly targets: CheckpointTargets;
  readonly sourceCoordinators: readonly OperatorCoordinatorCheckpoints[];
  /** Tasks that have ended, here or in the checkpoint that was restored. */
  readonly finishedTasks: readonly SubtaskAddress[];
  /**
   * Restores and opens all tasks; no record flows before all are open.
   *
   * @throws ConfigError `STATE_INCOMPATIBLE` with all states that do not fit the snapshot
   * @throws the error of the first that failed
   */
  initialize(): Promise<void>;
  /** Resolves when every task has finished. @throws the error that failed the first task */
  run(): Promise<void>;
  /** All regions run again, and checkpoints can be taken. */
  regionsRestarted(): void;
  /** Fails the attempt from outside. */
  fail(error: unknown): void;
  /** Stops all tasks and closes their operators; also after a failure. */
  cancel(): Promise<void>;
  /** What the functions of this attempt have gathered until now. */
  accumulators(): AccumulatorResults;
  /** Those that are deployed, or were last. */
  deployedTasks(): readonly DeployedTask[];
  queryableStates(): readonly QueryableStateDetails[];
  /** Of all slots. */
  metrics(): readonly MetricDump[];
  /** @throws TaskError `JOB_NOT_RUNNING`, and what the task throws */
  queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>>;
}

export interface JobDeployment {
  /**
   * Before a job goes on as another graph.
   *
   * @throws ConfigError `NO_RESOURCE_AVAILABLE` where that needs more than there is
   */
  checkResources?(jobGraph: JobGraph): void;
  deploy(request: DeploymentRequest): JobExecution;
  /** The threads that run its tasks, or are to. */
  taskManagers?(): readonly TaskManagerInfo[];
  /** The job is over: nothing is deployed any more. Never throws. */
  close(): Promise<void>;
}
