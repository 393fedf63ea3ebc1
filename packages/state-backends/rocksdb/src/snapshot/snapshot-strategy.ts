/** How the state of a database becomes a handle of a checkpoint. Flink: RocksDBSnapshotStrategyBase. */
import type { Clock, KeyGroupRange, TypeSerializer } from '@millrace/core';
import type {
  CheckpointStreamFactory,
  KeyedBackendHeader,
  KeyedStateSnapshot,
  StateTtlCleanup,
} from '@millrace/state';
import type { VersionBarrier } from '../barrier/held-writes.ts';
import type { OpenedDatabase } from '../database/column-families.ts';

/** What a strategy works on; of the backend's whole life. */
export interface SnapshotSource extends OpenedDatabase {
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly keySerializer: TypeSerializer<unknown>;
  readonly barrier: VersionBarrier;
  readonly clock: Clock;
  readonly snapshotSliceMs: number;
  /** Of the backend alone: the database is in a folder of it, copies and downloads are beside. */
  readonly workingDirectory: string;
  /** `state.backend.rocksdb.checkpoint.transfer.thread.num`. */
  readonly transferConcurrency: number;
  /** What states with a time to live leave out of a full snapshot, by name. */
  readonly ttl: ReadonlyMap<string, StateTtlCleanup>;
  /** Timers that are on the heap, which a strategy writes beside the database. */
  readonly heapTimers: readonly HeapTimers[];
  /** As of now: of the states in the order of `states`, then of heap timers where these go with them. */
  header(options: {
    readonly compressed: boolean;
    readonly heapTimers: boolean;
  }): KeyedBackendHeader;
}

/** The timers of one service. */
export interface HeapTimers {
  readonly name: string;
  /** As they are now, whatever is done to them later: that is the synchronous part. */
  fix(): FixedTimers;
}

/** The timers of one service as they were. Until `release` the queue keeps those that went. */
export interface FixedTimers {
  of(keyGroup: number): SerializedTimers;
  /** Nothing is read after it. Again, it does nothing. */
  release(): void;
}

/** Each serialized as in priority-queue state, when its turn comes. */
export interface SerializedTimers extends Iterable<Uint8Array> {
  readonly length: number;
}

export interface SnapshotStrategy {
  /** The synchronous part. */
  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot;
  notifyCheckpointComplete(checkpointId: number): void;
  notifyCheckpointAborted(checkpointId: number): void;
  /** Gives up what is being written; resolves once nothing of it is left on the local disk. */
  dispose(): void | Promise<void>;
}
