/** Opens a stream of key groups: of the heap backend, or of a canonical savepoint. */
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import {
  checkKeyedStreamSize,
  type KeyedStateStreamHandle,
  keyedStreamName,
  readHeaderOf,
} from '../formats/keyed-state-stream.ts';
import type { OpenStateHandle, StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { closeReadersAfterFailure } from './close-readers.ts';

export interface OpenedKeyGroupStream {
  /** Names the file, for messages. */
  readonly source: string;
  readonly header: KeyedBackendHeader;
  readonly reader: StateHandleReader;
  readonly numberOfKeyGroups: number;
}

/**
 * @param make - takes the stream over; when it throws, the stream is closed
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`
 */
export async function openKeyGroupStream<R>(
  handle: KeyedStateStreamHandle,
  options: { readonly numberOfKeyGroups: number; readonly openStateHandle: OpenStateHandle },
  make: (opened: OpenedKeyGroupStream) => R,
): Promise<R> {
  const source = keyedStreamName(handle.stream);
  const reader = await options.openStateHandle(handle.stream);
  try {
    checkKeyedStreamSize(reader, handle.stream, source);
    const header = await readHeaderOf(reader, handle, source);
    return make({ source, header, reader, numberOfKeyGroups: options.numberOfKeyGroups });
  } catch (error) {
    await closeReadersAfterFailure([reader]);
    throw error;
  }
}
