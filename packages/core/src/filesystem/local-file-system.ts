/**
 * Files of this machine.
 *
 * Invariants:
 * - After `sync` or `close` of a new file both its bytes and its name survive a crash.
 * - After `rename` the target is the whole new file, or, if the machine crashed, the whole old one.
 * - A writer that failed once takes no more work: what is on the disk is not known then.
 *
 * Flink: LocalFileSystem, LocalDataOutputStream.
 */
import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ErrorCode } from '../errors/error-codes.ts';
import { errorMessage, TaskError } from '../errors/errors.ts';
import { joinPath, toFileUri, toLocalPath } from './file-path.ts';
import type { FileReader, FileStatus, FileSystem, FileWriter } from './file-system.ts';

const DELETE_RETRIES = 5; // 100 ms longer each time

export class LocalFileSystem implements FileSystem {
  readonly scheme = 'file';

  async open(path: string): Promise<FileReader> {
    const local = toLocalPath(path);
    return attempt('read', local, async () => {
      // A pipe that nobody writes to would make this wait.
      const handle = await open(local, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const stats = await handle.stat();
        if (stats.isDirectory()) {
          throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
        }
        if (!stats.isFile()) {
          throw new Error('it is a pipe or a device, whose bytes cannot be read by position');
        }
        return new LocalFileReader(local, handle, stats.size);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  async create(path: string, options: { overwrite: boolean }): Promise<FileWriter> {
    const local = toLocalPath(path);
    return attempt('create', local, async () => {
      await makeDirectories(dirname(local));
      return new LocalFileWriter(local, await open(local, options.overwrite ? 'w' : 'wx'));
    });
  }

  async getFileStatus(path: string): Promise<FileStatus | undefined> {
    const local = toLocalPath(path);
    return attempt('look up', local, async () => {
      try {
        const stats = await stat(local);
        const isDirectory = stats.isDirectory();
        const sizeBytes = isDirectory ? 0 : stats.size;
        return { path: toFileUri(local), sizeBytes, isDirectory, modifiedAt: stats.mtimeMs };
      } catch (error) {
        if (isMissing(error)) {
          return undefined;
        }
        throw error;
      }
    });
  }

  async listStatus(directory: string): Promise<FileStatus[]> {
    const local = toLocalPath(directory);
    const names = await attempt('list', local, () => readdir(local));
    const found: FileStatus[] = [];
    for (const name of names.sort()) {
      const status = await this.getFileStatus(joinPath(local, name));
      // Another process may have deleted it since.
      if (status !== undefined) {
        found.push(status);
      }
    }
    return found;
  }

  async mkdirs(path: string): Promise<void> {
    const local = toLocalPath(path);
    await attempt('create', local, () => makeDirectories(local));
  }

  async rename(source: string, target: string): Promise<void> {
    const from = toLocalPath(source);
    const to = toLocalPath(target);
    await attempt('rename', from, async () => {
      await rename(from, to);
      await syncDirectory(dirname(to));
      if (dirname(from) !== dirname(to)) {
        await syncDirectory(dirname(from));
      }
    });
  }

  async delete(path: string, options: { recursive: boolean }): Promise<boolean> {
    const local = toLocalPath(path);
    return attempt('delete', local, async () => {
      try {
        const stats = await stat(local);
        if (stats.isDirectory() && !options.recursive) {
          await rmdir(local);
        } else {
          // A file that is made in a folder meanwhile goes with the next try.
          await rm(local, { recursive: options.recursive, maxRetries: DELETE_RETRIES });
        }
        return true;
      } catch (error) {
        if (isMissing(error)) {
          return false;
        }
        throw error;
      }
    });
  }
}

class LocalFileReader implements FileReader {
  readonly sizeBytes: number;
  readonly localPath: string;
  private readonly handle: FileHandle;

  constructor(localPath: string, handle: FileHandle, sizeBytes: number) {
    this.localPath = localPath;
    this.handle = handle;
    this.sizeBytes = sizeBytes;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    if (position < 0 || length < 0 || position + length > this.sizeBytes) {
      throw new TaskError(
        'IO_EXCEPTION',
        `cannot read ${length} bytes at ${position} of ${this.localPath}: it has ${this.sizeBytes} bytes`,
      );
    }
    const bytes = new Uint8Array(length);
    await attempt('read', this.localPath, async () => {
      let done = 0;
      while (done < length) {
        const { bytesRead } = await this.handle.read(bytes, done, length - done, position + done);
        if (bytesRead === 0) {
          throw new Error(`it ended at ${position + done}, it was cut while being read`);
        }
        done += bytesRead;
      }
    });
    return bytes;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

class LocalFileWriter implements FileWriter {
  position = 0;
  private readonly path: string;
  private readonly handle: FileHandle;
  private nameIsDurable = false;
  private failure: unknown;
  private closed = false;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.guarded('write', async () => {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
      }
    });
    this.position += bytes.length;
  }

  async sync(): Promise<void> {
    await this.guarded('sync', async () => {
      await this.handle.sync();
      if (!this.nameIsDurable) {
        await syncDirectory(dirname(this.path));
        this.nameIsDurable = true;
      }
    });
  }

  async close(): Promise<void> {
    if (this.closed) {
      return;
    }
    await this.sync();
    this.closed = true;
    await attempt('close', this.path, () => this.handle.close());
  }

  async abort(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      await this.handle.close();
    }
    await attempt('delete', this.path, () => rm(this.path, { force: true }));
  }

  private async guarded(verb: string, work: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined || this.closed) {
      throw new TaskError(
        'PROCESS_POISONED',
        `cannot ${verb} ${this.path}: ${this.closed ? 'it is closed' : 'an earlier write failed'}`,
        { cause: this.failure },
      );
    }
    try {
      await attempt(verb, this.path, work);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** Like `mkdir -p`, with the new names made durable. */
async function makeDirectories(directory: string): Promise<void> {
  const firstMade = await makeAll(directory);
  if (firstMade === undefined) {
    return;
  }
  const top = dirname(firstMade);
  for (let made = directory; made !== top && made !== dirname(made); made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

/**
 * One by one: Node's own recursion never ends where a directory that is there refuses new names as if
 * it were not, like /proc.
 *
 * @returns the topmost that was made
 */
async function makeAll(directory: string): Promise<string | undefined> {
  const pending = [directory];
  let firstMade: string | undefined;
  for (let at = pending.at(-1); at !== undefined; at = pending.at(-1)) {
    try {
      await mkdir(at);
      firstMade ??= at;
    } catch (error) {
      if (isMissing(error) && (await isNothing(dirname(at)))) {
        pending.push(dirname(at));
        continue;
      }
      if (!(await isDirectory(at))) {
        throw isMissing(error)
          ? await causeOfMissing(directory, error)
          : ((await linkToNowhere(at)) ?? error);
      }
    }
    pending.pop();
  }
  return firstMade;
}

/** Node says of a read-only disk, and of a link to nowhere, that the directory does not exist. */
async function causeOfMissing(directory: string, error: unknown): Promise<unknown> {
  let top = directory;
  while (top !== dirname(top) && (await isNothing(dirname(top)))) {
    top = dirname(top);
  }
  return (
    (await linkToNowhere(dirname(top))) ??
    mkdir(top).then(
      () => rmdir(top).then(() => error),
      (cause: unknown) => cause,
    )
  );
}

/** `mkdir` says of such a link that it exists, or that what is below it does not. */
async function linkToNowhere(path: string): Promise<Error | undefined> {
  const link = await lstat(path).catch(() => undefined);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return link?.isSymbolicLink() === true && !isThere
    ? new Error(`${path} is a link to what is not there; make that, or choose another path`)
    : undefined;
}

async function isNothing(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => false,
    () => true,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory, and keeps names durable by itself.
  if (process.platform === 'win32') {
    return;
  }
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['FILE_NOT_FOUND', 'it does not exist; check the path'],
  ENOTDIR: ['FILE_NOT_FOUND', 'a part of the path is a file, not a directory; check the path'],
  EEXIST: ['FILE_EXISTS', 'it exists already; remove it or choose another path'],
  EACCES: ['FILE_PERMISSION_DENIED', 'permission is denied; give this user the right to it'],
  EPERM: ['FILE_PERMISSION_DENIED', 'permission is denied; give this user the right to it'],
  EROFS: ['FILE_PERMISSION_DENIED', 'the disk is read-only; choose a path that can be written'],
  ENOSPC: ['DISK_FULL', 'the disk is full; free space or choose a path on another disk'],
  EDQUOT: ['DISK_FULL', 'the quota is used up; free space or choose a path on another disk'],
  ENOTEMPTY: ['IO_EXCEPTION', 'the directory is not empty; delete it recursively'],
  EISDIR: ['IO_EXCEPTION', 'it is a directory; name a file'],
};

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function attempt<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(verb, path, error);
  }
}

/** The error of ours for one of the operating system. */
export function fileError(verb: string, path: string, error: unknown): TaskError {
  const errno = (error as NodeJS.ErrnoException).code ?? '';
  const [code, remedy] = CODES[errno] ?? ['IO_EXCEPTION', errorMessage(error)];
  return new TaskError(code, `cannot ${verb} ${path}: ${remedy}`, { cause: error });
}
