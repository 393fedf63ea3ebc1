/**
 * A file system whose operations take simulated time, so that other things come between them.
 *
 * An operation that was done can be reported as failed, as when the answer of a server is lost.
 */
import {
  type Clock,
  type FileReader,
  type FileStatus,
  type FileSystem,
  type FileWriter,
  TaskError,
} from '@millrace/core';
import type { SeededRandom } from '@millrace/testing';
import { CALM_AT_MS, type SimulationPlan } from './simulation-plan.ts';

export interface LaggingFileSystemOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly lag: SimulationPlan['lag'];
}

export class LaggingFileSystem implements FileSystem {
  readonly scheme: string;
  private readonly inner: FileSystem;
  private readonly options: LaggingFileSystemOptions;
  private failsLate = false;

  constructor(inner: FileSystem, options: LaggingFileSystemOptions) {
    this.inner = inner;
    this.scheme = inner.scheme;
    this.options = options;
  }

  failAfterThisOperation(): void {
    this.failsLate = true;
  }

  open(path: string): Promise<FileReader> {
    return this.run(async () => {
      const reader = await this.inner.open(path);
      return {
        sizeBytes: reader.sizeBytes,
        read: (position, length) => this.run(() => reader.read(position, length)),
        close: () => reader.close(),
      };
    });
  }

  create(path: string, options: { overwrite: boolean }): Promise<FileWriter> {
    return this.run(async () => this.writerOf(await this.inner.create(path, options)));
  }

  getFileStatus(path: string): Promise<FileStatus | undefined> {
    return this.run(() => this.inner.getFileStatus(path));
  }

  listStatus(directory: string): Promise<FileStatus[]> {
    return this.run(() => this.inner.listStatus(directory));
  }

  mkdirs(path: string): Promise<void> {
    return this.run(() => this.inner.mkdirs(path));
  }

  rename(source: string, target: string): Promise<void> {
    return this.run(() => this.inner.rename(source, target));
  }

  delete(path: string, options: { recursive: boolean }): Promise<boolean> {
    return this.run(() => this.inner.delete(path, options));
  }

  private writerOf(writer: FileWriter): FileWriter {
    return {
      get position(): number {
        return writer.position;
      },
      write: (bytes) => this.run(() => writer.write(bytes)),
      sync: () => this.run(() => writer.sync()),
      close: () => this.run(() => writer.close()),
      abort: () => writer.abort(),
    };
  }

  private async run<R>(operation: () => Promise<R>): Promise<R> {
    const { clock, random, lag } = this.options;
    if (random.next() < lag.probability && clock.now() < CALM_AT_MS) {
      await delay(clock, random.nextInt(lag.msMax + 1));
    }
    // The operations below are begun in the call, so the flag is of this one.
    this.failsLate = false;
    const result = operation();
    const failsLate = this.failsLate;
    this.failsLate = false;
    const value = await result;
    if (failsLate) {
      throw new TaskError('IO_EXCEPTION', 'the operation was done, but its answer was lost');
    }
    return value;
  }
}

/** Some simulated time, by chance. */
export async function lag({ clock, random, lag }: LaggingFileSystemOptions): Promise<void> {
  if (random.next() < lag.probability && clock.now() < CALM_AT_MS) {
    await delay(clock, random.nextInt(lag.msMax + 1));
  }
}

function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
