/**
 * Checkpoints whose state travels inside the acknowledgements and stays in memory, for small state
 * and for tests. With a directory the metadata, and with it the state, is written there.
 *
 * Flink: JobManagerCheckpointStorage, MemoryBackendCheckpointStorageAccess, MemCheckpointStreamFactory.
 */
import { randomUUID } from 'node:crypto';
import { CheckpointError, type FileSystem } from '@millrace/core';
import { writeCheckpointMetadata } from '../formats/checkpoint-metadata.ts';
import type { CheckpointMetadata, OperatorSubtaskState } from '../snapshot/operator-state.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type {
  CheckpointStateOutputStream,
  CheckpointStorage,
  CheckpointStorageLocation,
  CheckpointStreamFactory,
  CompletedCheckpointLocation,
  ResolveCheckpointOptions,
} from './checkpoint-storage.ts';
import { FileSystemCheckpointStorage } from './filesystem-checkpoint-storage.ts';
import { loadCheckpointMetadata } from './load-checkpoint.ts';
import { streamsOfSubtask } from './snapshot-files.ts';

export const MAX_STATE_SIZE_BYTES_DEFAULT: number = 5 * 1024 * 1024;
export const FRAME_SIZE_BYTES_DEFAULT: number = 10 * 1024 * 1024;

const REMEDY =
  'keep state in files: set execution.checkpointing.storage: filesystem and ' +
  'execution.checkpointing.dir (FileSystemCheckpointStorage)';

export interface JobManagerCheckpointStorageOptions {
  readonly jobId: string;
  /** Of one piece of state of one subtask; 5 MiB unless given. */
  readonly maxStateSizeBytes?: number;
  /** Where the metadata goes; in memory only unless given. */
  readonly checkpointDirectory?: string;
  /** `execution.checkpointing.create-subdir`. */
  readonly createSubdirectory?: boolean;
}

export class JobManagerCheckpointStorage implements CheckpointStorage {
  readonly supportsHighlyAvailableStorage: boolean;
  private readonly fileSystem: FileSystem;
  private readonly jobId: string;
  private readonly maxStateSizeBytes: number;
  private readonly files: FileSystemCheckpointStorage | undefined;
  private readonly inMemory: Map<string, CompletedCheckpointLocation> = new Map();

  constructor(fileSystem: FileSystem, options: JobManagerCheckpointStorageOptions) {
    const { jobId, checkpointDirectory, createSubdirectory = true } = options;
    this.jobId = jobId;
    this.maxStateSizeBytes = options.maxStateSizeBytes ?? MAX_STATE_SIZE_BYTES_DEFAULT;
    this.supportsHighlyAvailableStorage = checkpointDirectory !== undefined;
    this.files =
      checkpointDirectory === undefined
        ? undefined
        : new FileSystemCheckpointStorage(fileSystem, {
            checkpointDirectory,
            jobId,
            createSubdirectory,
          });
    this.fileSystem = fileSystem;
  }

  async initializeBaseLocations(): Promise<void> {
    await this.files?.initializeBaseLocations();
  }

  async largestCheckpointId(): Promise<number> {
    return (await this.files?.largestCheckpointId()) ?? 0;
  }

  async latestCompleted(): Promise<string | undefined> {
    return await this.files?.latestCompleted();
  }

  async removeCheckpointsAbove(lastRecordedId: number): Promise<void> {
    await this.files?.removeCheckpointsAbove(lastRecordedId);
  }

  async initializeLocationForCheckpoint(checkpointId: number): Promise<CheckpointStorageLocation> {
    const location = await this.files?.initializeLocationForCheckpoint(checkpointId);
    return {
      ...this.resolveCheckpointStorageLocation(),
      writeMetadata: async (metadata) =>
        location?.writeMetadata(metadata) ?? this.keepInMemory(checkpointId, metadata),
      disposeOnFailure: async () => location?.disposeOnFailure(),
    };
  }

