/**
 * Checkpoint streams that end in memory, and the reader of the handles that they give.
 *
 * Invariant: what an aborted stream was given is gone.
 */
import { randomUUID } from 'node:crypto';
import { CheckpointError, invariant } from '@millrace/core';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type {
  CheckpointStateOutputStream,
  CheckpointStreamFactory,
  KeyedStateFormat,
} from '../storage/checkpoint-storage.ts';

export class MemoryCheckpointStreams implements CheckpointStreamFactory {
  readonly keyedStateFormat: KeyedStateFormat;
  readonly snapshotCompression: boolean;
  /** Streams that were made but neither closed nor aborted. */
  openStreams = 0;
  abortedStreams = 0;
  /** Set to make the next writes fail. */
  failure: Error | undefined;

  constructor(
    keyedStateFormat: KeyedStateFormat = 'native',
    { snapshotCompression = false }: { readonly snapshotCompression?: boolean } = {},
  ) {
    this.keyedStateFormat = keyedStateFormat;
    this.snapshotCompression = snapshotCompression;
  }

  readonly openStateHandle = (handle: StreamStateHandle): Promise<StateHandleReader> =>
    Promise.resolve(new MemoryStateHandleReader(handle));

  createCheckpointStateOutputStream(): CheckpointStateOutputStream {
    this.openStreams++;
    return new MemoryOutputStream(this);
  }
}

class MemoryOutputStream implements CheckpointStateOutputStream {
  position: number;
  private readonly owner: MemoryCheckpointStreams;
  private readonly chunks: Uint8Array[];
  private isOpen: boolean;

  constructor(owner: MemoryCheckpointStreams) {
    this.owner = owner;
    this.position = 0;
    this.chunks = [];
    this.isOpen = true;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.owner.failure !== undefined) {
      return Promise.reject(this.owner.failure);
    }
    this.chunks.push(bytes.slice());
    this.position += bytes.length;
    return Promise.resolve();
  }

  closeAndGetHandle(): Promise<StreamStateHandle | undefined> {
    invariant(this.isOpen, 'a stream is closed once');
    this.isOpen = false;
    this.owner.openStreams--;
    if (this.position === 0) {
      return Promise.resolve(undefined);
    }
    const data = Buffer.concat(this.chunks);
    return Promise.resolve({ kind: 'byte-stream', handleName: randomUUID(), data });
  }

  abort(): Promise<void> {
    if (this.isOpen) {
      this.isOpen = false;
      this.owner.openStreams--;
      this.owner.abortedStreams++;
      this.chunks.length = 0;
    }
    return Promise.resolve();
  }
}

class MemoryStateHandleReader implements StateHandleReader {
  readonly sizeBytes: number;
  private readonly data: Uint8Array;

  constructor(handle: StreamStateHandle) {
    invariant(handle.kind === 'byte-stream', `a memory stream gave a handle of ${handle.kind}`);
    this.data = handle.data;
    this.sizeBytes = handle.data.length;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    if (position < 0 || position + length > this.data.length) {
      const message = `${length} bytes at ${position} lie outside the ${this.data.length} stored`;
      return Promise.reject(new CheckpointError('SNAPSHOT_CORRUPT', message));
    }
    return Promise.resolve(this.data.slice(position, position + length));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
