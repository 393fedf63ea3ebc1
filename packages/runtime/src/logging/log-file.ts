/**
 * A log file that is renamed to `<name>.1` when it is full, and `<name>.1` to `<name>.2` before.
 *
 * Invariants:
 * - There are never more than `maxFiles` files, and none much larger than `maxSizeBytes`.
 * - What was appended is with the operating system: a process that ends loses no line.
 *
 * Flink: the RollingFileAppender of its log4j configuration.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, errorMessage } from '@millrace/core';
import type { pino } from 'pino';

export interface LogFileOptions {
  readonly path: string;
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
}

type Destination = ReturnType<typeof pino.destination>;

export class LogFile {
  private readonly options: LogFileOptions;
  private readonly destination: Destination;
  private sizeBytes: number;

  /**
   * @param destinationOf - `pino.destination`
   * @throws ConfigError `CONFIG_VALUE_INVALID` when it cannot be written
   */
  constructor(options: LogFileOptions, destinationOf: typeof pino.destination) {
    this.options = options;
    try {
      makeFolder(dirname(options.path));
      this.destination = destinationOf({ dest: options.path, sync: true, append: true });
      this.sizeBytes = statSync(options.path).size;
    } catch (error) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `log.file ${options.path} cannot be written: ${errorMessage(error)}; name a file in a folder ` +
          'that this process may write to',
      );
    }
  }

  /** @param line - with its end of line */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.sizeBytes > 0 && this.sizeBytes + bytes > this.options.maxSizeBytes) {
      this.roll();
    }
    this.sizeBytes += bytes;
    this.destination.write(line);
  }

  close(): void {
    this.destination.destroy();
  }

  private roll(): void {
    const { path, maxFiles } = this.options;
    const nameOf = (index: number): string => (index === 0 ? path : `${path}.${index}`);
    rmSync(nameOf(maxFiles - 1), { force: true });
    for (let index = maxFiles - 2; index >= 0; index--) {
      renameIfThere(nameOf(index), nameOf(index + 1));
    }
    this.destination.reopen();
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
