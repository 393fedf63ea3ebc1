/**
 * Keyed state of one operator subtask. Every backend passes `stateBackendConformance()`.
 *
 * Invariants:
 * - All calls but the asynchronous part of a snapshot happen on the task's thread, between records.
 * - A snapshot holds the state as it was when `snapshot` returned, whatever is written later.
 * - State of a name that the program no longer declares is kept and written to later snapshots.
 *
 * Flink: KeyedStateBackend, CheckpointableKeyedStateBackend.
 */
import type {
  Clock,
  Configuration,
  KeyGroupRange,
  MetricGroup,
  State,
  StateDescriptor,
  StateTtlConfig,
  TypeInformation,
  TypeSerializer,
} from '@millrace/core';
import type { RowPage } from '../rows/row-page.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import type { CheckpointStorage, CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';
import type { CheckpointStorageContext } from '../storage/configured-storage.ts';
import type { InternalKvState, IsObsolete } from './internal-kv-state.ts';
import type { KeyedStateView, RowLimits } from './keyed-state-view.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from './priority-queue.ts';
import type { ReportStateMismatch } from './serializer-verdict.ts';

export interface KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  /** Hot path: once per record, then cheap accesses. */
  setCurrentKey(key: K): void;
  /** Until the next `setCurrentKey`, state and `currentKey` throw `NO_CURRENT_KEY`. */
  unsetCurrentKey(): void;
  /** @throws ConfigError `NO_CURRENT_KEY` */
  readonly currentKey: K;
  /**
   * Asking twice gives the same object; its namespace is set with `setCurrentNamespace`.
   *
   * A backend passes over the descriptor's own `ttlConfig`: `withTimeToLive` turns it into a
   * descriptor of timestamped values and `ttl`, which says what the backend may drop by itself.
   */
  getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
    ttl?: StateTtlCleanup,
  ): S & InternalKvState<K, N>;
  /** A timer queue that is part of snapshots under `stateName`. */
  createTimerQueue<N>(
    stateName: string,
    namespaceType: TypeInformation<N>,
  ): KeyGroupedInternalPriorityQueue<HeapTimer<K, N>>;
  /** Keys that have a value under `stateName` and `namespace`; a copy, safe to write during. */
  getKeys<N>(stateName: string, namespace: N): Iterable<K>;
  /** Where `stateName` has a value: each key with each of its namespaces; a copy as well. */
  getKeysAndNamespaces<N>(stateName: string): Iterable<readonly [key: K, namespace: N]>;
  /** Drops what the current key has in every state and namespace; its timers stay. */
  clearCurrentKey(): void;
  /**
   * Fixes the version of all state (the synchronous part) and gives the work that writes it (the
   * asynchronous part). `write` may be called while records are processed, in slices. The streams
   * say in which format.
   */
  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot;
  /** The states of now, declared or restored, without looking at what they hold. */
  describe(): KeyedStatesDescription;
  /**
   * Fixes the version of all state, as a snapshot does, to be read from memory or the local disk. At
   * once unless a checkpoint's version is being held: then as soon as that is released, between two
   * records. Close it.
   *
   * @param onFixed - called in the moment whose state the view shows
   */
  openView(onFixed?: () => void): Promise<KeyedStateView>;
  /**
   * All that a key has in one state or one set of timers, in every namespace, the latest writes
   * included: read between two records and without a view. No row where there is nothing. Neither the
   * current key nor its namespace changes.
   *
   * @param stateName - as it stands in the header of a view
   * @param limits - of the rows; those that were not looked at then are left out, and the answer says so
   * @throws ConfigError `KEY_NOT_DETERMINISTIC` for a key of another subtask
   */
  readKey(stateName: string, key: K, limits: RowLimits): Promise<KeyRows>;
  notifyCheckpointComplete(checkpointId: number): void;
  notifyCheckpointAborted(checkpointId: number): void;
  /** Where knowing the next keys is of use. */
  readonly lookAhead?: KeyLookAhead<K> | undefined;
  /** Entries over all keys, namespaces and states; for tests and metrics. */
  readonly numberOfEntries: number;
  dispose(): void | Promise<void>;
}

/** What a key has in one state. */
export interface KeyRows {
  readonly rows: RowPage;
  /** There may be more than the limits let in. */
  readonly truncated: boolean;
}

