/**
 * A stream that stays in memory while it is small, and becomes a file when it is not.
 *
 * Invariants:
 * - Small and never flushed: an inline handle and no file. Larger: a whole, durable file.
 * - After a failed write the file is gone, and the stream takes no more.
 *
 * Flink: FsCheckpointStateOutputStream.
 */
import { CheckpointError, type FileSystem, type FileWriter, joinPath } from '@millrace/core';
import type { CheckpointedStateScope, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import type { CheckpointStateOutputStream } from './checkpoint-storage.ts';

export interface FsCheckpointStateOutputStreamOptions {
  readonly fileSystem: FileSystem;
  /** Where the file goes, and its name there. */
  readonly directory: string;
  readonly fileName: string;
  readonly scope: CheckpointedStateScope;
  /** Up to this many bytes stay inline. */
  readonly inlineThresholdBytes: number;
  /** At least the threshold. */
  readonly bufferSizeBytes: number;
}

export class FsCheckpointStateOutputStream implements CheckpointStateOutputStream {
  position = 0;
  private readonly options: FsCheckpointStateOutputStreamOptions;
  private readonly path: string;
  private readonly buffer: Uint8Array;
  private buffered = 0;
  private writer: FileWriter | undefined;
  private closed = false;

  constructor(options: FsCheckpointStateOutputStreamOptions) {
    this.options = options;
    this.path = joinPath(options.directory, options.fileName);
    this.buffer = new Uint8Array(Math.max(options.bufferSizeBytes, options.inlineThresholdBytes));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.checkOpen();
    if (this.buffered + bytes.length > this.buffer.length) {
      await this.guarded(() => this.flush());
    }
    if (bytes.length > this.buffer.length) {
      await this.guarded(async () => (await this.file()).write(bytes));
    } else {
      this.buffer.set(bytes, this.buffered);
      this.buffered += bytes.length;
    }
    this.position += bytes.length;
  }

  async closeAndGetHandle(): Promise<StreamStateHandle | undefined> {
    this.checkOpen();
    const { fileName, inlineThresholdBytes, scope } = this.options;
    if (this.writer === undefined && this.position <= inlineThresholdBytes) {
      this.closed = true;
      const data = this.buffer.slice(0, this.buffered);
      return data.length === 0 ? undefined : { kind: 'byte-stream', handleName: this.path, data };
    }
    await this.guarded(async () => {
      await this.flush();
      await (await this.file()).close();
    });
    this.closed = true;
    const sizeBytes = this.position;
    return scope === 'exclusive'
      ? { kind: 'relative-file', relativePath: fileName, path: this.path, sizeBytes }
      : { kind: 'file', path: this.path, sizeBytes };
  }

  async abort(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      await this.removeFile();
    }
  }

  private async flush(): Promise<void> {
    if (this.buffered > 0) {
      await (await this.file()).write(this.buffer.subarray(0, this.buffered));
      this.buffered = 0;
    }
  }

  private async file(): Promise<FileWriter> {
    this.writer ??= await this.options.fileSystem.create(this.path, { overwrite: false });
    return this.writer;
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.closed = true;
      await this.removeFile();
      throw checkpointIoError('cannot write the state of a checkpoint', error);
    }
  }

  /** The error that led here is what is reported: a file that stays is only garbage. */
  private async removeFile(): Promise<void> {
    try {
      await this.writer?.abort();
    } catch {
      // The folder of the checkpoint is removed with it.
    }
  }

  private checkOpen(): void {
    if (this.closed) {
      throw new CheckpointError('IO_EXCEPTION', `${this.path} is closed; no more can be written`);
    }
  }
}
