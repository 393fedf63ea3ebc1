/** Deletes what no snapshot refers to, after it was shown. */
import { errorMessage, FileSystems, fileName, parentPath } from '@millrace/core';
import { removeEmptyDirectory } from '@millrace/state';
import { type GarbagePlan, planGarbageCollection, type UnreferencedFile } from './garbage.ts';

export interface DeletedGarbage {
  readonly deleted: readonly UnreferencedFile[];
  readonly bytes: number;
  readonly failed: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Deletes the garbage of a plan, as far as it is garbage still: what a snapshot refers to by now, or
 * what was written to since, stays. Folders of checkpoints that are empty then go too.
 *
 * @throws CheckpointError as `planGarbageCollection`: then nothing is deleted
 */
export async function deleteGarbage(plan: GarbagePlan): Promise<DeletedGarbage> {
  const { directory, options } = plan;
  const fileSystems = options.fileSystems ?? new FileSystems();
  const planned = new Set(plan.garbage.map(({ path }) => path));
  const { garbage } = await planGarbageCollection(directory, options);
  const deleted: UnreferencedFile[] = [];
  const failed: { path: string; message: string }[] = [];
  for (const file of garbage.filter(({ path }) => planned.has(path))) {
    try {
      await fileSystems.getFileSystem(file.path).delete(file.path, { recursive: false });
      deleted.push(file);
    } catch (error) {
      failed.push({ path: file.path, message: errorMessage(error) });
    }
  }
  for (const folder of new Set(deleted.map(({ path }) => parentPath(path)))) {
    // Of one checkpoint; a job's own folders stay, as it may run.
    if (folder !== undefined && /^(chk|savepoint)-/.test(fileName(folder))) {
      await removeEmptyDirectory(fileSystems.getFileSystem(folder), folder);
    }
  }
  return { deleted, bytes: deleted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), failed };
}
