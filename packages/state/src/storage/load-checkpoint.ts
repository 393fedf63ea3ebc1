/**
 * Finds and reads snapshots that are on a file system.
 *
 * Flink: AbstractFsCheckpointStorageAccess.resolveCheckpointPointer, Checkpoints.loadAndValidateCheckpoint.
 */
import {
  CheckpointError,
  errorCode,
  type FileStatus,
  type FileSystem,
  fileName,
  joinPath,
  parentPath,
} from '@millrace/core';
import { checkKeyGroupRanges } from '../formats/check-key-group-ranges.ts';
import { isCheckpointMetadata, readCheckpointMetadata } from '../formats/checkpoint-metadata.ts';
import type { CheckpointMetadata } from '../snapshot/operator-state.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import { asUri, checkpointIdOf, METADATA_FILE_NAME } from './checkpoint-paths.ts';
import type {
  CompletedCheckpointLocation,
  ResolveCheckpointOptions,
} from './checkpoint-storage.ts';
import { disposeCheckpointDirectory, filesInFolder } from './dispose-checkpoint.ts';
import { readOperatorNames, withOperatorNames } from './operator-names.ts';
import { rebaseMetadata } from './path-rebase.ts';

/** What `FileSystems` does; any other source of file systems will do. */
export interface FileSystemProvider {
  getFileSystem(uri: string): FileSystem;
}

/**
 * Reads a snapshot by what a user may give: its folder or its `_metadata`.
 *
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND` that names the newest checkpoint nearby,
 * `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`, `FILE_PERMISSION_DENIED`
 * @throws ConfigError `FILE_SYSTEM_UNKNOWN`
 */
export async function loadCheckpointMetadata(
  fileSystems: FileSystemProvider,
  pointer: string,
  { pathRebase = [] }: ResolveCheckpointOptions = {},
): Promise<CompletedCheckpointLocation> {
  const uri = asUri(pointer);
  const fileSystem = fileSystems.getFileSystem(uri);
  try {
    const status = await fileSystem.getFileStatus(uri);
    if (status === undefined) {
      throw await notFound(fileSystem, pointer, parentPath(uri));
    }
    const directory = status.isDirectory ? uri : (parentPath(uri) ?? uri);
    const metadataPath = status.isDirectory ? joinPath(uri, METADATA_FILE_NAME) : uri;
    if (status.isDirectory && (await fileSystem.getFileStatus(metadataPath)) === undefined) {
      throw await notFound(fileSystem, pointer, directory);
    }
    const bytes = await readWholeFile(fileSystem, metadataPath);
    if (fileName(metadataPath) !== METADATA_FILE_NAME && !isCheckpointMetadata(bytes)) {
      throw await notFound(fileSystem, pointer, directory);
    }
    const stored = readCheckpointMetadata(bytes, directory, metadataPath);
    checkKeyGroupRanges(stored);
    const metadata = withOperatorNames(
      rebaseMetadata(stored, pathRebase),
      await readOperatorNames(fileSystem, directory),
    );
    return completedLocation(fileSystem, { directory, metadata, metadataSizeBytes: bytes.length });
  } catch (error) {
    throw checkpointIoError(`cannot read the snapshot ${pointer}`, error);
  }
}

/** The folder's snapshot as a completed one, which can be disposed. */
export function completedLocation(
  fileSystem: FileSystem,
  snapshot: { directory: string; metadata: CheckpointMetadata; metadataSizeBytes: number },
): CompletedCheckpointLocation {
  const { directory, metadata, metadataSizeBytes } = snapshot;
  return {
    externalPointer: directory,
    metadata,
    metadataSizeBytes,
    dispose: (files = filesInFolder(metadata)) =>
      disposeCheckpointDirectory(fileSystem, directory, files),
  };
}

export interface CheckpointDirectory {
  readonly checkpointId: number;
  readonly path: string;
}

/** The checkpoints in a job's directory that have a `_metadata`, newest first. */
export async function listCompletedCheckpoints(
  fileSystem: FileSystem,
  jobDirectory: string,
): Promise<CheckpointDirectory[]> {
  const found: CheckpointDirectory[] = [];
  for (const { path, isDirectory } of await listOrEmpty(fileSystem, jobDirectory)) {
    const checkpointId = checkpointIdOf(path);
    if (isDirectory && checkpointId !== undefined) {
      const metadata = await fileSystem.getFileStatus(joinPath(path, METADATA_FILE_NAME));
      if (metadata !== undefined) {
        found.push({ checkpointId, path });
      }
    }
  }
  return found.sort((a, b) => b.checkpointId - a.checkpointId);
}

/**
 * The checkpoints of one job's directory; of a directory of several jobs those of each that has some.
 * Newest first within a job.
 */
export async function listCheckpointsByJob(
  fileSystem: FileSystem,
  directory: string,
): Promise<CheckpointDirectory[][]> {
  const own = await listCompletedCheckpoints(fileSystem, directory);
  if (own.length > 0) {
    return [own];
  }
  const jobs: CheckpointDirectory[][] = [];
  for (const { path, isDirectory } of await listOrEmpty(fileSystem, directory)) {
    if (isDirectory && /^[0-9a-f]{32}$/.test(fileName(path))) {
      jobs.push(await listCompletedCheckpoints(fileSystem, path));
    }
  }
  return jobs.filter((checkpoints) => checkpoints.length > 0);
}

async function listOrEmpty(fileSystem: FileSystem, directory: string): Promise<FileStatus[]> {
  try {
    return await fileSystem.listStatus(directory);
  } catch (error) {
    if (errorCode(error) === 'FILE_NOT_FOUND') {
      return [];
    }
    throw error;
  }
}

async function readWholeFile(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const reader = await fileSystem.open(path);
  try {
    return await reader.read(0, reader.sizeBytes);
  } finally {
    await reader.close();
  }
}

/** Looks in `near` and in the jobs' directories below it for what the user may have meant. */
async function notFound(
  fileSystem: FileSystem,
  pointer: string,
  near: string | undefined,
): Promise<CheckpointError> {
  const jobs = near === undefined ? [] : await listCheckpointsByJob(fileSystem, near);
  const newest = jobs.map(([checkpoint]) => checkpoint?.path).join(', ');
  const remedy =
    jobs.length === 0
      ? `give the folder that holds ${METADATA_FILE_NAME}, or the ${METADATA_FILE_NAME} itself`
      : jobs.length === 1
        ? `the newest checkpoint there is ${newest}`
        : `the newest checkpoints of the jobs there are ${newest}`;
  return new CheckpointError('SNAPSHOT_NOT_FOUND', `no snapshot is at ${pointer}; ${remedy}`);
}
