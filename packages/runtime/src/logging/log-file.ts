/**
 * A log file that is renamed to `<name>.1` when it is full, and `<name>.1` to `<name>.2` before.
 *
 * Invariants:
 * - There are never more than `maxFiles` files, and none much larger than `maxSizeBytes`. What is no file, such
 *   as `/dev/stdout`, is neither renamed nor measured.
 * - What was appended is with the operating system: a process that ends loses no line.
 * - A line that cannot be written is lost, and the next one is tried again: nobody who logs is told.
 *
 * Flink: the RollingFileAppender of its log4j configuration.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, errorMessage } from '@millrace/core';

export interface LogFileOptions {
  readonly path: string;
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
}

export class LogFile {
  private readonly options: LogFileOptions;
  private readonly onFailure: (error: unknown) => void;
  private descriptor: number;
  private readonly isFile: boolean;
  private sizeBytes: number;
  private hasFailed = false;
  /** The last line was written in part. */
  private isTorn = false;

  /**
   * @param onFailure - told of the first line that cannot be written
   * @throws ConfigError `CONFIG_VALUE_INVALID` when it cannot be opened
   */
  constructor(options: LogFileOptions, onFailure: (error: unknown) => void) {
    this.options = options;
    this.onFailure = onFailure;
    try {
      makeFolder(dirname(options.path));
      this.descriptor = openSync(options.path, 'a');
    } catch (error) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `log.file ${options.path} cannot be written: ${errorMessage(error)}; name a file in a folder ` +
          'that this process may write to',
      );
    }
    const status = fstatSync(this.descriptor);
    this.isFile = status.isFile();
    this.sizeBytes = status.size;
  }

  /** @param line - with its end of line */
  write(line: string): void {
    try {
      const bytes = Buffer.from(this.isTorn ? `\n${line}` : line);
      const { maxSizeBytes } = this.options;
      if (this.isFile && this.sizeBytes > 0 && this.sizeBytes + bytes.length > maxSizeBytes) {
        this.roll();
      }
      this.append(bytes);
    } catch (error) {
      if (!this.hasFailed) {
        this.hasFailed = true;
        this.onFailure(error);
      }
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; this.isTorn = written < bytes.length) {
      const more = writeSync(this.descriptor, bytes, written);
      written += more;
      this.sizeBytes += more;
    }
  }

  /** Changes nothing unless there is a new file: else each try would push another one out. */
  private roll(): void {
    const { path, maxFiles } = this.options;
    const nameOf = (index: number): string => (index === 0 ? path : `${path}.${index}`);
    const begun = `${path}.new`;
    const descriptor = openSync(begun, 'a');
    try {
      let free = 1;
      while (free < maxFiles - 1 && existsSync(nameOf(free))) {
        free++;
      }
      for (let index = Math.min(free, maxFiles - 1); index > 0; index--) {
        renameIfThere(nameOf(index - 1), nameOf(index));
      }
      renameSync(begun, path);
    } catch (error) {
      closeSync(descriptor);
      rmSync(begun, { force: true });
      throw error;
    }
    closeSync(this.descriptor);
    this.descriptor = descriptor;
    this.sizeBytes = 0;
  }
}

/** One by one: in a folder such as `/proc` Node's own recursion never ends. */
function makeFolder(path: string): void {
  if (!existsSync(path)) {
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

function renameIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) {
    renameSync(from, to);
  }
}
