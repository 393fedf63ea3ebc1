/**
 * Keyed state of one subtask in a snapshot.
 *
 * Flink: KeyedStateHandle and its subclasses. Bytes: docs/formats/checkpoint-metadata.md
 */
import type { KeyGroupRange } from '@millrace/core';
import type { StreamStateHandle } from './stream-state-handle.ts';

export type KeyedStateHandle =
  | KeyGroupsStateHandle
  | KeyGroupsSavepointStateHandle
  | IncrementalRemoteKeyedStateHandle
  | ChangelogStateBackendHandle
  | InMemoryChangelogStateHandle
  | ChangelogStateHandleStream
  | KeyedStateWithRawTimersHandle;

/** Offset of each key group of `keyGroupRange`, ascending, in one stream. */
export interface KeyGroupRangeOffsets {
  readonly keyGroupRange: KeyGroupRange;
  readonly offsets: readonly number[];
  /** Of a handle that a redistribution cut, or may have cut; it is not stored. */
  readonly cut?: {
    /** True when key groups before are cut away. */
    readonly start: boolean;
    /**
     * Where the first key group begins that is cut away after; `undefined` when none is. `unknown`:
     * some may be, and nothing says where.
     */
    readonly end: number | 'unknown' | undefined;
  };
}

/** A heap snapshot, or raw keyed state (offset -1: key group not written). */
export interface KeyGroupsStateHandle extends KeyGroupRangeOffsets {
  readonly kind: 'key-groups';
  readonly stream: StreamStateHandle;
  readonly stateHandleId: string;
}

/** A canonical savepoint; offset 0: the key group has no entries. */
export interface KeyGroupsSavepointStateHandle extends KeyGroupRangeOffsets {
  readonly kind: 'key-groups-savepoint';
  readonly stream: StreamStateHandle;
}

export interface HandleAndLocalPath {
  readonly localPath: string;
  readonly handle: StreamStateHandle;
}

/** The files of a RocksDB database. */
export interface IncrementalRemoteKeyedStateHandle {
  readonly kind: 'incremental-remote';
  readonly checkpointId: number;
  readonly backendId: string;
  readonly keyGroupRange: KeyGroupRange;
  /** -1 when unknown. */
  readonly checkpointedSizeBytes: number;
  readonly meta: StreamStateHandle;
  readonly shared: readonly HandleAndLocalPath[];
  readonly private: readonly HandleAndLocalPath[];
  readonly stateHandleId: string;
}

export interface ChangelogStateBackendHandle {
  readonly kind: 'changelog';
  readonly keyGroupRange: KeyGroupRange;
  readonly checkpointedSizeBytes: number;
  readonly materialized: readonly KeyedStateHandle[];
  readonly nonMaterialized: readonly KeyedStateHandle[];
  readonly materializationId: number;
  readonly checkpointId: number;
  readonly stateHandleId: string;
}

export interface InMemoryChangelogStateHandle {
  readonly kind: 'in-memory-changelog';
  readonly keyGroupRange: KeyGroupRange;
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Key group -1 is a change of metadata. */
  readonly changes: readonly { readonly keyGroup: number; readonly change: Uint8Array }[];
  readonly stateHandleId: string;
}

export interface ChangelogStateHandleStream {
  readonly kind: 'changelog-stream';
  readonly keyGroupRange: KeyGroupRange;
  readonly streams: readonly { readonly offset: number; readonly handle: StreamStateHandle }[];
  readonly sizeBytes: number;
  readonly checkpointedSizeBytes: number;
  readonly stateHandleId: string;
  readonly storageIdentifier: string;
}

/**
 * What a subtask has of keyed state where its timers are apart, in raw keyed state: RocksDB with timers
 * on the heap. It is made of two handles where a snapshot is read, and stands in no file.
 */
export interface KeyedStateWithRawTimersHandle {
  readonly kind: 'with-raw-timers';
  readonly keyGroupRange: KeyGroupRange;
  /** `undefined` where the operator has timers and nothing else. */
  readonly managed: KeyedStateHandle | undefined;
  readonly timers: KeyGroupsStateHandle;
}
