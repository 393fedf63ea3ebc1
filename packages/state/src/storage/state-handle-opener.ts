/**
 * Opens the bytes behind any handle, wherever they were moved to.
 *
 * Flink: StreamStateHandle.openInputStream.
 */
import { CheckpointError, errorCode, type FileReader } from '@millrace/core';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import type { FileSystemProvider } from './load-checkpoint.ts';
import { type PathRebase, rebasePath, sortedRebases } from './path-rebase.ts';

export interface StateHandleOpenerOptions extends FileSystemProvider {
  /** For checkpoints that were moved; the longest prefix counts. */
  readonly pathRebase?: readonly PathRebase[];
}

export function createStateHandleOpener(options: StateHandleOpenerOptions): OpenStateHandle {
  const rebases = sortedRebases(options.pathRebase ?? []);
  return async (handle, { wholeFile = false } = {}): Promise<StateHandleReader> => {
    switch (handle.kind) {
      case 'byte-stream':
        return new ByteStateHandleReader(handle.data, handle.handleName);
      case 'empty-segment-file':
        return new ByteStateHandleReader(new Uint8Array(0), 'an empty segment');
      case 'segment-file': {
        const segment = { start: handle.startPosition, sizeBytes: handle.sizeBytes };
        return openFile(options, rebasePath(handle.path, rebases), segment);
      }
      default:
        return openFile(options, rebasePath(handle.path, rebases), {
          start: 0,
          sizeBytes: wholeFile ? undefined : handle.sizeBytes,
        });
    }
  };
}

async function openFile(
  fileSystems: FileSystemProvider,
  path: string,
  { start, sizeBytes }: { readonly start: number; readonly sizeBytes: number | undefined },
): Promise<StateHandleReader> {
  try {
    const file = await fileSystems.getFileSystem(path).open(path);
    const segment = { start, sizeBytes: sizeBytes ?? file.sizeBytes };
    const wantedBytes = segment.start + segment.sizeBytes;
    if (file.sizeBytes < wantedBytes) {
      await file.close();
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `${path} was truncated: it has ${file.sizeBytes} bytes, the snapshot says ${wantedBytes}; ` +
          'restore another snapshot',
      );
    }
    return new FileStateHandleReader(file, path, segment);
  } catch (error) {
    if (errorCode(error) === 'FILE_NOT_FOUND') {
      throw new CheckpointError(
        'SNAPSHOT_NOT_FOUND',
        `a file of the snapshot is gone: ${path}; bring it back, or, if the checkpoint was moved, say ` +
          'from where to where: execution.state-recovery.path-rebase: FROM=TO for a job, --rebase ' +
          'FROM=TO for a command',
        { cause: error },
      );
    }
    throw checkpointIoError(`cannot read the state ${path}`, error);
  }
}

class ByteStateHandleReader implements StateHandleReader {
  private readonly data: Uint8Array;
  private readonly name: string;

  constructor(data: Uint8Array, name: string) {
    this.data = data;
    this.name = name;
  }

  get sizeBytes(): number {
    return this.data.length;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    checkRange(this.name, this.sizeBytes, { position, length });
    return this.data.subarray(position, position + length);
  }

  async close(): Promise<void> {}
}

class FileStateHandleReader implements StateHandleReader {
  readonly sizeBytes: number;
  readonly localPath: string | undefined;
  private readonly file: FileReader;
  private readonly path: string;
  private readonly start: number;

  constructor(file: FileReader, path: string, segment: { start: number; sizeBytes: number }) {
    this.file = file;
    this.path = path;
    this.start = segment.start;
    this.sizeBytes = segment.sizeBytes;
    this.localPath =
      segment.start === 0 && segment.sizeBytes === file.sizeBytes ? file.localPath : undefined;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    checkRange(this.path, this.sizeBytes, { position, length });
    checkRange(this.path, this.file.sizeBytes, { position: this.start + position, length });
    try {
      return await this.file.read(this.start + position, length);
    } catch (error) {
      throw checkpointIoError(`cannot read the state ${this.path}`, error);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function checkRange(
  name: string,
  sizeBytes: number,
  range: { position: number; length: number },
): void {
  const { position, length } = range;
  if (position < 0 || length < 0 || position + length > sizeBytes) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `wanted ${length} bytes at ${position} of ${name}, which has ${sizeBytes}: it was truncated; ` +
        'restore another snapshot',
    );
  }
}
