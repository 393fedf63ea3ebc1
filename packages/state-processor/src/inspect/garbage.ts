/**
 * Which files below a checkpoint directory no retained snapshot refers to.
 *
 * Invariants:
 * - A file that a snapshot refers to is never garbage, nor is `_metadata`, nor a file that is not of a
 *   checkpoint by its name and place, nor one that is younger than the limit: a running checkpoint
 *   may be writing it.
 * - Unless every snapshot there was understood, and all its files were found, nothing is garbage.
 * - Nothing is garbage in a folder of a job of which no snapshot was understood: those that refer to
 *   its files, if any, lie elsewhere.
 *
 * Nobody can see from a directory that a job whose checkpoints lie elsewhere goes on with files in it,
 * as it does after a restore in `CLAIM` or `LEGACY` mode: its newest checkpoint must be given.
 *
 * Layout: docs/formats/checkpoint-directory.md
 */
import {
  CheckpointError,
  type Clock,
  ConfigError,
  errorCode,
  errorMessage,
  type FileStatus,
  FileSystems,
  fileName,
  parentPath,
  SystemClock,
} from '@millrace/core';
import {
  asUri,
  type FileSystemProvider,
  loadCheckpointMetadata,
  METADATA_FILE_NAME,
  type PathRebase,
} from '@millrace/state';
import { describeFiles } from '../snapshot/describe-files.ts';

export interface GarbageOptions {
  readonly fileSystems?: FileSystemProvider;
  /** For checkpoints that were moved: they name files by absolute path. */
  readonly pathRebase?: readonly PathRebase[];
  /** Those elsewhere that refer to files in the directory: native savepoints, and the newest checkpoint
   * of each job that was restored from here in `CLAIM` or `LEGACY` mode. */
  readonly snapshots?: readonly string[];
  /**
   * Milliseconds; younger files stay. A day when it is left out. It must be longer than any checkpoint
   * takes, and than the time between two: until the next has completed, nothing refers to its files.
   */
  readonly minAgeMs?: number;
  /** Goes by the other snapshots when one cannot be read, whose files are then garbage too. */
  readonly ignoreUnreadable?: boolean;
  readonly clock?: Clock;
}

export interface GarbagePlan {
  /** URI. */
  readonly directory: string;
  readonly options: GarbageOptions;
  readonly snapshots: readonly ReferringSnapshot[];
  /** What snapshots refer to, and which do. */
  readonly referenced: readonly ReferencedFile[];
  /** What no snapshot refers to: may be deleted. */
  readonly garbage: readonly UnreferencedFile[];
  readonly garbageBytes: number;
  /** No snapshot refers to them either, but they are younger than the limit, or of unknown age. */
  readonly young: readonly UnreferencedFile[];
  /** Of jobs of which no snapshot was found: one elsewhere may refer to them. */
  readonly unjudged: readonly UnreferencedFile[];
  /** Not of a checkpoint by their name or place: never deleted. */
  readonly foreign: readonly UnreferencedFile[];
  /** Only with `ignoreUnreadable`. */
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
}

export interface ReferringSnapshot {
  readonly path: string;
  readonly checkpointId: number;
  readonly files: number;
  readonly bytes: number;
}

export interface ReferencedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Paths of the snapshots. */
  readonly snapshots: readonly string[];
}

export interface UnreferencedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number | undefined;
  readonly ageMs: number | undefined;
}

const DAY_MS = 86_400_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What is left beside a `_metadata` that was never finished, or that is gone. */
const LEFT_OVER_NAMES = new Set([`${METADATA_FILE_NAME}.inprogress`, '_operators.json']);
const STATE_FOLDER = /^(chk-\d+|shared|taskowned|dstl|savepoint-[0-9a-f]{6}-[0-9a-f]{12})$/;