  resolveCheckpointStorageLocation(): CheckpointStreamFactory {
    return {
      createCheckpointStateOutputStream: () =>
        new MemCheckpointStateOutputStream(this.maxStateSizeBytes),
    };
  }

  async resolveCheckpoint(
    pointer: string,
    options?: ResolveCheckpointOptions,
  ): Promise<CompletedCheckpointLocation> {
    const known = this.inMemory.get(pointer);
    if (known !== undefined) {
      return known;
    }
    return loadCheckpointMetadata({ getFileSystem: () => this.fileSystem }, pointer, options);
  }

  private keepInMemory(
    checkpointId: number,
    metadata: CheckpointMetadata,
  ): CompletedCheckpointLocation {
    const externalPointer = `memory:/${this.jobId}/chk-${checkpointId}`;
    const location: CompletedCheckpointLocation = {
      externalPointer,
      metadata,
      metadataSizeBytes: writeCheckpointMetadata(metadata).length,
      dispose: async () => {
        this.inMemory.delete(externalPointer);
      },
    };
    this.inMemory.set(externalPointer, location);
    return location;
  }
}

/** Keeps what it gets, until it is more than is allowed. */
class MemCheckpointStateOutputStream implements CheckpointStateOutputStream {
  position = 0;
  private readonly maxStateSizeBytes: number;
  private parts: Uint8Array[] = [];
  private closed = false;

  constructor(maxStateSizeBytes: number) {
    this.maxStateSizeBytes = maxStateSizeBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.checkOpen();
    this.position += bytes.length;
    if (this.position <= this.maxStateSizeBytes) {
      this.parts.push(bytes.slice());
    } else {
      this.parts = [];
    }
  }

  async closeAndGetHandle(): Promise<StreamStateHandle | undefined> {
    this.checkOpen();
    this.closed = true;
    if (this.position > this.maxStateSizeBytes) {
      throw new CheckpointError(
        'STATE_TOO_LARGE_FOR_JOBMANAGER',
        `a state has ${this.position} bytes; the JobManager checkpoint storage takes ` +
          `${this.maxStateSizeBytes} a state: ${REMEDY}`,
      );
    }
    if (this.position === 0) {
      return undefined;
    }
    const data = new Uint8Array(Buffer.concat(this.parts));
    // Flink takes handles of one name for one handle: on a rescale the others' state would be lost.
    return { kind: 'byte-stream', handleName: randomUUID(), data };
  }

  async abort(): Promise<void> {
    this.closed = true;
    this.parts = [];
  }

  private checkOpen(): void {
    if (this.closed) {
      throw new CheckpointError('IO_EXCEPTION', 'a state stream is closed; no more can be written');
    }
  }
}

/** Bytes of state that travel inside an acknowledgement, not as files. */
export function inlineStateSizeBytes(states: Iterable<OperatorSubtaskState>): number {
  let sizeBytes = 0;
  for (const state of states) {
    for (const stream of streamsOfSubtask(state)) {
      sizeBytes += stream.kind === 'byte-stream' ? stream.data.length : 0;
    }
  }
  return sizeBytes;
}

/**
 * The coordinator calls it for every acknowledgement: all inline state of one task is one message.
 *
 * @param frameSizeBytes - `pekko.framesize`
 * @throws CheckpointError `STATE_TOO_LARGE_FOR_JOBMANAGER`
 */
export function checkAcknowledgeSize(
  states: Iterable<OperatorSubtaskState>,
  frameSizeBytes: number = FRAME_SIZE_BYTES_DEFAULT,
): void {
  const sizeBytes = inlineStateSizeBytes(states);
  if (sizeBytes > frameSizeBytes) {
    throw new CheckpointError(
      'STATE_TOO_LARGE_FOR_JOBMANAGER',
      `the state of one task has ${sizeBytes} bytes; one acknowledgement takes ` +
        `${frameSizeBytes} (pekko.framesize): ${REMEDY}`,
    );
  }
}
