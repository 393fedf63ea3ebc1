/**
 * Remembers on a file system which checkpoints of a job are complete, so that a process that is
 * started after a crash finds them by itself.
 *
 * Invariants:
 * - `<storageDir>/<cluster id>/<job id>/checkpoints.json` is replaced in one step: a reader sees
 *   the list before or after a change, never half of it.
 * - A checkpoint id that was reserved here is never given out again, also after a crash.
 * - Files are removed only when the job has ended for good.
 *
 * Flink: HighAvailabilityServices with CompletedCheckpointStore and CheckpointIDCounter.
 */
import {
  CheckpointError,
  errorCode,
  errorMessage,
  type FileSystem,
  StateRecoveryOptions,
} from '@millrace/core';
import type { CheckpointProperties, CheckpointStorage } from '@millrace/state';
import type { CompletedCheckpoint, RestoredSnapshot } from './completed-checkpoint.ts';
import type { CompletedCheckpointPersistence } from './completed-checkpoint-store.ts';

const FILE_VERSION = 1;

interface PersistedCheckpoint {
  readonly checkpointId: number;
  readonly externalPointer: string;
  readonly timestamp: number;
  readonly completedAt: number;
  readonly properties: CheckpointProperties;
  /** Only of the snapshot that the job started from. */
  readonly restored?: RestoredSnapshot;
}

interface PersistedCheckpoints {
  readonly version: typeof FILE_VERSION;
  readonly nextCheckpointId: number;
  /** Oldest first. */
  readonly completed: readonly PersistedCheckpoint[];
  /** Paths that they name and that are not the job's to delete. */
  readonly notOwned?: readonly string[];
}

const NOTHING: PersistedCheckpoints = { version: FILE_VERSION, nextCheckpointId: 1, completed: [] };

export interface FileSystemHighAvailabilityOptions {
  readonly fileSystem: FileSystem;
  /** `high-availability.storageDir`. */
  readonly storageDir: string;
  /** `high-availability.cluster-id`; Flink's default begins with a slash. */
  readonly clusterId: string;
  readonly jobId: string;
}

export class FileSystemHighAvailability implements CompletedCheckpointPersistence {
  readonly directory: string;
  private readonly options: FileSystemHighAvailabilityOptions;
  private readonly path: string;
  private known: PersistedCheckpoints | undefined;
  /** One write after the other. */
  private lastWrite: Promise<void> = Promise.resolve();

  constructor(options: FileSystemHighAvailabilityOptions) {
    const { storageDir, clusterId, jobId } = options;
    const parts = [storageDir.replace(/\/+$/, ''), clusterId.replace(/^\/+|\/+$/g, ''), jobId];
    this.options = options;
    this.directory = parts.filter((part, index) => index === 0 || part !== '').join('/');
    this.path = `${this.directory}/checkpoints.json`;
  }

  /**
   * The first id that no process of this job has used.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT`
   */
  async nextCheckpointId(): Promise<number> {
    return (await this.load()).nextCheckpointId;
  }

  /** Makes ids below `next` used for good. */
  saveNextCheckpointId(next: number): Promise<void> {
    return this.update((before) => ({
      ...before,
      nextCheckpointId: Math.max(before.nextCheckpointId, next),
    }));
  }

  saveCompletedCheckpoints(
    checkpoints: readonly CompletedCheckpoint[],
    notOwned: readonly string[],
  ): Promise<void> {
    const completed = checkpoints.map((checkpoint) => ({
      checkpointId: checkpoint.checkpointId,
      externalPointer: checkpoint.location.externalPointer,
      timestamp: checkpoint.timestamp,
      completedAt: checkpoint.completedAt,
      properties: checkpoint.properties,
      ...(checkpoint.restored === undefined ? {} : { restored: checkpoint.restored }),
    }));
    return this.update(({ version, nextCheckpointId }) => ({
      version,
      nextCheckpointId,
      completed,
      ...(notOwned.length === 0 ? {} : { notOwned }),
    }));
  }

  /** False as long as the list holds no more than the snapshot that the job started from. */
  async hasCheckpointsOfJob(): Promise<boolean> {
    return (await this.load()).completed.some(({ restored }) => restored === undefined);
  }

  /** Files that the recorded checkpoints name and that are not the job's. */
  async notOwned(): Promise<readonly string[]> {
    return (await this.load()).notOwned ?? [];
  }

