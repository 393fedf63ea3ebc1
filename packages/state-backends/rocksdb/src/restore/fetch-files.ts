/**
 * Brings the files of a database into a folder: from where the snapshot is, or from a local copy.
 *
 * Invariants:
 * - RocksDB never changes an SST file, so one of this machine is linked, not copied, where the disk
 *   allows it: the snapshot may be deleted then, and the database too. All other files are copies.
 * - Each file has the size that the snapshot says.
 *
 * Flink: RocksDBStateDownloader.
 */
import { constants } from 'node:fs';
import { copyFile, link, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '@millrace/core';
import {
  type HandleAndLocalPath,
  type OpenStateHandle,
  type StateHandleReader,
  stateHandleSizeBytes,
} from '@millrace/state';
import { localFolderError } from './local-folder-error.ts';

const READ_BYTES = 1024 * 1024; // at a time, of each file
const SST_FILE = /^\d+\.sst$/;
/** No separators, and nothing that is a folder. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
/** Other disks, file systems without links, files of another user, too many links. */
const NO_LINK = ['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

export interface FetchOptions {
  readonly openStateHandle: OpenStateHandle;
  /** At once. */
  readonly concurrency: number;
}

/**
 * @param folder - exists
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 * @throws TaskError `DISK_FULL`, `FILE_PERMISSION_DENIED`, `IO_EXCEPTION`
 */
export async function fetchFiles(
  files: readonly HandleAndLocalPath[],
  folder: string,
  { openStateHandle, concurrency }: FetchOptions,
): Promise<void> {
  await eachOf(files, concurrency, async (file) => {
    const target = join(folder, checkedName(file));
    const reader = await openStateHandle(file.handle);
    try {
      checkSize(file, reader.sizeBytes);
      if (!(await linked(file, reader.localPath, target))) {
        await download(reader, target);
      }
    } finally {
      await reader.close();
    }
  });
}

/**
 * The same from a folder that has the files under their names.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT` for a file of another size
 * @throws TaskError `FILE_NOT_FOUND`, `DISK_FULL`, `FILE_PERMISSION_DENIED`, `IO_EXCEPTION`
 */
export async function fetchLocalCopy(
  files: readonly HandleAndLocalPath[],
  copy: string,
  folder: string,
): Promise<void> {
  for (const file of files) {
    const name = checkedName(file);
    const [source, target] = [join(copy, name), join(folder, name)];
    try {
      checkSize(file, (await stat(source)).size);
      if (!(await linked(file, source, target))) {
        await copyFile(source, target, constants.COPYFILE_FICLONE);
      }
    } catch (error) {
      throw error instanceof CheckpointError ? error : localFolderError('copy', source, error);
    }
  }
}

/** Of a snapshot that somebody else wrote: a name must not lead out of the folder. */
function checkedName({ localPath }: HandleAndLocalPath): string {
  if (!FILE_NAME.test(localPath)) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `a RocksDB snapshot names a file ${JSON.stringify(localPath)}, which is none of a database; restore another snapshot`,
    );
  }
  return localPath;
}

function checkSize(file: HandleAndLocalPath, sizeBytes: number): void {
  const { localPath, handle } = file;
  const expected = stateHandleSizeBytes(handle);
  if (sizeBytes !== expected) {
    const where = 'path' in handle ? ` (${handle.path})` : '';
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `the RocksDB file ${localPath}${where} has ${sizeBytes} bytes, the snapshot says ${expected}; ` +
        'restore another snapshot',
    );
  }
}

async function linked(
  { localPath }: HandleAndLocalPath,
  source: string | undefined,
  target: string,
): Promise<boolean> {
  if (source === undefined || !SST_FILE.test(localPath)) {
    return false;
  }
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (NO_LINK.includes((error as NodeJS.ErrnoException).code ?? '')) {
      return false;
    }
    throw localFolderError('link', target, error);
  }
}

async function download(reader: StateHandleReader, target: string): Promise<void> {
  const file = await attempt(target, () => open(target, 'wx'));
  try {
    const { sizeBytes } = reader;
    let next = readAhead(reader, 0);
    for (let position = 0; position < sizeBytes; ) {
      const bytes = await next;
      position += bytes.length;
      next = readAhead(reader, position);
      try {
        await attempt(target, () => writeAll(file, bytes));
      } catch (error) {
        await next.catch(() => undefined); // What failed first is told.
        throw error;
      }
    }
    await next;
  } finally {
    await attempt(target, () => file.close());
  }
}

/** May fail before anybody awaits it: while what came before is written. */
function readAhead(reader: StateHandleReader, position: number): Promise<Uint8Array> {
  const next = reader.read(position, Math.min(READ_BYTES, reader.sizeBytes - position));
  next.catch(() => {});
  return next;
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done)).bytesWritten;
  }
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw localFolderError('write', path, error);
  }
}

/** The first failure is thrown once what had begun is over; nothing more is begun after it. */
export async function eachOf<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) {
        return;
      }
    }
  };
  const count = Math.max(1, Math.min(concurrency, items.length));
  await Promise.all(Array.from({ length: count }, worker));
  if (failures.length > 0) {
    throw failures[0];
  }
}
