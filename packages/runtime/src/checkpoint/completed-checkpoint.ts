/** A checkpoint that is complete, or the snapshot that a job started from. Flink: CompletedCheckpoint. */
import type { RestoreMode } from '@millrace/core';
import type {
  CheckpointProperties,
  CompletedCheckpointLocation,
  PathRebase,
} from '@millrace/state';

export interface CompletedCheckpoint {
  readonly checkpointId: number;
  /** When it was triggered. */
  readonly timestamp: number;
  readonly completedAt: number;
  readonly properties: CheckpointProperties;
  readonly location: CompletedCheckpointLocation;
  /** Set for the snapshot that the job started from: whose it is. */
  readonly restored?: RestoredSnapshot;
}

export interface RestoredSnapshot {
  readonly mode: RestoreMode;
  /** How its files are found. */
  readonly pathRebase: readonly PathRebase[];
}

/** False for a snapshot that is the user's: it is never deleted and not counted. */
export function isOwned({ restored, properties }: CompletedCheckpoint): boolean {
  return restored === undefined
    ? properties.snapshotType.kind === 'checkpoint'
    : restored.mode === 'CLAIM';
}
