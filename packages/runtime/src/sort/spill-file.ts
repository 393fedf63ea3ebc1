/**
 * A file of bytes that a task cannot keep in memory, for as long as the task lives.
 *
 * Invariant: nothing of it is left behind, however the process ends: where the system lets an open
 * file be without a name, the name is gone once the file is open.
 *
 * Flink: FileIOChannel.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, TaskError } from '@millrace/core';

const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);
const CAN_UNLINK_OPEN_FILES = process.platform !== 'win32';

export class SpillFile {
  length: number;
  private readonly path: string;
  private descriptor: number;

  /** @throws TaskError `DISK_FULL`, `IO_EXCEPTION` */
  constructor(folder: string, name: string) {
    this.path = join(folder, name);
    this.length = 0;
    this.descriptor = -1;
    this.attempt('made', () => {
      mkdirSync(folder, { recursive: true });
      this.descriptor = openSync(this.path, 'wx+');
      if (CAN_UNLINK_OPEN_FILES) {
        rmSync(this.path);
      }
    });
  }

  /** @throws TaskError `DISK_FULL`, `IO_EXCEPTION` */
  append(bytes: Uint8Array): void {
    this.attempt('written', () => {
      for (let from = 0; from < bytes.length; ) {
        from += writeSync(this.descriptor, bytes, from, bytes.length - from, this.length + from);
      }
    });
    this.length += bytes.length;
  }

  /**
   * Fills `target` with the bytes from `position` on.
   *
   * @throws TaskError `IO_EXCEPTION`, also when the file is shorter
   */
  read(position: number, target: Uint8Array): void {
    this.attempt('read', () => {
      for (let from = 0; from < target.length; ) {
        const count = readSync(
          this.descriptor,
          target,
          from,
          target.length - from,
          position + from,
        );
        if (count === 0) {
          throw new Error(`it ends after ${position + from} bytes`);
        }
        from += count;
      }
    });
  }

  close(): void {
    if (this.descriptor >= 0) {
      closeSync(this.descriptor);
      this.descriptor = -1;
      rmSync(this.path, { force: true });
    }
  }

  private attempt(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const isFull = FULL.has((error as NodeJS.ErrnoException).code);
      throw new TaskError(
        isFull ? 'DISK_FULL' : 'IO_EXCEPTION',
        `the file ${this.path} for sorting could not be ${what}: ${errorMessage(error)}; ` +
          'set io.tmp.dirs to a folder with room, or raise taskmanager.memory.managed.size',
        { cause: error },
      );
    }
  }
}
