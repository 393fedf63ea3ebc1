/**
 * The snapshot that `execution.state-recovery.path` names, with what becomes of it.
 *
 * Flink: CheckpointCoordinator.restoreSavepoint.
 */
import {
  type Configuration,
  errorMessage,
  type FileSystem,
  parentPath,
  type RestoreMode,
  StateRecoveryOptions,
} from '@millrace/core';
import {
  type CheckpointMetadata,
  type CheckpointProperties,
  type CheckpointStorage,
  type CompletedCheckpointLocation,
  checkpointIdOf,
  listCompletedCheckpoints,
  type PathRebase,
  parsePathRebase,
  snapshotFiles,
} from '@millrace/state';
import {
  checkpointProperties,
  type ExternalizedCheckpointRetention,
} from '../checkpoint/checkpoint-properties.ts';
import { CHECKPOINT } from '../checkpoint/checkpoint-types.ts';
import type { CompletedCheckpoint } from '../checkpoint/completed-checkpoint.ts';
import { savepointType } from '../checkpoint/savepoint-types.ts';

export interface SnapshotToRestore {
  readonly checkpoint: CompletedCheckpoint;
  /** Files that stay though the snapshot is the job's. */
  readonly notOwned: ReadonlySet<string>;
}

/**
 * @throws ConfigError `CONFIG_VALUE_INVALID`
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`
 */
export async function snapshotToRestore(
  path: string,
  options: {
    readonly configuration: Configuration;
    readonly storage: CheckpointStorage;
    readonly retention: ExternalizedCheckpointRetention;
    readonly fileSystemOf: (uri: string) => Promise<FileSystem> | FileSystem;
    readonly now: number;
    readonly warn: (message: string) => void;
  },
): Promise<SnapshotToRestore> {
  const { configuration, storage, retention, now, warn } = options;
  const mode = configuration.get(StateRecoveryOptions.RESTORE_MODE);
  if (mode === 'LEGACY') {
    warn(
      `${StateRecoveryOptions.RESTORE_MODE.key} LEGACY is deprecated: ${path} must stay as long as a ` +
        'checkpoint of the job may need its files, and nobody says when that ends; use NO_CLAIM or CLAIM',
    );
  }
  const pathRebase = configuredPathRebase(configuration);
  const location = await storage.resolveCheckpoint(path, { pathRebase });
  const checkpoint: CompletedCheckpoint = {
    checkpointId: location.metadata.checkpointId,
    timestamp: now,
    completedAt: now,
    properties: restoredProperties(mode, retention),
    location,
    restored: { mode, pathRebase },
  };
  const notOwned =
    mode === 'CLAIM' ? await filesOfNeighbours(location, options) : new Set<string>();
  return { checkpoint, notOwned };
}

export function configuredPathRebase(configuration: Configuration): PathRebase[] {
  const { PATH_REBASE } = StateRecoveryOptions;
  return configuration.get(PATH_REBASE).map((text) => parsePathRebase(text, PATH_REBASE.key));
}

/** What the snapshot itself says of its end counts no more, as in Flink. */
function restoredProperties(
  mode: RestoreMode,
  retention: ExternalizedCheckpointRetention,
): CheckpointProperties {
  return mode === 'CLAIM'
    ? checkpointProperties(CHECKPOINT, retention)
    : {
        ...checkpointProperties(savepointType('NATIVE', 'none'), retention),
        forced: false,
        unclaimed: mode === 'NO_CLAIM',
      };
}

/**
 * Of the other checkpoints that the claimed one was retained with: they may share its files, and they
 * are not claimed. Of one that cannot be read nobody knows which, so then all that can be shared stay.
 * Flink deletes those files.
 */
async function filesOfNeighbours(
  { externalPointer, metadata: claimed }: CompletedCheckpointLocation,
  options: Parameters<typeof snapshotToRestore>[1],
): Promise<Set<string>> {
  const { storage, configuration, fileSystemOf, warn } = options;
  const paths = new Set<string>();
  const folder = parentPath(externalPointer);
  const claimedId = checkpointIdOf(externalPointer);
  if (claimedId === undefined || folder === undefined) {
    return paths; // A savepoint shares nothing.
  }
  const pathRebase = configuredPathRebase(configuration);
  const retained = await listCompletedCheckpoints(await fileSystemOf(folder), folder);
  for (const { path, checkpointId } of retained) {
    if (checkpointId !== claimedId) {
      try {
        const { metadata } = await storage.resolveCheckpoint(path, { pathRebase });
        for (const file of snapshotFiles(metadata).keys()) {
          paths.add(file);
        }
      } catch (error) {
        const shared = sharedFiles(claimed);
        for (const file of shared) {
          paths.add(file);
        }
        warn(
          `${path} lies beside the claimed ${externalPointer} and cannot be read, so ${shared.length} ` +
            `files that they may share stay for good: ${errorMessage(error)}`,
        );
      }
    }
  }
  return paths;
}

function sharedFiles(metadata: CheckpointMetadata): string[] {
  return [...snapshotFiles(metadata)].flatMap(([path, scope]) =>
    scope === 'shared' ? [path] : [],
  );
}
