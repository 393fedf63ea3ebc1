/**
 * When a completed checkpoint may be deleted.
 *
 * Flink: CheckpointProperties, CheckpointRetentionPolicy.
 */
import { type CheckpointProperties, type SnapshotType, savepointProperties } from '@millrace/state';

/** `execution.checkpointing.externalized-checkpoint-retention`. */
export type ExternalizedCheckpointRetention =
  | 'DELETE_ON_CANCELLATION'
  | 'RETAIN_ON_CANCELLATION'
  | 'NO_EXTERNALIZED_CHECKPOINTS';

/** How a job ended; `SUSPENDED` is the end of its process alone. */
export type JobEnd = 'FINISHED' | 'CANCELED' | 'FAILED' | 'SUSPENDED';

export function checkpointProperties(
  snapshotType: SnapshotType,
  retention: ExternalizedCheckpointRetention,
): CheckpointProperties {
  if (snapshotType.kind === 'savepoint') {
    return savepointProperties(snapshotType);
  }
  const discardCancelled = retention !== 'RETAIN_ON_CANCELLATION';
  return {
    snapshotType,
    forced: false,
    unclaimed: false,
    discardSubsumed: true,
    discardFinished: true,
    discardCancelled,
    discardFailed: retention === 'NO_EXTERNALIZED_CHECKPOINTS',
    discardSuspended: discardCancelled,
  };
}

export function isDiscardedAtEnd(properties: CheckpointProperties, end: JobEnd): boolean {
  switch (end) {
    case 'FINISHED':
      return properties.discardFinished;
    case 'CANCELED':
      return properties.discardCancelled;
    case 'FAILED':
      return properties.discardFailed;
    case 'SUSPENDED':
      return properties.discardSuspended;
  }
}
