/**
 * What is known of a snapshot from its metadata and the heads of its state files alone: no entry is
 * read, so it is known at once however large the snapshot is.
 */
import type { FileSystems, KeyGroupRange, TypeSerializerSnapshot } from '@millrace/core';
import type {
  CheckpointedStateScope,
  CheckpointMetadata,
  CheckpointProperties,
  DescribedOperatorState,
  KeyedStateRowBatch,
  KeyedStateRowReader,
  OpenStateHandle,
  OperatorState,
  OperatorStateDistributionMode,
  StateMetaInfoSnapshot,
} from '@millrace/state';

/** Where state is read from: a snapshot, or a job that runs. */
export interface StateSource {
  /** Those with state first, then by name. */
  readonly operators: readonly SnapshotOperator[];
  readonly openStateHandle: OpenStateHandle;
  /**
   * @param selector - uid, name, operator id or the beginning of a single one
   * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT` that names the nearest
   */
  operator(selector: string): SnapshotOperator;
}

export interface Snapshot extends StateSource {
  /** URI of the folder of `_metadata`. */
  readonly path: string;
  /** What the user gave, where it was not the snapshot itself but a folder that holds it. */
  readonly resolvedFrom: string | undefined;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly checkpointId: number;
  /** With the paths of files as they are now, where the snapshot was moved. */
  readonly metadata: CheckpointMetadata;
  readonly metadataSizeBytes: number;
  /** `undefined` in snapshots of Flink before 1.15. */
  readonly properties: CheckpointProperties | undefined;
  /** State files that handles name, each once; what is inline is in `metadataSizeBytes`. */
  readonly files: readonly SnapshotFile[];
  /** Of `_metadata` and of what handles name in files. */
  readonly sizeBytes: number;
  readonly fileSystems: Pick<FileSystems, 'getFileSystem'>;
}

export interface SnapshotFile {
  /** Absolute URI. */
  readonly path: string;
  /** What the snapshot uses of it: the file itself is larger where others share it. */
  readonly sizeBytes: number;
  /** `exclusive`: it goes with the snapshot; `shared`: with the last snapshot that names it. */
  readonly scope: CheckpointedStateScope;
  readonly operatorIds: readonly string[];
}

export type OperatorNameSource = 'given' | 'file' | 'derived';

export interface SnapshotOperator {
  /** 32 hexadecimal digits. */
  readonly operatorId: string;
  readonly uid: string | undefined;
  /** How the uid is known: from the caller's list, from `_operators.json`, or from another's uid. */
  readonly uidFrom: OperatorNameSource | undefined;
  readonly name: string | undefined;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly isFullyFinished: boolean;
  readonly finishedSubtasks: readonly number[];
  readonly subtasks: readonly SnapshotSubtask[];
  readonly coordinatorBytes: number;
  /** Readable: `Tuple2<String, Long>`; `undefined` without keyed state, or where it is unknown. */
  readonly keyType: string | undefined;
  readonly keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  readonly keyedStates: readonly KeyedStateInfo[];
  readonly timers: readonly TimerStateInfo[];
  readonly operatorStates: readonly OperatorStateInfo[];
  readonly channelState: ChannelStateInfo;
  /** Keyed, operator, raw, channel and coordinator state. */
  readonly sizeBytes: number;
  /** What could not be read, and why; the rest is right. */
  readonly problems: readonly SnapshotProblem[];
  readonly state: OperatorState;
  /** Of a view of live state, in place of handles in `state`: by key groups, and open as long as it is. */
  readonly liveParts?: readonly {
    readonly subtask: number;
    readonly reader: KeyedStateRowReader;
  }[];
  /** Of such a view too: the operator state, by subtask. */
  readonly liveOperatorStates?: readonly {
    readonly subtask: number;
    readonly reader: OperatorStateRowReader;
  }[];
}

/** Lists and broadcast maps of one subtask of a job that runs. */
export interface OperatorStateRowReader {
  readonly states: readonly DescribedOperatorState[];
  /** By name; of a type that is unknown here none. */
  readonly metaInfos: ReadonlyMap<string, StateMetaInfoSnapshot>;
  /** Items, or entries of a map, in their order; none of a state that the subtask does not have. */
  rows(stateName: string): AsyncGenerator<KeyedStateRowBatch, void, undefined>;
}

/** Which backend's layout keyed state has. */
export type KeyedStateLayout = 'canonical' | 'heap' | 'rocksdb' | 'changelog';

export interface SnapshotSubtask {
  readonly index: number;
  readonly isFinished: boolean;
  readonly keyGroupRange: KeyGroupRange | undefined;
  readonly keyedLayout: KeyedStateLayout | undefined;
  readonly isCompressed: boolean;
  readonly keyedBytes: number;
  readonly operatorBytes: number;
  readonly rawKeyedBytes: number;
  readonly rawOperatorBytes: number;
  readonly channelBytes: number;
}

export interface KeyedStateInfo {
  readonly name: string;
  /** `VALUE`, `LIST`, `MAP`, `REDUCING`, `AGGREGATING`, as Flink spells it. */
  readonly kind: string;
  /** `VoidNamespace` where there is none. */
  readonly namespaceType: string;
  readonly valueType: string;
  readonly hasTtl: boolean;
  readonly metaInfo: StateMetaInfoSnapshot;
}

export interface TimerStateInfo {
  /** `_timer_state/event_user-timers`. */
  readonly name: string;
  /** `user-timers`; the whole name where it is not one of a timer service. */
  readonly service: string;
  readonly timeDomain: 'event' | 'processing' | undefined;
  readonly elementType: string;
  readonly metaInfo: StateMetaInfoSnapshot;
}

export interface OperatorStateInfo {
  readonly name: string;
  readonly mode: OperatorStateDistributionMode;
  /** Of a broadcast state that of its values; `undefined` where the type is unknown here. */
  readonly elementType: string | undefined;
  /** Of a broadcast state. */
  readonly keyType: string | undefined;
  /** Of all subtasks; of a broadcast state how many subtasks have a copy. */
  readonly items: number;
  readonly metaInfo: StateMetaInfoSnapshot | undefined;
}

export interface ChannelStateInfo {
  readonly inputHandles: number;
  readonly outputHandles: number;
  readonly sizeBytes: number;
}

export interface SnapshotProblem {
  /** An error code of ours. */
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  /** First byte in the file that is wrong, where that is known. */
  readonly offset?: number;
  readonly operatorId?: string;
  readonly subtask?: number;
  readonly state?: string;
}