/** Reads state of several keys at once, which costs less than one after the other. */
export interface KeyLookAhead<K> {
  /** Asked before so many records are processed: false while it would gain nothing to know their keys. */
  isWorthwhile(records: number): boolean;
  /**
   * These keys become the current one soon. No state changes, nor the current key. What cannot be
   * read is read, and fails, when it is used.
   *
   * @param keys - unchanged until the next call
   * @param hashCodes - Java's, of these keys, which are texts; may have changed after the call
   * @throws what a write throws of state that has to leave memory for them
   */
  readAhead(keys: readonly K[], hashCodes?: Int32Array): void;
}

/** How a backend may clean up state with a time to live. */
export interface StateTtlCleanup {
  readonly config: StateTtlConfig;
  /** As of now; also what a compaction asks. */
  readonly isExpired: IsObsolete;
  /** The time that `isExpired` goes by, ms: what a compaction judges by. */
  now(): number;
  /** What stays out of a full snapshot that begins now; `undefined` where all goes in. */
  filterOfFullSnapshot(): IsObsolete | undefined;
  /** What is expired now, whenever it is asked: what a reader from outside does not see. */
  expiredNow(): IsObsolete;
}

export interface KeyedStatesDescription {
  /** As `readKeyedBackendHeader` takes it: that of a view which is opened now. */
  readonly header: Uint8Array;
  /** Of the states with a time to live, ms by name. */
  readonly ttlMs: Readonly<Record<string, number>>;
}

export interface KeyedStateSnapshot {
  /** `undefined` when there is no state at all. @throws CheckpointError `IO_EXCEPTION` */
  write(): Promise<KeyedStateHandle | undefined>;
  /**
   * Gives up, also after `write`, of what nobody was told of: state versions that were kept for this
   * snapshot are dropped, and what was written for it goes.
   */
  cancel(): void;
}

export interface KeyedStateBackendParameters<K> {
  /** For messages and metrics. */
  readonly operatorName: string;
  /** For messages. */
  readonly operatorUid?: string | undefined;
  /** For messages: where the program says what the key is, `/jobs/sums.ts:12:6`. */
  readonly keyedAt?: string | undefined;
  /** Told of each state that does not fit what is restored; throws when it is left out. */
  readonly reportMismatch?: ReportStateMismatch;
  /**
   * Takes up from the snapshot what it says of the states, but none of their entries: for a
   * rehearsal, which needs no more. A backend that cannot may restore all.
   */
  readonly schemaOnly?: boolean;
  readonly keyType: TypeInformation<K>;
  readonly numberOfKeyGroups: number;
  readonly keyGroupRange: KeyGroupRange;
  /** What this subtask restores: handles that overlap its key groups. Empty on a fresh start. */
  readonly stateHandles: readonly KeyedStateHandle[];
  readonly openStateHandle: OpenStateHandle;
  readonly clock: Clock;
  /** The slot that the subtask runs in; backends of one slot share its memory. */
  readonly slot?: StateBackendSlot;
  readonly metricGroup?: MetricGroup;
  /** Told of what works, but badly, and what to do; the process's warnings unless given. */
  readonly warn?: (message: string) => void;
  /** Longest time in ms that a slice of a snapshot may hold the thread. */
  readonly snapshotSliceMs: number;
}

export interface StateBackendSlot {
  /** Of one job in one process. */
  readonly id: string;
  /** The share of `taskmanager.memory.managed.size` that state backends have in the slot, bytes. */
  readonly managedMemoryBytes: number;
}

/** Makes backends. Flink: StateBackend. */
export interface StateBackend {
  /** `hashmap`, `rocksdb`, … */
  readonly name: string;
  /**
   * A backend reports `STATE_INCOMPATIBLE` for another key type than the snapshot's, and where a
   * state is declared that does not fit.
   *
   * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
   */
  createKeyedStateBackend<K>(
    parameters: KeyedStateBackendParameters<K>,
  ): Promise<KeyedStateBackend<K>>;
  /** The job is over, and its backends are disposed: gives back what outlives restarts. Never throws. */
  close?(): Promise<void>;
  /**
   * The same backend with the configuration for what the program left open; asked once, before a job
   * starts. Flink: ConfigurableStateBackend.
   *
   * @throws ConfigError
   */
  configure?(configuration: Configuration): StateBackend | Promise<StateBackend>;
  /**
   * Where checkpoints go with this backend, whatever storage is set: only backends of the older names
   * have a say in it. Flink: a StateBackend that is a CheckpointStorage.
   */
  createCheckpointStorage?(
    context: CheckpointStorageContext,
    configuration: Configuration,
  ): CheckpointStorage;
}
