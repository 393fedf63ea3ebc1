/**
 * The kinds of checkpoints, by what they may have in common with others. Flink: CheckpointType,
 * SnapshotType.SharingFilesStrategy.
 */
import type { SharingFilesStrategy, SnapshotType } from '@millrace/state';

/** May name files of earlier ones, and later ones may name its. */
export const CHECKPOINT: SnapshotType = {
  kind: 'checkpoint',
  name: 'Checkpoint',
  sharingFilesStrategy: 'forward-backward',
};

/** Writes all state anew; later ones may name its files. */
export const FULL_CHECKPOINT: SnapshotType = {
  kind: 'checkpoint',
  name: 'Full Checkpoint',
  sharingFilesStrategy: 'forward',
};

export function sharingFilesStrategy(snapshotType: SnapshotType): SharingFilesStrategy {
  return snapshotType.kind === 'checkpoint' ? snapshotType.sharingFilesStrategy : 'no-sharing';
}
