/**
 * Checkpoints on a file system, in Flink's layout.
 *
 * Invariants:
 * - A folder without `_metadata` is no checkpoint, and is emptied before its id is used again.
 * - A completed checkpoint is never overwritten.
 *
 * Layout: docs/formats/checkpoint-directory.md. Flink: FileSystemCheckpointStorage, FsCheckpointStorageAccess.
 */
import { randomUUID } from 'node:crypto';
import { CheckpointError, ConfigError, type FileSystem, joinPath } from '@millrace/core';
import type { CheckpointMetadata } from '../snapshot/operator-state.ts';
import type { CheckpointedStateScope, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { checkpointIoError } from './checkpoint-io-error.ts';
import {
  type CheckpointPaths,
  checkpointIdOf,
  checkpointPath,
  checkpointPaths,
  METADATA_FILE_NAME,
} from './checkpoint-paths.ts';
import type {
  CheckpointStateOutputStream,
  CheckpointStorage,
  CheckpointStorageLocation,
  CheckpointStreamFactory,
  CompletedCheckpointLocation,
  ResolveCheckpointOptions,
} from './checkpoint-storage.ts';
import { FsCheckpointStateOutputStream } from './fs-checkpoint-state-output-stream.ts';
import { loadCheckpointMetadata } from './load-checkpoint.ts';
import { writeMetadataFile } from './metadata-file.ts';

export const INLINE_THRESHOLD_BYTES_DEFAULT: number = 20 * 1024;
export const INLINE_THRESHOLD_BYTES_MAX: number = 1024 * 1024;
export const WRITE_BUFFER_SIZE_BYTES_DEFAULT = 4096;

export interface FileSystemCheckpointStorageOptions {
  /** `execution.checkpointing.dir`: a URI or a local path. */
  readonly checkpointDirectory: string;
  readonly jobId: string;
  /** `execution.checkpointing.create-subdir`: a level for the job; true unless given. */
  readonly createSubdirectory?: boolean;
  /** `execution.checkpointing.data-inline-threshold`: 0 to 1 MiB, 20 KiB unless given. */
  readonly inlineThresholdBytes?: number;
  /** `execution.checkpointing.write-buffer-size`: 4 KiB unless given. */
  readonly writeBufferSizeBytes?: number;
  /** Names of state files; they must never repeat. Random UUIDs unless given. */
  readonly createFileName?: () => string;
}

export class FileSystemCheckpointStorage implements CheckpointStorage {
  readonly supportsHighlyAvailableStorage = true;
  /** Of the job. */
  readonly paths: CheckpointPaths;
  private readonly fileSystem: FileSystem;
  private readonly inlineThresholdBytes: number;
  private readonly writeBufferSizeBytes: number;
  private readonly createFileName: () => string;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for a threshold or buffer out of range */
  constructor(fileSystem: FileSystem, options: FileSystemCheckpointStorageOptions) {
    const { checkpointDirectory, jobId, createSubdirectory = true } = options;
    this.fileSystem = fileSystem;
    this.paths = checkpointPaths(checkpointDirectory, { jobId, createSubdirectory });
    this.inlineThresholdBytes = options.inlineThresholdBytes ?? INLINE_THRESHOLD_BYTES_DEFAULT;
    this.writeBufferSizeBytes = options.writeBufferSizeBytes ?? WRITE_BUFFER_SIZE_BYTES_DEFAULT;
    this.createFileName = options.createFileName ?? randomUUID;
    checkSize('execution.checkpointing.data-inline-threshold', this.inlineThresholdBytes, {
      min: 0,
      max: INLINE_THRESHOLD_BYTES_MAX,
    });
    checkSize('execution.checkpointing.write-buffer-size', this.writeBufferSizeBytes, {
      min: 0,
      max: 2 ** 31 - 1,
    });
  }

  async initializeBaseLocations(): Promise<void> {
    const { directory, shared, taskOwned } = this.paths;
    try {
      for (const path of [directory, shared, taskOwned]) {
        await this.fileSystem.mkdirs(path);
      }
    } catch (error) {
      throw checkpointIoError(`cannot make the checkpoint directory ${directory}`, error);
    }
  }

  async largestCheckpointId(): Promise<number> {
    return Math.max(0, ...(await this.checkpointIds()));
  }

  async latestCompleted(): Promise<string | undefined> {
    const ids = await this.checkpointIds();
    for (const checkpointId of ids.sort((a, b) => b - a)) {
      const directory = checkpointPath(this.paths.directory, checkpointId);
      if (await this.isComplete(directory)) {
        return directory;
      }
    }
    return undefined;
  }

  async removeCheckpointsAbove(lastRecordedId: number): Promise<void> {
    for (const checkpointId of await this.checkpointIds()) {
      if (checkpointId > lastRecordedId) {
        await this.removeDirectory(checkpointPath(this.paths.directory, checkpointId));
      }
    }
  }

  /**
   * @throws CheckpointError `FILE_EXISTS` when a completed checkpoint has this id already
   */
  async initializeLocationForCheckpoint(checkpointId: number): Promise<CheckpointStorageLocation> {
    const directory = checkpointPath(this.paths.directory, checkpointId);
    try {
      if (await this.isComplete(directory)) {
        throw new CheckpointError(
          'FILE_EXISTS',
          `${directory} is a completed checkpoint already; restore from it or remove it`,
        );
      }
      // What a process left that died while it wrote this checkpoint.
      await this.fileSystem.delete(directory, { recursive: true });
      await this.fileSystem.mkdirs(directory);
    } catch (error) {
      throw checkpointIoError(`cannot begin checkpoint ${directory}`, error);
    }
    return {
      ...this.resolveCheckpointStorageLocation(checkpointId),
      writeMetadata: (metadata: CheckpointMetadata) =>
        writeMetadataFile(this.fileSystem, directory, metadata),
      disposeOnFailure: () => this.removeDirectory(directory),
    };
  }

  resolveCheckpointStorageLocation(checkpointId: number): CheckpointStreamFactory {
    const directory = checkpointPath(this.paths.directory, checkpointId);
    return {
      createCheckpointStateOutputStream: (scope) => this.createStream(directory, scope),
      discard: (handle) => this.discard(handle),
    };
  }

  resolveCheckpoint(
    pointer: string,
    options?: ResolveCheckpointOptions,
  ): Promise<CompletedCheckpointLocation> {
    return loadCheckpointMetadata({ getFileSystem: () => this.fileSystem }, pointer, options);
  }

  private async isComplete(directory: string): Promise<boolean> {
    const metadata = joinPath(directory, METADATA_FILE_NAME);
    return (await this.fileSystem.getFileStatus(metadata)) !== undefined;
  }

  private async checkpointIds(): Promise<number[]> {
    const { directory } = this.paths;
    try {
      if ((await this.fileSystem.getFileStatus(directory)) === undefined) {
        return [];
      }
      const entries = await this.fileSystem.listStatus(directory);
      return entries.map(({ path }) => checkpointIdOf(path)).filter((id) => id !== undefined);
    } catch (error) {
      throw checkpointIoError(`cannot list the checkpoint directory ${directory}`, error);
    }
  }

  private createStream(
    checkpointDirectory: string,
    scope: CheckpointedStateScope,
  ): CheckpointStateOutputStream {
    return new FsCheckpointStateOutputStream({
      fileSystem: this.fileSystem,
      directory: scope === 'exclusive' ? checkpointDirectory : this.paths.shared,
      fileName: this.createFileName(),
      scope,
      inlineThresholdBytes: this.inlineThresholdBytes,
      bufferSizeBytes: this.writeBufferSizeBytes,
    });
  }

  /** What stays is garbage that nothing names; why it is to go is told by who asks for it. */
  private async discard(handle: StreamStateHandle): Promise<void> {
    if (handle.kind === 'file' || handle.kind === 'relative-file') {
      await this.fileSystem.delete(handle.path, { recursive: false }).catch(() => false);
    }
  }

  private async removeDirectory(directory: string): Promise<void> {
    try {
      await this.fileSystem.delete(directory, { recursive: true });
    } catch (error) {
      throw checkpointIoError(`cannot remove the failed checkpoint ${directory}`, error);
    }
  }
}

function checkSize(key: string, value: number, range: { min: number; max: number }): void {
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${key} is ${value} bytes; use a whole number from ${range.min} to ${range.max}`,
    );
  }
}
