/** Answers about checkpoints: Flink's, and ours that says why one was slow. */

export interface CheckpointStatistics {
  readonly counts: {
    readonly restored: number;
    readonly total: number;
    readonly in_progress: number;
    readonly completed: number;
    readonly failed: number;
  };
  readonly summary: Readonly<Record<string, Summary>>;
  readonly latest: {
    readonly completed: Checkpoint | null;
    readonly savepoint: Checkpoint | null;
    readonly failed: Checkpoint | null;
    readonly restored: RestoredCheckpoint | null;
  };
  /** Newest first. */
  readonly history: readonly Checkpoint[];
}

export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly p50: number | string;
  readonly p99: number | string;
}

export interface RestoredCheckpoint {
  readonly id: number;
  readonly restore_timestamp: number;
  readonly is_savepoint: boolean;
  readonly external_path?: string | null;
}

export interface Checkpoint {
  readonly id: number;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly is_savepoint: boolean;
  readonly savepointFormat?: string | null;
  readonly trigger_timestamp: number;
  readonly latest_ack_timestamp: number;
  readonly checkpointed_size: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
  readonly processed_data: number;
  readonly persisted_data: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
  readonly checkpoint_type?: string;
  readonly external_path?: string | null;
  readonly discarded?: boolean;
  readonly failure_timestamp?: number;
  readonly failure_message?: string | null;
  readonly tasks: Readonly<Record<string, VertexCheckpoint>>;
}

export interface VertexCheckpoint {
  readonly status: string;
  readonly latest_ack_timestamp: number;
  readonly checkpointed_size: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
  readonly num_subtasks: number;
  readonly num_acknowledged_subtasks: number;
}

export interface VertexCheckpointDetails extends VertexCheckpoint {
  readonly subtasks: readonly SubtaskCheckpoint[];
}

/** All but `index` and `status` is missing while the subtask has not acknowledged. */
export interface SubtaskCheckpoint {
  readonly index: number;
  readonly status: string;
  readonly end_to_end_duration?: number;
  readonly checkpointed_size?: number;
  readonly state_size?: number;
  readonly checkpoint?: { readonly sync: number; readonly async: number };
  readonly alignment?: {
    readonly processed: number;
    readonly persisted: number;
    readonly duration: number;
  };
  readonly start_delay?: number;
  readonly unaligned_checkpoint?: boolean;
}

export interface CheckpointConfig {
  readonly mode: string;
  readonly interval: number;
  readonly timeout: number;
  readonly min_pause: number;
  readonly max_concurrent: number;
  readonly externalization?: {
    readonly enabled: boolean;
    readonly delete_on_cancellation: boolean;
  };
  readonly state_backend?: string;
  readonly checkpoint_storage?: string;
  readonly unaligned_checkpoints?: boolean;
  readonly aligned_checkpoint_timeout?: number;
  readonly tolerable_failed_checkpoints?: number;
  readonly checkpoints_after_tasks_finish?: boolean;
  readonly state_changelog_enabled?: boolean;
}

/** Ours: `GET …/checkpoints/details/:checkpointid/diagnosis`. */
export interface Diagnosis {
  readonly hops: readonly DiagnosisHop[];
  readonly findings: readonly Finding[];
}

export interface DiagnosisHop {
  readonly vertexId: string;
  readonly subtask: number;
  readonly startDelayMs: number;
  readonly alignmentMs: number;
  readonly syncMs: number;
  readonly asyncMs: number;
  readonly endToEndMs: number;
}

export interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly text: string;
  readonly setting?: string | null;
  readonly suggestedValue?: string | number | boolean | null;
}
