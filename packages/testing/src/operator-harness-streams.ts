/** State in memory: the bytes are in the handles themselves. */
import { CheckpointError } from '@millrace/core';
import type {
  CheckpointStateOutputStream,
  CheckpointStreamFactory,
  StateHandleReader,
  StreamStateHandle,
} from '@millrace/state';

export class MemoryStreams implements CheckpointStreamFactory {
  private count = 0;

  createCheckpointStateOutputStream(): CheckpointStateOutputStream {
    return new MemoryStream(`memory-${this.count++}`);
  }
}

class MemoryStream implements CheckpointStateOutputStream {
  private readonly handleName: string;
  private chunks: Uint8Array[];

  constructor(handleName: string) {
    this.handleName = handleName;
    this.chunks = [];
  }

  get position(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.chunks.push(bytes.slice());
  }

  async closeAndGetHandle(): Promise<StreamStateHandle | undefined> {
    const data = new Uint8Array(Buffer.concat(this.chunks));
    return data.length === 0
      ? undefined
      : { kind: 'byte-stream', handleName: this.handleName, data };
  }

  async abort(): Promise<void> {
    this.chunks = [];
  }
}

/** @throws CheckpointError `SNAPSHOT_NOT_FOUND` for a handle that is not in memory */
export async function openMemoryHandle(handle: StreamStateHandle): Promise<StateHandleReader> {
  if (handle.kind !== 'byte-stream') {
    throw new CheckpointError('SNAPSHOT_NOT_FOUND', `a ${handle.kind} handle is not in memory`);
  }
  const { data } = handle;
  return {
    sizeBytes: data.length,
    read: async (position, length) => {
      if (position + length > data.length) {
        throw new CheckpointError(
          'SNAPSHOT_CORRUPT',
          `${length} bytes from ${position} of ${data.length}`,
        );
      }
      return data.subarray(position, position + length);
    },
    close: async () => {},
  };
}
