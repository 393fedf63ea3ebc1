/** How tasks write the state of one checkpoint. */
import { type Configuration, ExecutionOptions } from '@millrace/core';
import type { CheckpointStreamFactory, SnapshotType } from '@millrace/state';
import { sharingFilesStrategy } from './checkpoint-types.ts';

/** @param location - where */
export function checkpointStreamsAt(
  location: CheckpointStreamFactory,
  snapshotType: SnapshotType,
  configuration: Configuration,
): CheckpointStreamFactory {
  const { keyedStateFormat = 'native' } = location;
  return {
    keyedStateFormat,
    sharingFilesStrategy: sharingFilesStrategy(snapshotType),
    snapshotCompression: configuration.get(ExecutionOptions.SNAPSHOT_COMPRESSION),
    createCheckpointStateOutputStream: (scope) => location.createCheckpointStateOutputStream(scope),
    discard: async (handle) => location.discard?.(handle),
  };
}
