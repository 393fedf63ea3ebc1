import type { KeyedStateStore, OperatorStateStore } from '../state/state-store.ts';

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
  snapshotState(context: FunctionSnapshotContext): void;
}

/** Flink: CheckpointListener. Best effort: an id may be missing, a later one stands for it. */
export interface CheckpointListener {
  notifyCheckpointComplete(checkpointId: number): void;
  notifyCheckpointAborted?(checkpointId: number): void;
}
