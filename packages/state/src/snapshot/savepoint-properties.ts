/** What a savepoint says of itself: it was asked for, and no job deletes it. */
import type { CheckpointProperties, SnapshotType } from './operator-state.ts';

/** Flink: CheckpointProperties.forSavepoint. */
export function savepointProperties(
  snapshotType: Extract<SnapshotType, { kind: 'savepoint' }>,
): CheckpointProperties {
  return {
    snapshotType,
    forced: true,
    unclaimed: false,
    discardSubsumed: false,
    discardFinished: false,
    discardCancelled: false,
    discardFailed: false,
    discardSuspended: false,
  };
}

/** Of a canonical savepoint that nothing follows. */
export const CANONICAL_SAVEPOINT_PROPERTIES: CheckpointProperties = savepointProperties({
  kind: 'savepoint',
  name: 'Savepoint',
  formatType: 'canonical',
  postCheckpointAction: 'none',
});
