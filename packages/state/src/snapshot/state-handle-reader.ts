/** Random access to the bytes behind a handle. */
import type { StreamStateHandle } from './stream-state-handle.ts';

export interface StateHandleReader {
  readonly sizeBytes: number;
  /** Absolute path of the file of this machine that holds these bytes and no others, if there is one. */
  readonly localPath?: string | undefined;
  /** Exactly `length` bytes. @throws CheckpointError `SNAPSHOT_CORRUPT` past the end */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface OpenStateHandleOptions {
  /** The file as it is, whatever size the handle says: that of a changelog's file is another. */
  readonly wholeFile?: boolean;
}

/** @throws CheckpointError `SNAPSHOT_NOT_FOUND` when a file is gone */
export type OpenStateHandle = (
  handle: StreamStateHandle,
  options?: OpenStateHandleOptions,
) => Promise<StateHandleReader>;
