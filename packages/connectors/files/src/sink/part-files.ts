/**
 * The file operations of the sink. Synchronous where a record waits for them, so that no promise is
 * made per record; waiting for the disk is asynchronous.
 *
 * All errors are those of core's `fileError`: `DISK_FULL`, `FILE_PERMISSION_DENIED` and so on.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { fileError } from '@millrace/core';

export interface PartFiles {
  /** With all above it. Gives the directories that have a new entry, to be synced. */
  makeDirectory(path: string): string[];
  /** Empty when there is no such directory. */
  list(directory: string): DirectoryEntry[];
  /** A new file; gives its handle. @throws TaskError `FILE_EXISTS` */
  create(path: string): number;
  /** Cuts the file to `length` bytes and goes on after them. */
  reopen(path: string, length: number): number;
  /** The first `length` bytes of `bytes`, all of them. */
  write(handle: number, path: string, bytes: Uint8Array, length: number): void;
  sync(handle: number, path: string): Promise<void>;
  /** Of a file that is closed. */
  syncFile(path: string): Promise<void>;
  close(handle: number, path: string): void;
  /** `undefined` when there is no such file. */
  sizeBytes(path: string): number | undefined;
  rename(source: string, target: string): void;
  delete(path: string): void;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  uniqueId(): string;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

const fsync = promisify(fs.fsync);

export class LocalPartFiles implements PartFiles {
  makeDirectory(path: string): string[] {
    const first = attempt('create', path, () => fs.mkdirSync(path, { recursive: true }));
    const changed: string[] = [];
    if (first !== undefined) {
      const top = dirname(first);
      for (let made = dirname(path); made.length >= top.length; made = dirname(made)) {
        changed.push(made);
        if (made === top) {
          break;
        }
      }
    }
    return changed;
  }

  list(directory: string): DirectoryEntry[] {
    return attempt('list', directory, () => {
      if (!fs.existsSync(directory)) {
        return [];
      }
      return fs
        .readdirSync(directory, { withFileTypes: true })
        .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
    });
  }

  create(path: string): number {
    return attempt('create', path, () => fs.openSync(path, 'wx'));
  }

  reopen(path: string, length: number): number {
    return attempt('reopen', path, () => {
      fs.truncateSync(path, length);
      return fs.openSync(path, 'a');
    });
  }

  write(handle: number, path: string, bytes: Uint8Array, length: number): void {
    attempt('write', path, () => {
      // The system may take less than it is given.
      for (let done = 0; done < length; ) {
        done += fs.writeSync(handle, bytes, done, length - done);
      }
    });
  }

  async sync(handle: number, path: string): Promise<void> {
    try {
      await fsync(handle);
    } catch (cause) {
      throw fileError('sync', path, cause);
    }
  }

  syncFile(path: string): Promise<void> {
    return this.syncOpened(path, 'r+');
  }

  close(handle: number, path: string): void {
    attempt('close', path, () => fs.closeSync(handle));
  }

  sizeBytes(path: string): number | undefined {
    return attempt('examine', path, () => fs.statSync(path, { throwIfNoEntry: false })?.size);
  }

  rename(source: string, target: string): void {
    attempt('rename', source, () => fs.renameSync(source, target));
  }

  delete(path: string): void {
    attempt('delete', path, () => fs.rmSync(path, { force: true }));
  }

  syncDirectory(path: string): Promise<void> {
    return this.syncOpened(path, 'r');
  }

  private async syncOpened(path: string, flags: string): Promise<void> {
    const handle = attempt('open', path, () => fs.openSync(path, flags));
    try {
      await this.sync(handle, path);
    } finally {
      fs.closeSync(handle);
    }
  }

  uniqueId(): string {
    return randomUUID();
  }
}

function attempt<R>(verb: string, path: string, action: () => R): R {
  try {
    return action();
  } catch (cause) {
    throw fileError(verb, path, cause);
  }
}