  /**
   * The completed checkpoints of the job, oldest first: for `CompletedCheckpointStore`.
   *
   * None is passed over: what a later one held may be committed already, and an older one would
   * commit it again.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT` when the list itself cannot be read
   * @throws CheckpointError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_CORRUPT` when a checkpoint cannot be; the
   *   message says how to start from an older one
   */
  async recoverCompletedCheckpoints(storage: CheckpointStorage): Promise<CompletedCheckpoint[]> {
    const recovered: CompletedCheckpoint[] = [];
    for (const persisted of (await this.load()).completed) {
      const { externalPointer, ...checkpoint } = persisted;
      const pathRebase = checkpoint.restored?.pathRebase ?? [];
      try {
        const location = await storage.resolveCheckpoint(externalPointer, { pathRebase });
        recovered.push({ ...checkpoint, location });
      } catch (error) {
        throw this.unreadable(persisted, recovered.at(-1), error);
      }
    }
    return recovered;
  }

  async clear(): Promise<void> {
    await this.lastWrite;
    this.known = NOTHING;
    await this.options.fileSystem.delete(this.directory, { recursive: true });
  }

  private unreadable(
    { checkpointId, externalPointer }: PersistedCheckpoint,
    older: CompletedCheckpoint | undefined,
    cause: unknown,
  ): CheckpointError {
    const instead =
      older === undefined
        ? 'no older one is known'
        : `set execution.state-recovery.path to ${older.location.externalPointer} for an older one, ` +
          'whose results since may be committed twice';
    return new CheckpointError(
      errorCode(cause) ?? 'IO_EXCEPTION',
      `checkpoint ${checkpointId} at ${externalPointer} cannot be read: ${errorMessage(cause)}; ` +
        `bring it back, or remove ${this.path} to begin without it (${instead})`,
      { cause },
    );
  }

  private async load(): Promise<PersistedCheckpoints> {
    await this.lastWrite;
    this.known ??= await this.read();
    return this.known;
  }

  private async read(): Promise<PersistedCheckpoints> {
    let text: string;
    try {
      const reader = await this.options.fileSystem.open(this.path);
      try {
        text = new TextDecoder().decode(await reader.read(0, reader.sizeBytes));
      } finally {
        await reader.close();
      }
    } catch (error) {
      if (errorCode(error) === 'FILE_NOT_FOUND') {
        return NOTHING;
      }
      throw error;
    }
    return parse(text, this.path);
  }

  private update(change: (before: PersistedCheckpoints) => PersistedCheckpoints): Promise<void> {
    const write = this.lastWrite.then(async () => {
      this.known ??= await this.read();
      const after = change(this.known);
      await this.replaceFile(after);
      this.known = after;
    });
    this.lastWrite = write.catch(() => {}); // Who asked for the write is told.
    return write;
  }

  private async replaceFile(contents: PersistedCheckpoints): Promise<void> {
    const { fileSystem } = this.options;
    const temporary = `${this.path}.inprogress`;
    const writer = await fileSystem.create(temporary, { overwrite: true });
    try {
      await writer.write(new TextEncoder().encode(`${JSON.stringify(contents, undefined, 2)}\n`));
      await writer.close();
    } catch (error) {
      await writer.abort().catch(() => {}); // The first error says more.
      throw error;
    }
    await fileSystem.rename(temporary, this.path);
  }
}

function parse(text: string, path: string): PersistedCheckpoints {
  let parsed: Partial<PersistedCheckpoints> | null;
  try {
    parsed = JSON.parse(text) as Partial<PersistedCheckpoints> | null;
  } catch (cause) {
    throw corrupt(path, 'is not JSON', cause);
  }
  if (parsed?.version !== FILE_VERSION) {
    throw corrupt(path, `has version ${String(parsed?.version)}, not ${FILE_VERSION}`);
  }
  if (!Number.isSafeInteger(parsed.nextCheckpointId) || !isCheckpointList(parsed.completed)) {
    throw corrupt(path, 'lacks the next id or the list of checkpoints');
  }
  if (!isStringList(parsed.notOwned ?? [])) {
    throw corrupt(path, 'has something else than paths in notOwned');
  }
  return parsed as PersistedCheckpoints;
}

function isCheckpointList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (entry: Partial<PersistedCheckpoint> | null) =>
        Number.isSafeInteger(entry?.checkpointId) &&
        typeof entry?.externalPointer === 'string' &&
        isRestoredSnapshot(entry.restored),
    )
  );
}

function isRestoredSnapshot(value: Partial<RestoredSnapshot> | null | undefined): boolean {
  return (
    value === undefined ||
    (StateRecoveryOptions.RESTORE_MODE.parse(value?.mode) === value?.mode &&
      Array.isArray(value?.pathRebase))
  );
}

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function corrupt(path: string, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    'SNAPSHOT_CORRUPT',
    `${path} ${what}; remove it and name a checkpoint with execution.state-recovery.path`,
    { cause },
  );
}
