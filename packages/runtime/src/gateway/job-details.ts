/**
 * What is shown of a job: plain data that crosses threads, of a running job and of one that has ended.
 *
 * All times are ms since the epoch, `-1` where something has not happened.
 *
 * Flink: AccessExecutionGraph, ArchivedExecutionGraph.
 */
import type { StringifiedAccumulatorResult } from '@millrace/core';
import type { CheckpointStatisticsSnapshot } from '../checkpoint/checkpoint-statistics.ts';
import type { ConfigurationEntry } from '../configuration/configuration-entries.ts';
import type { JobPlan } from '../graph/job-plan.ts';
import type { JobExceptionHistory } from './job-exceptions.ts';

export type JobStatus =
  /** What it needs is being found: settings, a snapshot to begin with. */
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

/** Nothing follows in this process. Flink: JobStatus.isTerminalState. */
export function isTerminalStatus(
  status: JobStatus,
): status is 'FINISHED' | 'FAILED' | 'CANCELED' | 'SUSPENDED' {
  return (
    status === 'FINISHED' || status === 'FAILED' || status === 'CANCELED' || status === 'SUSPENDED'
  );
}

/** Flink: ExecutionState, but for `RECONCILING`, which nothing is in. */
export type ExecutionState =
  | 'CREATED'
  | 'SCHEDULED'
  | 'DEPLOYING'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'FINISHED'
  | 'CANCELING'
  | 'CANCELED'
  | 'FAILED';

export type JobType = 'STREAMING' | 'BATCH';

/** What is known of a job when it is submitted; none of it changes. */
export interface JobFacts {
  readonly jobId: string;
  readonly jobName: string;
  readonly jobType: JobType;
  /** The largest of its vertices. */
  readonly maxParallelism: number;
  readonly executionConfig: JobExecutionConfig;
  /** As text, in the order of its keys, secrets hidden. */
  readonly configuration: readonly ConfigurationEntry[];
  readonly checkpointConfiguration: JobCheckpointConfiguration;
}

export interface JobDetails extends JobFacts {
  readonly status: JobStatus;
  /** Always false: a stop is one with a savepoint, of which Flink's field does not speak. */
  readonly isStoppable: boolean;
  /** When it was submitted. */
  readonly startTimeMs: number;
  readonly endTimeMs: number;
  /** When it last came to a status; without those that it never had. */
  readonly statusTimestamps: StatusTimestamps;
  /** At the parallelisms of now, as Flink's REST shows it. */
  readonly plan: JobPlan;
  /** After failures; 0 before the first. */
  readonly numberOfRestarts: number;
  /** How often it went on at other parallelisms. */
  readonly numberOfRescales: number;
  /** The checkpoint that the running attempt began with. */
  readonly restoredCheckpointId: number | undefined;
  readonly vertices: readonly JobVertexDetails[];
  /** States that functions of the program made known under a name. */
  readonly queryableStates: readonly QueryableStateDetails[];
  /** What the functions have gathered, over all subtasks, by name. */
  readonly accumulators: readonly StringifiedAccumulatorResult[];
  readonly exceptions: JobExceptionHistory;
  /** Its history is newest first and bounded by `web.checkpoints.history`. */
  readonly checkpoints: CheckpointStatisticsSnapshot;
}

export type StatusTimestamps = Readonly<Partial<Record<JobStatus, number>>>;

/** Flink: ArchivedExecutionConfig. */
export interface JobExecutionConfig {
  /** `PIPELINED`, as Flink says of every DataStream program. */
  readonly executionMode: string;
  /** In Flink's words. */
  readonly restartStrategyDescription: string;
  /** Of operators that name none. */
  readonly parallelism: number;
  readonly objectReuseEnabled: boolean;
  readonly globalJobParameters: Readonly<Record<string, string>>;
}

/** Flink: CheckpointCoordinatorConfiguration, CheckpointConfigInfo. Durations in ms. */
export interface JobCheckpointConfiguration {
  readonly mode: 'EXACTLY_ONCE' | 'AT_LEAST_ONCE';
  /** `undefined` where no checkpoints are taken but on request. */
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number;
  readonly minPauseMs: number;
  readonly maxConcurrentCheckpoints: number;
  readonly tolerableFailedCheckpoints: number;
  readonly retention:
    | 'DELETE_ON_CANCELLATION'
    | 'RETAIN_ON_CANCELLATION'
    | 'NO_EXTERNALIZED_CHECKPOINTS';
  readonly unalignedCheckpoints: boolean;
  /** 0 where checkpoints are not unaligned, or are from the start. */
  readonly alignedTimeoutMs: number;
  readonly checkpointsAfterTasksFinish: boolean;
  /** In Flink's words: `HashMapStateBackend`, `EmbeddedRocksDBStateBackend`. */
  readonly stateBackend: string;
  /** In Flink's words: `FileSystemCheckpointStorage`, `JobManagerCheckpointStorage`. */
  readonly checkpointStorage: string;
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
  readonly maxParallelism: number;
  readonly slotSharingGroup: string;
  /** 32 hexadecimal digits, the same for all vertices of one group. */
  readonly slotSharingGroupId: string;
  /** From other vertices, in the order of the inputs. */
  readonly inputs: readonly JobVertexInput[];
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
  /** Over its subtasks, by name. */
  readonly accumulators: readonly StringifiedAccumulatorResult[];
  /** In order. */
  readonly subtasks: readonly SubtaskDetails[];
}

export interface JobVertexInput {
  readonly sourceVertexId: string;
  /** As in the plan: `HASH`, `REBALANCE`. */
  readonly shipStrategy: string;
}

/** Ratios are of the last 60 s, in `[0, 1]`; 0 in the first 5 s. */
export interface SubtaskDetails extends ExecutionDetails {
  readonly busyRatio: number;
  readonly idleRatio: number;
  readonly backPressuredRatio: number;
  /** It could go on, but others had the thread: what the other three lack to 1. */
  readonly waitingForThreadRatio: number;
  /** Oldest first; bounded by `jobmanager.execution.attempts-history-size`. */
  readonly earlierAttempts: readonly ExecutionDetails[];
}

/** One attempt of a subtask. What it counted stays when it has ended. Flink: ArchivedExecution. */
export interface ExecutionDetails {
  readonly subtask: number;
  /** 0 for the first. */
  readonly attempt: number;
  readonly state: ExecutionState;
  /** When it came to each state; without those that it has not had. */
  readonly stateTimestamps: Readonly<Partial<Record<ExecutionState, number>>>;
  /** Of `TaskManagerInfo`; `undefined` until it has a slot. */
  readonly taskManagerId: string | undefined;
  /** `host:port` as Flink shows the place of a task; `undefined` until it has a slot. */
  readonly endpoint: string | undefined;
  readonly currentInputWatermark: number;
  /** Of all attempts until this one. */
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
  readonly numBytesIn: number;
  readonly numBytesOut: number;
  readonly accumulatedBusyTimeMs: number;
  readonly accumulatedIdleTimeMs: number;
  readonly accumulatedBackPressuredTimeMs: number;
  readonly accumulators: readonly StringifiedAccumulatorResult[];
}

export interface OperatorDetails {
  readonly operatorId: string;
  readonly uid: string | undefined;
  readonly name: string;
  /** Sums over the subtasks and over all attempts of this process. */
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
}
