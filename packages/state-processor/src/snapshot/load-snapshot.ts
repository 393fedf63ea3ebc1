/** A snapshot's metadata, and the way to its files: the one way in which snapshots are opened here. */
import '@millrace/avro';
import { FileSystems } from '@millrace/core';
import {
  type CompletedCheckpointLocation,
  createStateHandleOpener,
  type FileSystemProvider,
  loadCheckpointMetadata,
  type OpenStateHandle,
  type PathRebase,
} from '@millrace/state';

/** How a snapshot is reached. */
export interface SavepointAccess {
  /** Local files alone when it is left out. */
  readonly fileSystems?: FileSystemProvider;
  /** For checkpoints that were moved: they name files by absolute path. */
  readonly pathRebase?: readonly PathRebase[];
}

export interface LoadedSnapshot {
  /** Its metadata names files where they are now. */
  readonly location: CompletedCheckpointLocation;
  /** Opens files by the handles of the metadata: nothing is rebased twice. */
  readonly openStateHandle: OpenStateHandle;
}

/**
 * @param path - the folder of the snapshot, or its `_metadata`
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`,
 * `FILE_PERMISSION_DENIED`
 */
export async function loadSnapshot(
  path: string,
  access: SavepointAccess = {},
): Promise<LoadedSnapshot> {
  const { fileSystems = new FileSystems(), pathRebase = [] } = access;
  const location = await loadCheckpointMetadata(fileSystems, path, { pathRebase });
  const openStateHandle = createStateHandleOpener({
    getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  });
  return { location, openStateHandle };
}
