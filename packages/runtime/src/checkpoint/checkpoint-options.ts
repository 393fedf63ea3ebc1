/** Kind and mode of one checkpoint, as its barrier carries them. Flink: CheckpointOptions. */
import type { SnapshotType } from '@millrace/state';

export type CheckpointingMode = 'EXACTLY_ONCE' | 'AT_LEAST_ONCE';

export interface CheckpointBarrier {
  readonly checkpointId: number;
  readonly timestamp: number;
  readonly snapshotType: SnapshotType;
}

/** What one task says of a checkpoint it took. */
export interface CheckpointMetrics {
  /** Barrier seen first to barrier seen on all channels. */
  readonly alignmentDurationMs: number;
  readonly syncDurationMs: number;
  readonly asyncDurationMs: number;
  /** Trigger at the coordinator to first barrier at the task. */
  readonly startDelayMs: number;
}
