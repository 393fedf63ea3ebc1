/** Answers about jobs and their vertices: the fields of Flink's bodies that the UI reads. */

export interface JobsOverview {
  readonly jobs: readonly JobOverview[];
}

export interface JobOverview {
  readonly jid: string;
  readonly name: string;
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly duration: number;
  readonly state: JobState;
  readonly 'last-modification': number;
  readonly tasks: Readonly<Record<string, number>>;
}

export type JobState =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'RESTARTING'
  | 'SUSPENDED'
  | 'RECONCILING';

export interface ClusterOverview {
  readonly taskmanagers: number;
  readonly 'slots-total': number;
  readonly 'slots-available': number;
  readonly 'jobs-running': number;
  readonly 'jobs-finished': number;
  readonly 'jobs-cancelled': number;
  readonly 'jobs-failed': number;
  readonly 'flink-version': string;
}

export interface DashboardConfig {
  readonly 'refresh-interval': number;
  readonly 'flink-version': string;
  readonly features?: { readonly 'web-cancel'?: boolean };
}

export interface JobDetails {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly 'job-type'?: string;
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly duration: number;
  readonly now: number;
  readonly maxParallelism?: number;
  readonly timestamps: Readonly<Record<string, number>>;
  readonly vertices: readonly JobVertex[];
  readonly plan: JobPlan;
}

export interface JobVertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism?: number;
  readonly status: string;
  readonly 'start-time': number;
  readonly duration: number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly metrics: IoMetrics;
}

/** Numbers, or `"NaN"` where a source does not measure. */
export interface IoMetrics {
  readonly 'read-bytes': number;
  readonly 'write-bytes': number;
  readonly 'read-records': number;
  readonly 'write-records': number;
  readonly 'accumulated-backpressured-time'?: number | string;
  readonly 'accumulated-idle-time'?: number | string;
  readonly 'accumulated-busy-time'?: number | string;
}

export interface JobPlan {
  readonly nodes: readonly PlanNode[];
}

export interface PlanNode {
  readonly id: string;
  readonly parallelism: number;
  readonly description: string;
  readonly inputs?: readonly PlanInput[];
}

export interface PlanInput {
  readonly num: number;
  readonly id: string;
  readonly ship_strategy?: string;
  readonly exchange?: string;
}

export interface VertexDetails {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism?: number;
  readonly now: number;
  readonly subtasks: readonly Subtask[];
}

export interface Subtask {
  readonly subtask: number;
  readonly status: string;
  readonly attempt: number;
  readonly host?: string;
  readonly endpoint?: string;
  readonly 'start-time': number;
  readonly duration: number;
  readonly metrics: IoMetrics;
  readonly 'taskmanager-id'?: string;
}

export interface BackPressure {
  readonly subtasks?: readonly {
    readonly subtask: number;
    readonly backpressureLevel: string;
    readonly ratio: number;
    readonly idleRatio: number;
    readonly busyRatio: number;
  }[];
}

export interface MetricValue {
  readonly id: string;
  readonly value?: string;
}

export interface AggregatedMetric {
  readonly id: string;
  readonly min?: number;
  readonly max?: number;
  readonly avg?: number;
  readonly sum?: number;
}

export interface ExceptionInfo {
  readonly exceptionName?: string;
  readonly stacktrace: string;
  readonly timestamp: number;
  readonly taskName?: string | null;
  readonly location?: string | null;
  readonly endpoint?: string | null;
  readonly taskManagerId?: string | null;
  readonly failureLabels?: Readonly<Record<string, string>>;
}

export interface JobExceptions {
  readonly 'root-exception'?: string | null;
  readonly timestamp?: number | null;
  readonly exceptionHistory?: {
    readonly entries: readonly (ExceptionInfo & {
      readonly concurrentExceptions?: readonly ExceptionInfo[];
    })[];
    readonly truncated?: boolean;
  };
}

export interface JobConfig {
  readonly 'execution-config'?: {
    readonly 'execution-mode'?: string;
    readonly 'restart-strategy'?: string;
    readonly 'job-parallelism'?: number;
    readonly 'object-reuse-mode'?: boolean;
    readonly 'user-config'?: Readonly<Record<string, string>>;
  };
}
