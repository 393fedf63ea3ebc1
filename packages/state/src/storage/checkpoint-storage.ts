/**
 * Where the bytes of checkpoints go.
 *
 * Invariants:
 * - A checkpoint exists once its `_metadata` does, and `_metadata` appears in one step.
 * - A stream that was not closed, or was closed with `abort`, leaves nothing behind.
 *
 * Flink: CheckpointStorage, CheckpointStorageAccess, CheckpointStreamFactory. Layout: docs/formats/checkpoint-directory.md
 */
import type { CheckpointMetadata, SharingFilesStrategy } from '../snapshot/operator-state.ts';
import type { CheckpointedStateScope, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type { PathRebase } from './path-rebase.ts';

/** One per job. */
export interface CheckpointStorage {
  /** False when completed checkpoints live in memory only. */
  readonly supportsHighlyAvailableStorage: boolean;
  /** Makes what must exist before the first checkpoint. */
  initializeBaseLocations(): Promise<void>;
  /**
   * The largest checkpoint id that the job's directory holds, complete or not; 0 when there is none
   * or when checkpoints live in memory. Ids above it are free.
   */
  largestCheckpointId(): Promise<number>;
  /** Where the complete one with the largest id is; `undefined` when there is none. */
  latestCompleted(): Promise<string | undefined>;
  /**
   * Removes what a process left that died before it could record its checkpoint: everything with
   * an id above the last one that was recorded.
   */
  removeCheckpointsAbove(lastRecordedId: number): Promise<void>;
  initializeLocationForCheckpoint(checkpointId: number): Promise<CheckpointStorageLocation>;
  /**
   * Where tasks of another thread write a checkpoint whose location was initialized. Touches no file.
   *
   * Flink: CheckpointStorageWorkerView.resolveCheckpointStorageLocation.
   */
  resolveCheckpointStorageLocation(checkpointId: number): CheckpointStreamFactory;
  /** Reads a snapshot by what a user may give: its folder or its `_metadata`. */
  resolveCheckpoint(
    pointer: string,
    options?: ResolveCheckpointOptions,
  ): Promise<CompletedCheckpointLocation>;
}

export interface ResolveCheckpointOptions {
  /** For one that was moved although it names files by absolute path. */
  readonly pathRebase?: readonly PathRebase[];
}

/** A checkpoint that is being written. */
export interface CheckpointStorageLocation extends CheckpointStreamFactory {
  /** Of a savepoint: what `resolveSavepointStorageLocation` takes. */
  readonly directory?: string;
  /** Writes `_metadata` in one step: then the checkpoint is complete. */
  writeMetadata(metadata: CheckpointMetadata): Promise<CompletedCheckpointLocation>;
  /** Removes everything that belongs to this checkpoint alone. */
  disposeOnFailure(): Promise<void>;
}

export interface CompletedCheckpointLocation {
  /** What a user gives to restore from it; a name of ours for one that lives in memory. */
  readonly externalPointer: string;
  readonly metadata: CheckpointMetadata;
  readonly metadataSizeBytes: number;
  /**
   * Removes `_metadata`, then `files`, then the folder if nothing else is in it. What is gone
   * already is no error.
   *
   * @param files - paths of what goes with it: what lies in its folder, unless given
   * @throws CheckpointError `IO_EXCEPTION`
   */
  dispose(files?: Iterable<string>): Promise<void>;
}

/** `native`: each backend's own; `canonical`: one for all. Operator state has one form only. */
export type KeyedStateFormat = 'native' | 'canonical';

/** Where one checkpoint is written, and how. */
export interface CheckpointStreamFactory {
  /** How keyed state is laid out in this checkpoint; `native` unless given. */
  readonly keyedStateFormat?: KeyedStateFormat;
  /**
   * Whether a backend may name files of earlier checkpoints in place of writing them again;
   * `forward-backward`, which may, unless given.
   */
  readonly sharingFilesStrategy?: SharingFilesStrategy;
  /**
   * Whether state is compressed, but for RocksDB's own files; false unless given.
   *
   * Flink: ExecutionConfig.isUseSnapshotCompression.
   */
  readonly snapshotCompression?: boolean;
  createCheckpointStateOutputStream(scope: CheckpointedStateScope): CheckpointStateOutputStream;
  /**
   * Removes what a stream of this factory wrote and no acknowledgement names. Never throws. Left out
   * where all that is written goes with a checkpoint that fails.
   */
  discard?(handle: StreamStateHandle): Promise<void>;
}

export interface CheckpointStateOutputStream {
  /** Bytes accepted so far. */
  readonly position: number;
  /** The bytes are used before the promise resolves. @throws CheckpointError `IO_EXCEPTION` */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes what was written durable. `undefined` when nothing was written.
   *
   * @throws CheckpointError `IO_EXCEPTION`, `STATE_TOO_LARGE_FOR_JOBMANAGER`
   */
  closeAndGetHandle(): Promise<StreamStateHandle | undefined>;
  /** Gives up; leaves no file. Never throws. */
  abort(): Promise<void>;
}
