/** What is seen and steered of a job from outside. Flink: JobClient, JobMasterGateway. */

import type { MetricDump } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import type { SavepointFormatType } from '../checkpoint/savepoint-types.ts';
import type { RescaleRequest } from '../graph/rescaled-job-graph.ts';
import type { JobResourceRequirements } from '../graph/resource-requirements.ts';
import type { StateAnswer, StateQuery } from '../live-state/state-query.ts';
import type { JobDetails, JobStatus } from './job-details.ts';
import type { JobExecutionResult } from './job-execution-result.ts';

export interface JobClient {
  readonly jobId: string;
  readonly jobName: string;
  jobStatus(): JobStatus;
  /** A picture of this moment; cheap enough to ask for several times a second. */
  details(): JobDetails;
  /**
   * Those of `details` alone, for who looks often: the same object as long as nothing changed.
   *
   * Flink: RestfulGateway.requestCheckpointStats.
   */
  checkpointStatistics(): CheckpointStatisticsSnapshot;
  /** Resolves when the job has stopped. Retained checkpoints follow their retention. */
  cancel(): Promise<void>;
  /**
   * Takes a savepoint; the job goes on. Nothing is committed with it, and it is yours: no later
   * checkpoint deletes it.
   *
   * @returns the path to start another job from: `execution.state-recovery.path`
   * @throws ConfigError `SAVEPOINT_DIRECTORY_MISSING`
   * @throws CheckpointError with the reason when it could not be taken; it leaves no file then
   * @throws TaskError `JOB_NOT_RUNNING`
   */
  triggerSavepoint(options?: SavepointOptions): Promise<string>;
  /**
   * Takes a checkpoint out of turn; it counts as the periodic ones do.
   *
   * @returns its id
   * @throws ConfigError `CHECKPOINTING_DISABLED` where no checkpoints are taken, `UNSUPPORTED` in a batch
   * @throws CheckpointError with the reason when it could not be taken
   * @throws TaskError `JOB_NOT_RUNNING`
   *
   * Flink: JobMasterGateway.triggerCheckpoint.
   */
  triggerCheckpoint(checkpointType?: CheckpointType): Promise<number>;
  /**
   * Stops the job with a savepoint; what sinks hold back is committed with it. Resolves when the
   * job is `FINISHED`.
   *
   * When the savepoint cannot even begin the job goes on. When it fails later the job restarts from
   * its last checkpoint, as after any failure.
   *
   * @returns the path of the savepoint
   * @throws what `triggerSavepoint` throws
   * @throws TaskError `STOP_WITH_SAVEPOINT_FAILED` naming the savepoint, when it was taken but the
   *   job did not stop: it restarts from the savepoint, unless you cancel it
   */
  stopWithSavepoint(options?: StopWithSavepointOptions): Promise<string>;
  /**
   * Goes on at other parallelisms: takes a checkpoint, ends the tasks and starts them from it. No
   * record is lost and none counts twice. No failure for the restart strategy. Resolves when the job
   * runs at the new parallelisms; at once when it has them already.
   *
   * A checkpoint that fails leaves the job as it was. Max parallelisms do not change. A job that has not
   * started yet is waited for.
   *
   * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `OPERATOR_UNKNOWN`, `INVALID_GRAPH`,
   *   `CONFIG_VALUE_INVALID` as `rescaledParallelism` says, `CHECKPOINTING_DISABLED`, `UNSUPPORTED` in a
   *   batch
   * @throws CheckpointError with the reason when the checkpoint could not be taken
   * @throws TaskError `JOB_NOT_RUNNING`, also when the job ends before it runs again
   *
   * With the adaptive scheduler the parallelisms are upper bounds from then on; in reactive mode it is
   * `UNSUPPORTED`.
   *
   * Flink: `PUT /jobs/:jobid/resource-requirements`, which only the adaptive scheduler knows.
   */
  rescale(request: RescaleRequest): Promise<void>;
  /**
   * The parallelisms that each vertex may have, with `jobmanager.scheduler: Adaptive`.
   *
   * @throws ConfigError `UNSUPPORTED` with the default scheduler
   *
   * Flink: `GET /jobs/:jobid/resource-requirements`.
   */
  resourceRequirements(): JobResourceRequirements;
  /**
   * Changes them, with `jobmanager.scheduler: Adaptive`. Resolves at once; the job comes to what they and
   * the slots allow as `jobmanager.adaptive-scheduler.*` says, from a checkpoint as by `rescale`.
   *
   * @param requirements - of every vertex, by its id; -1 is as low, or as high, as can be
   * @throws ConfigError `RESOURCE_REQUIREMENTS_INVALID` with all that is wrong, `CHECKPOINTING_DISABLED`,
   *   `UNSUPPORTED` with the default scheduler and in reactive mode
   *
   * Flink: `PUT /jobs/:jobid/resource-requirements`.
   */
  updateResourceRequirements(requirements: JobResourceRequirements): Promise<void>;
  /**
   * What the functions have gathered: live while the job runs, then what the last attempt came to.
   *
   * @throws ConfigError `ACCUMULATOR_CONFLICT` when one name has two types
   */
  accumulators(): ReadonlyMap<string, unknown>;
  /**
   * Every metric of the job's tasks as plain values, under Flink's names and scopes. Empty until the
   * job is deployed.
   */
  metrics(): readonly MetricDump[];
  /**
   * Asks one task for its state, between two of its records; `QueryableStateClient` and the REST server
   * stand on this.
   *
   * @throws TaskError `JOB_NOT_RUNNING` with a hint whether to try again, `STATE_VIEW_EXPIRED`,
   *   `TOO_MANY_STATE_VIEWS`
   * @throws ConfigError `OPERATOR_UNKNOWN`, `VALUE_NOT_SERIALIZABLE`, `KEY_NOT_DETERMINISTIC`
   */
  queryState<Q extends StateQuery>(task: SubtaskAddress, query: Q): Promise<StateAnswer<Q>>;
  /** Rejects with the error that failed the job, `JOB_CANCELED`, or `JOB_SUSPENDED`. */
  jobExecutionResult(): Promise<JobExecutionResult>;
}

/** `CONFIGURED`: as the periodic ones are. `FULL`: it shares no file with earlier ones. */
export type CheckpointType = 'CONFIGURED' | 'FULL';

export interface SavepointOptions {
  /** Wins over `execution.checkpointing.savepoint-dir`. */
  readonly targetDirectory?: string;
  /** `CANONICAL` unless given. */
  readonly formatType?: SavepointFormatType;
}

export interface StopWithSavepointOptions extends SavepointOptions {
  /**
   * Drains the job: event time comes to its end, so that all windows and event-time timers fire
   * before. Do not start again from such a savepoint to go on: its windows are gone.
   */
  readonly advanceToEndOfEventTime?: boolean;
}
