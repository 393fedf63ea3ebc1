/**
 * Remembers on a file system that a job has finished, so that a process which is started after a
 * crash does not run it a second time and commit its results twice.
 *
 * Invariants:
 * - `<jobId>_DIRTY.json` is there from the end of the job until its checkpoints and pointers are
 *   cleaned up. After that it is gone, or is `<jobId>.json` when marks are kept.
 * - A mark appears in one step.
 *
 * Only finished jobs are marked: one that failed or was cancelled may be run again.
 *
 * Flink: FileSystemJobResultStore.
 */
import {
  type Configuration,
  type FileSystem,
  HighAvailabilityOptions,
  JobResultStoreOptions,
  joinPath,
} from '@millrace/core';

export interface FileSystemJobResultStoreOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly jobId: string;
  readonly jobName: string;
  /** Whether the mark goes once the job is cleaned up. */
  readonly deleteOnCommit: boolean;
}

const FILE_VERSION = 1;

export class FileSystemJobResultStore {
  private readonly options: FileSystemJobResultStoreOptions;
  private readonly dirtyPath: string;
  private readonly cleanPath: string;

  constructor(options: FileSystemJobResultStoreOptions) {
    const { directory, jobId } = options;
    this.options = options;
    this.dirtyPath = joinPath(directory, `${jobId}_DIRTY.json`);
    this.cleanPath = joinPath(directory, `${jobId}.json`);
  }

  /** The mark of a run that has finished; `undefined` when there was none. */
  async finishedMark(): Promise<string | undefined> {
    for (const path of [this.cleanPath, this.dirtyPath]) {
      if ((await this.options.fileSystem.getFileStatus(path)) !== undefined) {
        return path;
      }
    }
    return undefined;
  }

  /** The job has finished; its checkpoints may go once this resolves. */
  async markFinished(): Promise<void> {
    if ((await this.finishedMark()) !== undefined) {
      return;
    }
    const { fileSystem, jobId, jobName } = this.options;
    const result = { 'job-id': jobId, 'job-name': jobName, 'application-status': 'SUCCEEDED' };
    const temporary = `${this.dirtyPath}.inprogress`;
    const writer = await fileSystem.create(temporary, { overwrite: true });
    try {
      const text = `${JSON.stringify({ version: FILE_VERSION, result }, undefined, 2)}\n`;
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch (error) {
      await writer.abort().catch(() => {}); // The first error says more.
      throw error;
    }
    await fileSystem.rename(temporary, this.dirtyPath);
  }

  /** Nothing of the job is left to clean up. */
  async markCleanedUp(): Promise<void> {
    const { fileSystem, deleteOnCommit } = this.options;
    if ((await fileSystem.getFileStatus(this.dirtyPath)) === undefined) {
      return;
    }
    if (deleteOnCommit) {
      await fileSystem.delete(this.dirtyPath, { recursive: false });
    } else {
      await fileSystem.rename(this.dirtyPath, this.cleanPath);
    }
  }
}

/** `undefined` without high availability: nothing of a job outlives its process then. */
export async function openJobResultStore(
  configuration: Configuration,
  job: {
    readonly jobId: string;
    readonly jobName: string;
    readonly fileSystemOf: (uri: string) => Promise<FileSystem> | FileSystem;
  },
): Promise<FileSystemJobResultStore | undefined> {
  const storageDir = configuration.get(HighAvailabilityOptions.HA_STORAGE_PATH);
  const type = configuration.get(HighAvailabilityOptions.HA_MODE);
  if (type === 'NONE' || storageDir === undefined) {
    return undefined;
  }
  const clusterId = configuration.get(HighAvailabilityOptions.HA_CLUSTER_ID);
  const directory =
    configuration.get(JobResultStoreOptions.STORAGE_PATH) ??
    joinPath(storageDir, 'job-result-store', clusterId.replace(/^\/+|\/+$/g, ''));
  return new FileSystemJobResultStore({
    fileSystem: await job.fileSystemOf(directory),
    directory,
    jobId: job.jobId,
    jobName: job.jobName,
    deleteOnCommit: configuration.get(JobResultStoreOptions.DELETE_ON_COMMIT),
  });
}
