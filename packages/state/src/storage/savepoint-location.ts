/**
 * Where a savepoint is written: a folder of its own in the directory that the user names.
 *
 * Invariants:
 * - All its files lie in the folder and are named relative to it, so it can be moved as a whole.
 * - A savepoint that fails leaves nothing, but an empty folder that was there before.
 *
 * Unlike Flink, whose jobmanager storage keeps the state of a savepoint inside its `_metadata`, each
 * storage writes it to files when it is large: so no savepoint is too large.
 *
 * One that is written with no job running goes into the very folder that is named.
 *
 * Layout: docs/formats/checkpoint-directory.md. Flink: AbstractFsCheckpointStorageAccess.initializeLocationForSavepoint.
 */
import { randomUUID } from 'node:crypto';
import { CheckpointError, type FileStatus, type FileSystem, joinPath } from '@millrace/core';
import { checkpointIoError } from './checkpoint-io-error.ts';
import { asUri } from './checkpoint-paths.ts';
import type {
  CheckpointStorageLocation,
  CheckpointStreamFactory,
  KeyedStateFormat,
} from './checkpoint-storage.ts';
import { FsCheckpointStateOutputStream } from './fs-checkpoint-state-output-stream.ts';
import { writeMetadataFile } from './metadata-file.ts';

export interface SavepointLocationOptions {
  readonly fileSystem: FileSystem;
  /** A URI or a local path; made when it is not there. */
  readonly targetDirectory: string;
  readonly jobId: string;
  readonly keyedStateFormat: KeyedStateFormat;
  /** `execution.checkpointing.data-inline-threshold`. */
  readonly inlineThresholdBytes: number;
  /** `execution.checkpointing.write-buffer-size`. */
  readonly writeBufferSizeBytes: number;
  /** 12 hexadecimal digits, new ones each time. */
  readonly createSuffix: () => string;
}

const ATTEMPTS = 10; // as in Flink; a name is taken once in 2^48

/** @throws CheckpointError `IO_EXCEPTION`, `FILE_PERMISSION_DENIED`, `FILE_EXISTS` */
export async function initializeLocationForSavepoint(
  options: SavepointLocationOptions,
): Promise<CheckpointStorageLocation> {
  return locationIn(await makeDirectory(options), options, { isFolderKept: false });
}

/**
 * For a savepoint in `directory` itself, which must not be there or be empty.
 *
 * @throws CheckpointError `FILE_EXISTS`, `IO_EXCEPTION`, `FILE_PERMISSION_DENIED`
 */
export async function savepointLocationAt(
  directory: string,
  options: LocationOptions,
): Promise<CheckpointStorageLocation> {
  const { fileSystem } = options;
  const uri = asUri(directory);
  let status: FileStatus | undefined;
  try {
    status = await fileSystem.getFileStatus(uri);
    if (status !== undefined && (!status.isDirectory || (await isNotEmpty(fileSystem, uri)))) {
      throw new CheckpointError(
        'FILE_EXISTS',
        `a savepoint cannot be written to ${uri}: something is there already; name a new folder`,
      );
    }
    await fileSystem.mkdirs(uri);
  } catch (error) {
    throw checkpointIoError(`cannot begin a savepoint in ${uri}`, error);
  }
  return locationIn(uri, options, { isFolderKept: status !== undefined });
}

/**
 * Where tasks of another thread write a savepoint whose location was initialized. Touches no file.
 *
 * @param directory - of the location
 */
export function resolveSavepointStorageLocation(
  directory: string,
  options: LocationOptions,
): CheckpointStreamFactory {
  const { fileSystem, inlineThresholdBytes, writeBufferSizeBytes, keyedStateFormat } = options;
  return {
    keyedStateFormat,
    createCheckpointStateOutputStream: () =>
      new FsCheckpointStateOutputStream({
        fileSystem,
        directory,
        fileName: randomUUID(),
        scope: 'exclusive',
        inlineThresholdBytes,
        bufferSizeBytes: writeBufferSizeBytes,
      }),
  };
}

async function isNotEmpty(fileSystem: FileSystem, directory: string): Promise<boolean> {
  return (await fileSystem.listStatus(directory)).length > 0;
}

type LocationOptions = Pick<
  SavepointLocationOptions,
  'fileSystem' | 'keyedStateFormat' | 'inlineThresholdBytes' | 'writeBufferSizeBytes'
>;

/** @param failed.isFolderKept - of one that fails the folder stays, empty: it was there before */
function locationIn(
  directory: string,
  options: LocationOptions,
  failed: { readonly isFolderKept: boolean },
): CheckpointStorageLocation {
  const { fileSystem } = options;
  return {
    ...resolveSavepointStorageLocation(directory, options),
    directory,
    writeMetadata: (metadata) => writeMetadataFile(fileSystem, directory, metadata),
    disposeOnFailure: async () => {
      try {
        const written = failed.isFolderKept
          ? (await fileSystem.listStatus(directory)).map(({ path }) => path)
          : [directory];
        for (const path of written) {
          await fileSystem.delete(path, { recursive: true });
        }
      } catch (error) {
        throw checkpointIoError(`cannot remove the failed savepoint ${directory}`, error);
      }
    },
  };
}

async function makeDirectory(options: SavepointLocationOptions): Promise<string> {
  const { fileSystem, jobId, createSuffix } = options;
  const target = asUri(options.targetDirectory);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const directory = joinPath(target, `savepoint-${jobId.slice(0, 6)}-${createSuffix()}`);
      if ((await fileSystem.getFileStatus(directory)) === undefined) {
        await fileSystem.mkdirs(directory);
        return directory;
      }
    }
  } catch (error) {
    throw checkpointIoError(`cannot begin a savepoint in ${target}`, error);
  }
  const message = `${ATTEMPTS} names for a savepoint are taken in ${target}; use another directory`;
  throw new CheckpointError('FILE_EXISTS', message);
}