/**
 * Reads and deletes nothing but metadata.
 *
 * @param directory - of one job's checkpoints, or of several jobs'
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND` when a snapshot cannot be read or a
 * file of it is not where it says, unless `ignoreUnreadable`
 * @throws CheckpointError `SNAPSHOT_NOT_FOUND` when no snapshot is below the directory and none was given
 * that refers to files in it
 * @throws CheckpointError `FILE_NOT_FOUND` when there is no such directory
 * @throws ConfigError `CONFIG_VALUE_INVALID` for a part of a job's directory, such as `shared`
 */
export async function planGarbageCollection(
  directory: string,
  options: GarbageOptions = {},
): Promise<GarbagePlan> {
  const uri = asUri(directory);
  requireWholeJob(uri);
  const fileSystems = options.fileSystems ?? new FileSystems();
  const files = await filesBelow(fileSystems, uri);
  const references = new References(fileSystems, options);
  for (const file of files) {
    if (fileName(file.path) === METADATA_FILE_NAME) {
      await references.addSnapshot(parentPath(file.path) ?? file.path);
    }
  }
  for (const snapshot of options.snapshots ?? []) {
    await references.addSnapshot(snapshot);
  }
  references.requireAnyBelow(uri);
  const now = (options.clock ?? new SystemClock()).now();
  return { directory: uri, options, ...references.sorted(files, now), ...references.summary() };
}

/** What refers to the files in a part of a job's directory lies beside it. */
function requireWholeJob(directory: string): void {
  if (STATE_FOLDER.test(fileName(directory))) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${directory} is a part of a job's directory, and the snapshots that refer to its files may lie ` +
        `beside it; give ${parentPath(directory)}`,
    );
  }
}

