/** What is seen and steered of a job from outside. Flink: JobClient, JobMasterGateway. */
import type {
  CheckpointCounts,
  CheckpointStatistics,
} from '../checkpoint/checkpoint-statistics.ts';

export type JobStatus =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'RESTARTING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED';

export interface JobClient {
  readonly jobId: string;
  readonly jobName: string;
  status(): JobStatus;
  /** A picture of this moment; cheap enough to ask for several times a second. */
  details(): JobDetails;
  /** Resolves when the job has stopped. Retained checkpoints follow their retention. */
  cancel(): Promise<void>;
  /** Rejects with the error that failed the job, or `JOB_CANCELED`. */
  result(): Promise<JobExecutionResult>;
}

export interface JobExecutionResult {
  readonly jobId: string;
  readonly netRuntimeMs: number;
}

export interface JobDetails {
  readonly status: JobStatus;
  readonly startTimeMs: number;
  /** 0 before the first restart. */
  readonly numberOfRestarts: number;
  /** The checkpoint that the running attempt began with. */
  readonly restoredCheckpointId: number | undefined;
  readonly vertices: readonly JobVertexDetails[];
  readonly checkpoints: {
    readonly counts: CheckpointCounts;
    /** Newest first; bounded by `web.checkpoints.history`. */
    readonly history: readonly CheckpointStatistics[];
  };
}

export interface JobVertexDetails {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  /** Head first. */
  readonly operators: readonly OperatorDetails[];
  /** The smallest over its subtasks. */
  readonly currentInputWatermark: number;
}

/** Sums over the subtasks and over all attempts of this process. */
export interface OperatorDetails {
  readonly name: string;
  readonly numRecordsIn: number;
  readonly numRecordsOut: number;
}
