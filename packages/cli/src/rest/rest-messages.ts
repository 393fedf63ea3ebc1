/** Bodies of Flink's REST API, as far as the commands read them. Times in ms since the epoch; -1: not yet. */

export interface JobOverview {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly 'start-time': number;
  readonly 'end-time': number;
  readonly duration: number;
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

/** Flink: JobStatus.isGloballyTerminalState. */
export function isTerminal(state: JobState): boolean {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
}

export interface JobsOverview {
  readonly jobs: readonly JobOverview[];
}

export interface TriggerResponse {
  readonly 'request-id': string;
}

export interface FailureCause {
  readonly class?: string;
  readonly 'stack-trace'?: string;
}

export interface AsynchronousOperationResult {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' };
  readonly operation?: OperationOutcome | null;
}

export interface OperationOutcome {
  readonly location?: string;
  readonly checkpointId?: number;
  readonly 'failure-cause'?: FailureCause;
  readonly failureCause?: FailureCause;
}

export interface CheckpointingStatistics {
  readonly counts?: { readonly completed: number; readonly failed: number };
  readonly latest?: { readonly completed?: CheckpointStatistics | null };
  readonly history?: readonly CheckpointStatistics[];
}

export interface CheckpointStatistics {
  readonly id: number;
  readonly status: string;
  readonly is_savepoint?: boolean;
  readonly trigger_timestamp?: number;
  readonly latest_ack_timestamp?: number;
  readonly checkpointed_size?: number;
  readonly state_size?: number;
  readonly end_to_end_duration?: number;
  readonly num_subtasks?: number;
  readonly num_acknowledged_subtasks?: number;
  readonly external_path?: string;
}

export interface JobDetails {
  readonly jid: string;
  readonly name: string;
  readonly state: JobState;
  readonly vertices: readonly {
    readonly id: string;
    readonly name: string;
    readonly parallelism: number;
    readonly status: string;
    readonly metrics?: Readonly<Record<string, number | boolean>>;
  }[];
}