async function filesBelow(
  fileSystems: FileSystemProvider,
  directory: string,
): Promise<FileStatus[]> {
  const found: FileStatus[] = [];
  const folders = [directory];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await listFolder(fileSystems, folder, folder === directory)) {
      if (entry.isDirectory) {
        folders.push(entry.path);
      } else {
        found.push(entry);
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listFolder(
  fileSystems: FileSystemProvider,
  folder: string,
  isRoot: boolean,
): Promise<FileStatus[]> {
  try {
    return await fileSystems.getFileSystem(folder).listStatus(folder);
  } catch (error) {
    if (errorCode(error) !== 'FILE_NOT_FOUND') {
      throw error;
    }
    if (isRoot) {
      throw new CheckpointError('FILE_NOT_FOUND', `there is no directory ${folder}`, {
        cause: error,
      });
    }
    return []; // A running job deleted it.
  }
}

class References {
  private readonly fileSystems: FileSystemProvider;
  private readonly options: GarbageOptions;
  private readonly snapshots: ReferringSnapshot[] = [];
  private readonly unreadable: { path: string; message: string }[] = [];
  private readonly byPath = new Map<string, { sizeBytes: number; snapshots: string[] }>();
  /** A folder may have two names, by a link: the file's own name is unique. */
  private readonly names = new Set<string>();
  /** Folders of jobs, and of savepoints, that snapshots lie in or refer into. */
  private readonly owners = new Set<string | undefined>();

  constructor(fileSystems: FileSystemProvider, options: GarbageOptions) {
    this.fileSystems = fileSystems;
    this.options = options;
  }

  async addSnapshot(path: string): Promise<void> {
    try {
      const { metadata, externalPointer } = await loadCheckpointMetadata(
        this.fileSystems,
        path,
        this.options,
      );
      const files = describeFiles(metadata);
      await this.requireFiles(externalPointer, files);
      this.snapshots.push({
        path: externalPointer,
        checkpointId: metadata.checkpointId,
        files: files.length,
        bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      });
      this.owners.add(ownerOf(externalPointer));
      for (const { path: file, sizeBytes } of files) {
        this.owners.add(ownerOf(parentPath(file)));
        const known = this.byPath.get(file) ?? { sizeBytes: 0, snapshots: [] };
        known.sizeBytes = Math.max(known.sizeBytes, sizeBytes);
        known.snapshots.push(externalPointer);
        this.byPath.set(file, known);
        this.names.add(fileName(file));
      }
    } catch (error) {
      this.refuse(path, error);
    }
  }

  /** @throws CheckpointError `SNAPSHOT_NOT_FOUND` */
  requireAnyBelow(directory: string): void {
    const prefix = withSlash(directory);
    if (
      ![...this.owners].some((owner) => owner !== undefined && withSlash(owner).startsWith(prefix))
    ) {
      throw new CheckpointError(
        'SNAPSHOT_NOT_FOUND',
        `no snapshot that can be read lies below ${directory}, so nobody can say which of its files are ` +
          'used elsewhere; give the directory of the checkpoints, or the snapshots that use the files',
      );
    }
  }

  /** In the order of their paths. */
  sorted(
    files: readonly FileStatus[],
    now: number,
  ): Pick<GarbagePlan, 'garbage' | 'garbageBytes' | 'young' | 'unjudged' | 'foreign'> {
    const garbage: UnreferencedFile[] = [];
    const young: UnreferencedFile[] = [];
    const unjudged: UnreferencedFile[] = [];
    const foreign: UnreferencedFile[] = [];
    const folders = new Set(files.filter(isMetadata).map(({ path }) => parentPath(path)));
    for (const file of files) {
      const { path, sizeBytes, modifiedAt } = file;
      if (isMetadata(file) || this.byPath.has(path) || this.names.has(fileName(path))) {
        continue;
      }
      const folder = parentPath(path);
      if (LEFT_OVER_NAMES.has(fileName(path)) && folders.has(folder)) {
        continue; // It belongs to the snapshot.
      }
      const ageMs = modifiedAt === undefined ? undefined : now - modifiedAt;
      const minAgeMs = this.options.minAgeMs ?? DAY_MS;
      const list = !isOfCheckpoint(path)
        ? foreign
        : !this.owners.has(ownerOf(folder))
          ? unjudged
          : ageMs === undefined || ageMs < minAgeMs
            ? young
            : garbage;
      list.push({ path, sizeBytes, modifiedAt, ageMs });
    }
    const garbageBytes = garbage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { garbage, garbageBytes, young, unjudged, foreign };
  }

  summary(): Pick<GarbagePlan, 'snapshots' | 'referenced' | 'unreadable'> {
    const referenced = Array.from(this.byPath, ([path, file]) => ({ path, ...file }));
    referenced.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { snapshots: this.snapshots, referenced, unreadable: this.unreadable };
  }

  /** What names files elsewhere was moved: then nothing here could be told from garbage. */
  private async requireFiles(
    snapshot: string,
    files: readonly { readonly path: string }[],
  ): Promise<void> {
    for (const { path } of files) {
      const status = await this.fileSystems.getFileSystem(path).getFileStatus(path);
      if (status === undefined) {
        throw new CheckpointError(
          'SNAPSHOT_NOT_FOUND',
          `${snapshot} refers to ${path}, which is not there; if checkpoints were moved, say from where`,
        );
      }
    }
  }

  private refuse(path: string, error: unknown): void {
    const code = errorCode(error);
    if (code === undefined) {
      throw error;
    }
    const message = errorMessage(error);
    if (this.options.ignoreUnreadable !== true) {
      throw new CheckpointError(
        code,
        `nothing is garbage while the snapshot ${path} cannot be understood: ${message}`,
        { cause: error },
      );
    }
    this.unreadable.push({ path, message });
  }
}

function isMetadata({ path }: { readonly path: string }): boolean {
  return fileName(path) === METADATA_FILE_NAME;
}

function withSlash(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/** Of a folder of state files: the job's folder, or the savepoint, which has no other. */
function ownerOf(folder: string | undefined): string | undefined {
  const isOfJob =
    folder !== undefined && /^(chk-\d+|shared|taskowned|dstl)$/.test(fileName(folder));
  return isOfJob ? parentPath(folder) : folder;
}

/** A name of Flink's or ours, in a folder of theirs. */
function isOfCheckpoint(path: string): boolean {
  const name = fileName(path);
  const folder = parentPath(path);
  return (
    folder !== undefined &&
    STATE_FOLDER.test(fileName(folder)) &&
    (UUID.test(name) || LEFT_OVER_NAMES.has(name))
  );
}
