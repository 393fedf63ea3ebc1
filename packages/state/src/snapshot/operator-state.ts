/**
 * The state of a whole job in a snapshot: per operator and subtask, what each kind of state left.
 *
 * Flink: CheckpointMetadata, OperatorState, OperatorSubtaskState.
 */
import type { KeyedStateHandle } from './keyed-state-handle.ts';
import type { OperatorStateHandle } from './operator-state-handle.ts';
import type { ByteStreamStateHandle, StreamStateHandle } from './stream-state-handle.ts';

export interface CheckpointMetadata {
  readonly checkpointId: number;
  readonly operatorStates: readonly OperatorState[];
  readonly masterStates: readonly MasterState[];
  /** `undefined` before format version 4. */
  readonly properties: CheckpointProperties | undefined;
}

export interface MasterState {
  readonly version: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface OperatorState {
  /** 32 hexadecimal digits. */
  readonly operatorId: string;
  /** As far as known: it is not in `_metadata` but in a file beside it, which may be missing. */
  readonly name?: string;
  /** Like the name; also missing where the program set none. */
  readonly uid?: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly coordinatorState: ByteStreamStateHandle | undefined;
  /** True when every subtask had ended; there are no subtask states then. */
  readonly fullyFinished: boolean;
  /** By subtask index; a subtask without state may be missing. */
  readonly subtaskStates: ReadonlyMap<number, OperatorSubtaskState>;
}

export interface OperatorSubtaskState {
  readonly finished: boolean;
  readonly managedOperatorState: OperatorStateHandle | undefined;
  readonly rawOperatorState: OperatorStateHandle | undefined;
  readonly managedKeyedState: KeyedStateHandle | undefined;
  readonly rawKeyedState: KeyedStateHandle | undefined;
  readonly inputChannelState: readonly ChannelStateHandle[];
  readonly resultSubpartitionState: readonly ChannelStateHandle[];
}

/** In-flight data of one channel, in an unaligned checkpoint. */
export interface ChannelStateHandle {
  readonly subtaskIndex: number;
  /** Input gate, or result partition. */
  readonly partitionIndex: number;
  /** Channel of the gate, or subpartition. */
  readonly channelIndex: number;
  readonly offsets: readonly number[];
  readonly sizeBytes: number;
  readonly delegate: StreamStateHandle;
}

/** Flink: CheckpointProperties. What kind of snapshot it is and when it may be deleted. */
export interface CheckpointProperties {
  readonly snapshotType: SnapshotType;
  readonly forced: boolean;
  readonly unclaimed: boolean;
  readonly discardSubsumed: boolean;
  readonly discardFinished: boolean;
  readonly discardCancelled: boolean;
  readonly discardFailed: boolean;
  readonly discardSuspended: boolean;
}

export type SnapshotType =
  | {
      readonly kind: 'checkpoint';
      readonly name: 'Checkpoint' | 'Full Checkpoint';
      readonly sharingFilesStrategy: SharingFilesStrategy;
    }
  | {
      readonly kind: 'savepoint';
      readonly name: 'Savepoint' | 'Suspend Savepoint' | 'Terminate Savepoint';
      readonly formatType: 'canonical' | 'native';
      readonly postCheckpointAction: 'none' | 'suspend' | 'terminate';
    };

/**
 * Which snapshots may name the same files: `forward-backward` earlier and later ones, `forward` later
 * ones, `no-sharing` none.
 */
export type SharingFilesStrategy = 'forward-backward' | 'forward' | 'no-sharing';

/** What a subtask without any state has. */
export const EMPTY_SUBTASK_STATE: OperatorSubtaskState = {
  finished: false,
  managedOperatorState: undefined,
  rawOperatorState: undefined,
  managedKeyedState: undefined,
  rawKeyedState: undefined,
  inputChannelState: [],
  resultSubpartitionState: [],
};

/**
 * All keyed state of a subtask, for who reads it: the managed one, and the timers in raw keyed state
 * where there are such. Raw keyed state that is something else is refused when it is opened.
 */
export function keyedStateOf(
  subtask: Pick<OperatorSubtaskState, 'managedKeyedState' | 'rawKeyedState'>,
): KeyedStateHandle | undefined {
  const { managedKeyedState: managed, rawKeyedState: timers } = subtask;
  if (timers?.kind !== 'key-groups' || timers.offsets.every((offset) => offset < 0)) {
    return managed;
  }
  return { kind: 'with-raw-timers', keyGroupRange: timers.keyGroupRange, managed, timers };
}
