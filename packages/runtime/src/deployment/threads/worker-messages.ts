/**
 * What the JobManager and a worker thread say to each other: plain values in order over one
 * `MessagePort`. What is shared (rings, the pulse) is in `SharedArrayBuffer`s; nothing is transferred.
 */
import type { MessagePort } from 'node:worker_threads';
import type { EncodedError, JobInfo, LogRecord, MetricDump } from '@millrace/core';
import type { OperatorSubtaskState } from '@millrace/state';
import type { SubtaskAddress } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointMetrics } from '../../checkpoint/checkpoint-options.ts';
import type { GraphFact } from '../../graph/job-graph-facts.ts';
import type { StateQuery } from '../../live-state/state-query.ts';
import type { KvStateLocation } from '../../operators/kv-state-location-registry.ts';
import type {
  JobMasterGateway,
  RestoredSnapshotOfJob,
  TaskDetails,
  TaskExecutorGateway,
} from '../../taskmanager/task-executor-gateway.ts';
import type { AccumulatorPart } from './accumulator-messages.ts';
import type { AnyStateAnswer } from './asked-states.ts';
import type { EarlierJob } from './earlier-jobs.ts';
import type { ProgramToImport } from './program-module.ts';
import type { SlotChannels } from './slot-channels.ts';

/** What a worker is started with, as `workerData[TASK_MANAGER]`. */
export interface TaskManagerStart {
  readonly port: MessagePort;
  /** From 0. */
  readonly slot: number;
  /** Of `TaskManagerInfo`, also in its metrics. */
  readonly taskManagerId: string;
  /** Which `execute()` of the program is to be taken up, from 0. */
  readonly jobIndex: number;
  readonly jobId: string;
  readonly jobName: string;
  /** Of the main thread, as text by key: a program may make a part of it anew in each run. */
  readonly configuration: Readonly<Record<string, string>>;
  /** How many the process may use, as the main thread saw it. */
  readonly processors: number;
  /** What became of the jobs before. */
  readonly earlierJobs: readonly EarlierJob[];
  readonly program: ProgramToImport;
  /** `process.argv[1]` of the main thread. */
  readonly mainFile: string | undefined;
  /** See `LoopPulse`. */
  readonly pulse: SharedArrayBuffer;
}

/** The share of one slot of an attempt. */
export interface SlotShare {
  readonly jobInfo: JobInfo;
  readonly attemptNumber: number;
  readonly restored: RestoredSnapshotOfJob | undefined;
  /** Of the slot, where only a part of the job is deployed; all of it when it is left out. */
  readonly tasks: readonly SubtaskAddress[] | undefined;
  /** A rescale may have changed the parallelisms, and a snapshot the max parallelisms. */
  readonly vertices: readonly {
    readonly id: string;
    readonly parallelism: number;
    readonly maxParallelism: number;
  }[];
}

type VoidMethod = {
  [M in keyof TaskExecutorGateway]: ReturnType<TaskExecutorGateway[M]> extends void ? M : never;
}[keyof TaskExecutorGateway];

/** What needs no answer. */
export type TellableMethod = Exclude<VoidMethod, 'stop'>;

export type Tell = {
  [M in TellableMethod]: {
    readonly method: M;
    readonly args: Parameters<TaskExecutorGateway[M]>;
  };
}[TellableMethod];

export type ToTaskManager =
  /** Answered with `initialized`. */
  | {
      readonly kind: 'deploy';
      readonly attempt: number;
      readonly share: SlotShare;
      readonly channels: SlotChannels;
    }
  /** Answered with `ran`. */
  | { readonly kind: 'run'; readonly attempt: number }
  | { readonly kind: 'stop'; readonly attempt: number }
  /** Answered with `canceled`. */
  | { readonly kind: 'cancel'; readonly attempt: number }
  | { readonly kind: 'tell'; readonly attempt: number; readonly tell: Tell }
  /** Answered with `state-answered`. */
  | {
      readonly kind: 'query-state';
      readonly attempt: number;
      readonly request: number;
      readonly task: SubtaskAddress;
      readonly query: StateQuery;
    }
  /** Before any barrier of the savepoint. */
  | { readonly kind: 'savepoint'; readonly checkpointId: number; readonly directory: string }
  /** The job is over. Answered with `closed`. */
  | { readonly kind: 'close' }
  /** The coordinator of the sink has it. */
  | { readonly kind: 'sink-event-taken'; readonly event: number }
  /** Answered with `merged`. */
  | {
      readonly kind: 'merge';
      readonly request: number;
      readonly parts: readonly AccumulatorPart[];
    };

/** What is said of errors and states is encoded. */
export type Said =
  | {
      [M in Exclude<
        keyof JobMasterGateway,
        'acknowledgeCheckpoint' | 'declineCheckpoint' | 'fail'
      >]: { readonly method: M; readonly args: Parameters<JobMasterGateway[M]> };
    }[Exclude<keyof JobMasterGateway, 'acknowledgeCheckpoint' | 'declineCheckpoint' | 'fail'>]
  | {
      readonly method: 'acknowledgeCheckpoint';
      readonly task: SubtaskAddress;
      readonly checkpointId: number;
      readonly metrics: CheckpointMetrics;
      readonly states: ReadonlyMap<string, OperatorSubtaskState>;
      readonly operatorsFinished: boolean;
    }
  | {
      readonly method: 'declineCheckpoint';
      readonly task: SubtaskAddress;
      readonly checkpointId: number;
      readonly error: EncodedError;
    }
  | { readonly method: 'fail'; readonly error: EncodedError };

/** The numbers of one attempt in a slot, as they are now. */
export interface SlotReport {
  /** Of each task; `undefined` where they are told less often. */
  readonly accumulators: readonly (readonly AccumulatorPart[])[] | undefined;
  readonly taskDetails: readonly TaskDetails[];
  readonly queryableStates: readonly KvStateLocation[];
}

interface Outcome {
  readonly attempt: number;
  readonly error: EncodedError | undefined;
  readonly report: SlotReport;
  /** Of the slot. */
  readonly metrics: readonly MetricDump[];
}

export type FromTaskManager =
  /** The program came to the `execute()` of the job. */
  | { readonly kind: 'registered'; readonly facts: readonly GraphFact[] }
  /** It came there, and cannot take the job up. */
  | { readonly kind: 'not-registered'; readonly error: EncodedError }
  /** What the program wrote to its standard error stream before that. */
  | { readonly kind: 'early-stderr'; readonly text: string }
  | ({ readonly kind: 'initialized' } & Outcome)
  | ({ readonly kind: 'ran' } & Outcome)
  | ({ readonly kind: 'canceled' } & Outcome)
  | { readonly kind: 'said'; readonly attempt: number; readonly said: Said }
  /** Also a sign of life. */
  | {
      readonly kind: 'report';
      /** By attempt: one for each region that is deployed there. */
      readonly reports: ReadonlyMap<number, SlotReport>;
      readonly metrics: readonly MetricDump[];
    }
  | {
      readonly kind: 'state-answered';
      readonly attempt: number;
      readonly request: number;
      readonly answer: AnyStateAnswer;
      readonly error: EncodedError | undefined;
    }
  | { readonly kind: 'warn'; readonly message: string }
  /** For the log of the process. */
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'sink-event';
      readonly attempt: number;
      /** Of the event. */
      readonly id: number;
      readonly operatorId: string;
      readonly subtask: number;
      readonly event: unknown;
    }
  | {
      readonly kind: 'merged';
      readonly request: number;
      readonly value: unknown;
      readonly error: EncodedError | undefined;
    };
