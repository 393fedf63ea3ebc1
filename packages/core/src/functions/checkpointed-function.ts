import type { KeyedStateStore, OperatorStateStore } from '../state/state-store.ts';
import type { SyncResult } from './functions.ts';

export interface FunctionInitializationContext {
  readonly isRestored: boolean;
  /** Id of the checkpoint that is restored, `undefined` on a fresh start. */
  readonly restoredCheckpointId: number | undefined;
  readonly operatorStateStore: OperatorStateStore;
  /** Only in keyed operators. @throws ConfigError `NO_CURRENT_KEY` elsewhere */
  readonly keyedStateStore: KeyedStateStore;
}

export interface FunctionSnapshotContext {
  readonly checkpointId: number;
  readonly checkpointTimestamp: number;
}

/** Flink: CheckpointedFunction. `initializeState` runs before `open`, on every start. */
export interface CheckpointedFunction {
  initializeState(context: FunctionInitializationContext): void | Promise<void>;
  /** Runs in the synchronous part of a checkpoint, before the backends fix their version. */
  snapshotState(context: FunctionSnapshotContext): SyncResult;
}

/**
 * The older form: a list out at each checkpoint, a list in at a restore. When the parallelism
 * changes the elements are dealt out anew.
 *
 * Flink stores the elements by Java serialization, so these alone cannot be exchanged with it.
 *
 * @deprecated use `CheckpointedFunction`. Flink: ListCheckpointed, deprecated too.
 */
export interface ListCheckpointed<T> {
  snapshotState(checkpointId: number, checkpointTimestamp: number): readonly T[];
  /** Before `open`; only on a restore. */
  restoreState(state: readonly T[]): void | Promise<void>;
}

/** Flink: CheckpointListener. Best effort: an id may be missing, a later one stands for it. */
export interface CheckpointListener {
  notifyCheckpointComplete(checkpointId: number): SyncResult;
  notifyCheckpointAborted?(checkpointId: number): SyncResult;
}
