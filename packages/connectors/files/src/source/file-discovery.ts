/**
 * The files of a source: files as given, directories with all that is below them.
 *
 * Names that begin with `.` or `_` are passed over below a directory: there, writers hide what is
 * not finished. The result is sorted by path and names no file twice.
 *
 * Flink: NonSplittingRecursiveEnumerator with DefaultFileFilter.
 */
import { ConfigError, type FileStatus, type FileSystems, fileName } from '@millrace/core';

/** @throws ConfigError `FILE_NOT_FOUND` when one of `paths` is missing: starting again would not help */
export async function discoverFiles(
  paths: readonly string[],
  fileSystems: FileSystems,
): Promise<FileStatus[]> {
  const found = new Map<string, FileStatus>();
  for (const path of paths) {
    const status = await fileSystems.getFileSystem(path).getFileStatus(path);
    if (status === undefined) {
      throw new ConfigError(
        'FILE_NOT_FOUND',
        `the input ${path} does not exist; correct the path of the file source`,
      );
    }
    await collect(status, fileSystems, found);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function collect(
  status: FileStatus,
  fileSystems: FileSystems,
  found: Map<string, FileStatus>,
): Promise<void> {
  if (!status.isDirectory) {
    found.set(status.path, status);
    return;
  }
  for (const child of await fileSystems.getFileSystem(status.path).listStatus(status.path)) {
    if (!/^[._]/.test(fileName(child.path))) {
      await collect(child, fileSystems, found);
    }
  }
}
