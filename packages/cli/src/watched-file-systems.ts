/**
 * File systems for work that has no signal of its own: reads are counted, and after Ctrl-C or SIGTERM the next
 * read or write fails, so that the work cleans up. What removes files goes on.
 */
import { type FileReader, type FileSystem, FileSystems, type FileWriter } from '@millrace/core';
import type { LongRead } from './command-context.ts';

export interface WatchedFileSystems {
  getFileSystem(uri: string): FileSystem;
}

/** @param bytesTotal - that the work will read */
export function watchedFileSystems(
  { signal, onProgress }: LongRead,
  bytesTotal: number,
): WatchedFileSystems {
  const fileSystems = new FileSystems();
  let bytesRead = 0;
  const watch = {
    check: () => signal.throwIfAborted(),
    read: (bytes: number) => {
      bytesRead += bytes;
      onProgress(Math.min(bytesRead, bytesTotal), bytesTotal);
    },
  };
  return {
    getFileSystem: (uri) => new WatchedFileSystem(fileSystems.getFileSystem(uri), watch),
  };
}

interface Watch {
  check(): void;
  read(bytes: number): void;
}

class WatchedFileSystem implements FileSystem {
  readonly scheme: string;
  private readonly inner: FileSystem;
  private readonly watch: Watch;

  constructor(inner: FileSystem, watch: Watch) {
    this.inner = inner;
    this.watch = watch;
    this.scheme = inner.scheme;
  }

  async open(path: string): Promise<FileReader> {
    this.watch.check();
    const reader = await this.inner.open(path);
    return {
      sizeBytes: reader.sizeBytes,
      read: async (position, length) => {
        this.watch.check();
        const bytes = await reader.read(position, length);
        this.watch.read(length);
        return bytes;
      },
      close: () => reader.close(),
    };
  }

  async create(path: string, options: { overwrite: boolean }): Promise<FileWriter> {
    this.watch.check();
    const writer = await this.inner.create(path, options);
    return {
      get position() {
        return writer.position;
      },
      write: async (bytes) => {
        this.watch.check();
        await writer.write(bytes);
      },
      sync: () => writer.sync(),
      close: () => writer.close(),
      abort: () => writer.abort(),
    };
  }

  getFileStatus(path: string): ReturnType<FileSystem['getFileStatus']> {
    return this.inner.getFileStatus(path);
  }

  listStatus(directory: string): ReturnType<FileSystem['listStatus']> {
    return this.inner.listStatus(directory);
  }

  async mkdirs(path: string): Promise<void> {
    this.watch.check();
    await this.inner.mkdirs(path);
  }

  async rename(source: string, target: string): Promise<void> {
    this.watch.check();
    await this.inner.rename(source, target);
  }

  delete(path: string, options: { recursive: boolean }): Promise<boolean> {
    return this.inner.delete(path, options);
  }
}
