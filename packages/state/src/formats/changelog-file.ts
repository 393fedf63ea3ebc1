/**
 * A file of a changelog, as the bytes that were logged: a flag says whether they are compressed, and
 * places in them count neither the flag nor the compression.
 *
 * Bytes: docs/formats/changelog.md. Flink: ChangelogStreamHandleReaderWithCache, StateChangeIteratorImpl.
 */
import { CheckpointError } from '@millrace/core';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { SnappyFramedFile } from './snappy-framed-file.ts';

const FLAG_BYTES = 1;

export function changelogFileName(handle: StreamStateHandle): string {
  switch (handle.kind) {
    case 'byte-stream':
      return `changelog (inline, ${handle.handleName})`;
    case 'empty-segment-file':
      return 'changelog (empty)';
    default:
      return `changelog ${handle.path}`;
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND` */
export async function openChangelogFile(
  handle: StreamStateHandle,
  openStateHandle: OpenStateHandle,
): Promise<StateHandleReader> {
  const source = changelogFileName(handle);
  const file = await openStateHandle(handle, { wholeFile: true });
  try {
    const [flag] = await file.read(0, FLAG_BYTES);
    if (flag !== 0 && flag !== 1) {
      throw corrupt(source, `begins with ${flag}, which says neither plain (0) nor compressed (1)`);
    }
    const payload =
      flag === 1
        ? await SnappyFramedFile.open(file, { source, start: FLAG_BYTES })
        : new PlainPayload(file);
    // The length of the file itself stands for nothing else.
    const logged = 'sizeBytes' in handle ? handle.sizeBytes : payload.sizeBytes;
    if (payload.sizeBytes !== logged) {
      throw corrupt(source, `has ${payload.sizeBytes} bytes of changes instead of ${logged}`);
    }
    return payload;
  } catch (error) {
    await file.close();
    throw error;
  }
}

class PlainPayload implements StateHandleReader {
  readonly sizeBytes: number;
  private readonly file: StateHandleReader;

  constructor(file: StateHandleReader) {
    this.file = file;
    this.sizeBytes = file.sizeBytes - FLAG_BYTES;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.file.read(FLAG_BYTES + position, length);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function corrupt(source: string, reason: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', `${source} ${reason}; restore another snapshot`);
}
