/**
 * What one attempt of a checkpoint writes: files of a database, and bytes.
 *
 * Invariants:
 * - At most `concurrency` files are written at once, each in chunks: none is in memory as a whole.
 * - A file that did not have, or does not get, the bytes that it was listed with is an error.
 * - After a failure or `cancel` no stream is open, and `discard` removes what was finished.
 *
 * Flink: RocksDBStateUploader.
 */
import { CheckpointError, type FileReader, type FileSystem, fileName } from '@millrace/core';
import {
  type CheckpointedStateScope,
  type CheckpointStateOutputStream,
  type CheckpointStreamFactory,
  checkpointIoError,
  type HandleAndLocalPath,
  type StreamStateHandle,
  stateHandleSizeBytes,
} from '@millrace/state';

const CHUNK_BYTES = 256 * 1024; // one write to a remote file system

export interface LocalFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

export class SnapshotUploads {
  /** Bytes that were written, small ones that stay in the metadata too. */
  uploadedBytes: number;
  private readonly streams: CheckpointStreamFactory;
  private readonly localFiles: FileSystem;
  private readonly concurrency: number;
  private readonly finished: StreamStateHandle[];
  private stopped: boolean;
  private failure: unknown;

  constructor(
    streams: CheckpointStreamFactory,
    options: { readonly localFiles: FileSystem; readonly concurrency: number },
  ) {
    this.uploadedBytes = 0;
    this.streams = streams;
    this.localFiles = options.localFiles;
    this.concurrency = Math.max(1, options.concurrency);
    this.finished = [];
    this.stopped = false;
    this.failure = undefined;
  }

  /**
   * @returns handles in the order of the files
   * @throws CheckpointError `IO_EXCEPTION`, `DISK_FULL`, …: of the first that failed, once all have ended
   */
  async files(
    files: readonly LocalFile[],
    scopeOf: (file: LocalFile) => CheckpointedStateScope,
  ): Promise<HandleAndLocalPath[]> {
    const handles = new Array<HandleAndLocalPath>(files.length);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < files.length && !this.stopped) {
        const index = next++;
        const file = files[index]!;
        handles[index] = { localPath: file.name, handle: await this.file(file, scopeOf(file)) };
      }
    };
    const workers = Array.from({ length: Math.min(this.concurrency, files.length) }, () =>
      work().catch((error: unknown) => this.fail(error)),
    );
    await Promise.all(workers);
    this.failIfStopped();
    return handles;
  }

  /** To a stream of its own. */
  async bytes(bytes: Uint8Array): Promise<StreamStateHandle> {
    this.failIfStopped();
    const stream = this.streams.createCheckpointStateOutputStream('exclusive');
    return this.finish(stream, 'header', async () => {
      await stream.write(bytes);
      return bytes.length;
    });
  }

  /** What `write` gives to a stream of its own. @returns `undefined` when it gives nothing */
  async stream(
    write: (stream: CheckpointStateOutputStream) => Promise<void>,
  ): Promise<StreamStateHandle | undefined> {
    this.failIfStopped();
    const stream = this.streams.createCheckpointStateOutputStream('exclusive');
    const handle = await this.finish(stream, 'state', async () => {
      await write(stream);
      return stream.position;
    });
    return stateHandleSizeBytes(handle) === 0 ? undefined : handle;
  }

  stop(): void {
    this.stopped = true;
  }

  /** Removes what was finished: it is told to nobody. Never throws. */
  async discard(): Promise<void> {
    this.stop();
    for (const handle of this.finished.splice(0)) {
      await this.streams.discard?.(handle);
    }
  }

  private async file(file: LocalFile, scope: CheckpointedStateScope): Promise<StreamStateHandle> {
    const reader = await this.open(file);
    try {
      if (reader.sizeBytes !== file.sizeBytes) {
        throw changed(file, reader.sizeBytes);
      }
      const stream = this.streams.createCheckpointStateOutputStream(scope);
      return await this.finish(stream, file.name, async () => {
        for (let at = 0; at < file.sizeBytes; at += CHUNK_BYTES) {
          this.failIfStopped();
          const length = Math.min(CHUNK_BYTES, file.sizeBytes - at);
          await stream.write(await this.read(reader, file, { at, length }));
        }
        return file.sizeBytes;
      });
    } finally {
      await reader.close();
    }
  }

  private async open(file: LocalFile): Promise<FileReader> {
    try {
      return await this.localFiles.open(file.path);
    } catch (error) {
      throw checkpointIoError(`cannot read ${file.name} of the local database`, error);
    }
  }

  private async read(
    reader: FileReader,
    file: LocalFile,
    { at, length }: { readonly at: number; readonly length: number },
  ): Promise<Uint8Array> {
    try {
      return await reader.read(at, length);
    } catch (error) {
      throw checkpointIoError(`cannot read ${file.name} of the local database`, error);
    }
  }

  /** @param write - @returns how many bytes there must be */
  private async finish(
    stream: CheckpointStateOutputStream,
    name: string,
    write: () => Promise<number>,
  ): Promise<StreamStateHandle> {
    try {
      const sizeBytes = await write();
      this.failIfStopped();
      // A stream without a byte gives no handle, but an empty file is a file.
      const handle: StreamStateHandle = (await stream.closeAndGetHandle()) ?? {
        kind: 'byte-stream',
        handleName: name,
        data: new Uint8Array(),
      };
      this.finished.push(handle);
      const stored = stateHandleSizeBytes(handle);
      if (stored !== sizeBytes) {
        const message = `${name} was stored with ${stored} bytes of ${sizeBytes}`;
        throw new CheckpointError(
          'IO_EXCEPTION',
          `${message}; the next checkpoint writes it again`,
        );
      }
      this.uploadedBytes += stored;
      return handle;
    } catch (error) {
      this.fail(error);
      await stream.abort();
      throw error;
    }
  }

  /** The first that failed is what is told; all others stop. */
  private fail(error: unknown): void {
    if (!this.stopped) {
      this.failure = error;
    }
    this.stop();
  }

  private failIfStopped(): void {
    if (this.stopped) {
      throw this.failure ?? snapshotCancelled();
    }
  }
}

export function snapshotCancelled(): CheckpointError {
  return new CheckpointError(
    'CHECKPOINT_ASYNC_EXCEPTION',
    'the snapshot was cancelled; the next checkpoint takes its place',
  );
}

/** The copy that is to be uploaded. @throws CheckpointError */
export async function listLocalFiles(
  localFiles: FileSystem,
  directory: string,
): Promise<LocalFile[]> {
  try {
    const found = await localFiles.listStatus(directory);
    return found
      .filter(({ isDirectory }) => !isDirectory)
      .map(({ path, sizeBytes }) => ({
        name: fileName(path),
        path,
        sizeBytes,
      }));
  } catch (error) {
    throw checkpointIoError(`cannot list the copy of the local database in ${directory}`, error);
  }
}

function changed(file: LocalFile, sizeBytes: number): CheckpointError {
  return new CheckpointError(
    'IO_EXCEPTION',
    `${file.name} of the local database has ${sizeBytes} bytes and had ${file.sizeBytes} when it was ` +
      'listed; nothing else may write to the folders of state.backend.rocksdb.localdir',
  );
}
