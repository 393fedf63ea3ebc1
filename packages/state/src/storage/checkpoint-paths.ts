/**
 * Names in a checkpoint directory.
 *
 * Layout: docs/formats/checkpoint-directory.md. Flink: AbstractFsCheckpointStorageAccess.
 */
import { fileName, joinPath, pathScheme, toFileUri } from '@millrace/core';

export const METADATA_FILE_NAME = '_metadata';
const CHECKPOINT_DIRECTORY_PREFIX = 'chk-';

export interface CheckpointPaths {
  /** Of the job: what all the others are in. */
  readonly directory: string;
  readonly shared: string;
  readonly taskOwned: string;
}

/** @param createSubdirectory - false leaves out the job's own level */
export function checkpointPaths(
  checkpointDirectory: string,
  job: { jobId: string; createSubdirectory: boolean },
): CheckpointPaths {
  const base = asUri(checkpointDirectory);
  const directory = job.createSubdirectory ? joinPath(base, job.jobId) : base;
  const shared = joinPath(directory, 'shared');
  return { directory, shared, taskOwned: joinPath(directory, 'taskowned') };
}

export function checkpointPath(jobDirectory: string, checkpointId: number): string {
  return joinPath(jobDirectory, `${CHECKPOINT_DIRECTORY_PREFIX}${checkpointId}`);
}

/** The id in `chk-7`; `undefined` for other names. */
export function checkpointIdOf(path: string): number | undefined {
  const id = /^chk-(\d+)$/.exec(fileName(path))?.[1];
  return id === undefined ? undefined : Number(id);
}

/** Plain paths are local files. */
export function asUri(path: string): string {
  const scheme = pathScheme(path) ?? 'file';
  return scheme === 'file' ? toFileUri(path) : path;
}
