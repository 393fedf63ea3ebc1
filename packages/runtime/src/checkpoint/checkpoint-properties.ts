/**
 * When a completed checkpoint may be deleted.
 *
 * Flink: CheckpointProperties, CheckpointRetentionPolicy.
 */
import type { CheckpointProperties, SnapshotType } from '@millrace/state';

/** `execution.checkpointing.externalized-checkpoint-retention`. */
export type ExternalizedCheckpointRetention =
  | 'DELETE_ON_CANCELLATION'
  | 'RETAIN_ON_CANCELLATION'
  | 'NO_EXTERNALIZED_CHECKPOINTS';

/** How a job ended. */
export type JobEnd = 'FINISHED' | 'CANCELED' | 'FAILED';

export function checkpointProperties(
  snapshotType: SnapshotType,
  retention: ExternalizedCheckpointRetention,
): CheckpointProperties {
  const savepoint = snapshotType.kind === 'savepoint';
  const retainOnCancel = retention === 'RETAIN_ON_CANCELLATION';
  return {
    snapshotType,
    forced: savepoint,
    unclaimed: false,
    discardSubsumed: !savepoint,
    discardFinished: !savepoint,
    discardCancelled: !savepoint && !retainOnCancel,
    discardFailed: !savepoint && retention === 'NO_EXTERNALIZED_CHECKPOINTS',
    discardSuspended: !savepoint && !retainOnCancel,
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
  }
}
