/** What is seen and steered of a job from outside. Flink: JobClient, JobMasterGateway. */

import type { MetricDump } from '@millrace/core';
import type {
  CheckpointCounts,
  CheckpointStatistics,
} from '../checkpoint/checkpoint-statistics.ts';
import type { SavepointFormatType } from '../checkpoint/savepoint-types.ts';
import type { RescaleRequest } from '../graph/rescaled-job-graph.ts';
import type { JobExecutionResult } from './job-execution-result.ts';

export type JobStatus =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'RESTARTING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  /** Its process ends, and the next one goes on with it. */
  | 'SUSPENDED'
  | 'FINISHED';

export interface JobClient {
  readonly jobId: string;
  readonly jobName: string;
  jobStatus(): JobStatus;
  /** A picture of this moment; cheap enough to ask for several times a second. */
  details(): JobDetails;
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
   * A checkpoint that fails leaves the job as it was. Max parallelisms do not change.
   *
   * @throws ConfigError `PARALLELISM_OUT_OF_RANGE`, `OPERATOR_UNKNOWN`, `INVALID_GRAPH`,
   *   `CONFIG_VALUE_INVALID` as `rescaledParallelism` says, `CHECKPOINTING_DISABLED`, `UNSUPPORTED` in a
   *   batch
   * @throws CheckpointError with the reason when the checkpoint could not be taken
   * @throws TaskError `JOB_NOT_RUNNING`, also when the job ends before it runs again
   *
   * Flink: `PUT /jobs/:jobid/resource-requirements`, which only the adaptive scheduler knows.
   */
  rescale(request: RescaleRequest): Promise<void>;
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
  /** Rejects with the error that failed the job, `JOB_CANCELED`, or `JOB_SUSPENDED`. */
  jobExecutionResult(): Promise<JobExecutionResult>;
}

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

export interface JobDetails {
  readonly status: JobStatus;
  readonly startTimeMs: number;
  /** After failures; 0 before the first. */
  readonly numberOfRestarts: number;
  /** How often it went on at other parallelisms. */
  readonly numberOfRescales: number;
  /** The checkpoint that the running attempt began with. */
  readonly restoredCheckpointId: number | undefined;
  readonly vertices: readonly JobVertexDetails[];
  /** States that functions of the program made known under a name. */
  readonly queryableStates: readonly QueryableStateDetails[];
  readonly checkpoints: {
    readonly counts: CheckpointCounts;
    /** Newest first; bounded by `web.checkpoints.history`. */
    readonly history: readonly CheckpointStatistics[];
  };
}

/** Which subtask has which key groups of a queryable state. */
export interface QueryableStateDetails {
  readonly queryableStateName: string;
  readonly stateName: string;
  readonly operatorId: string;
  readonly operatorName: string;
  readonly parts: readonly {
    readonly subtask: number;
    readonly startKeyGroup: number;
    readonly endKeyGroup: number;
  }[];
}

export interface JobVertexDetails {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  /** Head first. */
  readonly operators: readonly OperatorDetails[];
  /** The smallest over its subtasks. */
  readonly currentInputWatermark: number;
  /** Sums over its subtasks, of what came from and went to other vertices. */
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
  /** Bytes on the way between threads; none where records stay in their thread. */
  readonly numBytesIn: number;
  readonly numBytesOut: number;
  /** The largest over its subtasks, as the graph of a job is coloured by them. */
  readonly busyRatioMax: number;
  readonly idleRatioMax: number;
  readonly backPressuredRatioMax: number;
  /** By `backPressuredRatioMax`: up to 0.1 ok, up to 0.5 low, else high. */
  readonly backPressureLevel: 'ok' | 'low' | 'high';
  /** Sums over its subtasks, of the attempt that runs. */
  readonly accumulatedBusyTimeMs: number;
  readonly accumulatedIdleTimeMs: number;
  readonly accumulatedBackPressuredTimeMs: number;
  /** Those that are deployed, in order. */
  readonly subtasks: readonly SubtaskDetails[];
}

/** Ratios are of the last 60 s, in `[0, 1]`; 0 in the first 5 s. */
export interface SubtaskDetails {
  readonly subtask: number;
  readonly currentInputWatermark: number;
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
  readonly numBytesIn: number;
  readonly numBytesOut: number;
  readonly busyRatio: number;
  readonly idleRatio: number;
  readonly backPressuredRatio: number;
  /** It could go on, but others had the thread: what the other three lack to 1. */
  readonly waitingForThreadRatio: number;
  readonly accumulatedBusyTimeMs: number;
  readonly accumulatedIdleTimeMs: number;
  readonly accumulatedBackPressuredTimeMs: number;
}

/** Sums over the subtasks and over all attempts of this process. */
export interface OperatorDetails {
  readonly name: string;
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
}
