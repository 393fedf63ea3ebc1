/** All that one subtask needs to run. Flink: TaskDeploymentDescriptor, Environment. */
import type { Clock, JobInfo, TaskManagerJobMetrics, TypeInformation } from '@millrace/core';
import type {
  CheckpointStreamFactory,
  KeyedStateBackend,
  KeyedStateHandle,
  OpenStateHandle,
  OperatorStateBackend,
  OperatorStateHandle,
  OperatorSubtaskState,
  ReportStateMismatch,
  StateBackend,
  StateLatencyTracking,
} from '@millrace/state';
import type {
  CheckpointResponder,
  SubtaskAddress,
} from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { CheckpointBarrier, CheckpointingMode } from '../checkpoint/checkpoint-options.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { LiveStateSettings } from '../live-state/task-state-queries.ts';
import type { ReceivingUsage } from '../network/channel-usage.ts';
import type { LocalChannel } from '../network/local-channel.ts';
import type { ResultPartition } from '../network/result-partition.ts';
import type { KvStateLocationRegistry } from '../operators/kv-state-location-registry.ts';
import type { LatencyTracking } from '../operators/latency-marker.ts';
import type {
  BatchOperatorExecution,
  ExecutionSettings,
  SourceCoordinatorGateway,
} from '../operators/stream-operator.ts';
import type { InputInFlight } from './input-recording.ts';
import type { LoopClock } from './loop-clock.ts';

export interface TaskDeployment {
  readonly address: SubtaskAddress;
  readonly vertex: JobVertex;
  /** What the vertex runs with; a snapshot may have changed it. */
  readonly maxParallelism: number;
  readonly attemptNumber: number;
  readonly inputs: readonly TaskInputChannel[];
  readonly outputs: readonly TaskOutput[];
  /** State of each operator by id; `undefined` on a fresh start. */
  readonly restored: RestoredTaskState | undefined;
  readonly sourceCoordinator: SourceCoordinatorGateway | undefined;
}

export interface TaskInputChannel {
  /** Which input of the head operator it belongs to, from 0. */
  readonly inputIndex: number;
  /** Which edge of the vertex; left out where each input has one. */
  readonly gateIndex?: number | undefined;
  readonly channel: LocalChannel;
  /** A task of the same slot sends to it, as is meant where it is left out. */
  readonly isOfSlot?: boolean | undefined;
  /** Left out where barriers never overtake. */
  readonly inFlight?: InputInFlight | undefined;
  /** Of a channel from another slot: what waits before `channel`. */
  readonly received?: ReceivingUsage | undefined;
}

export interface TaskOutput {
  /** Index in the vertex' operators of the one that emits here. */
  readonly operatorIndex: number;
  readonly sideOutputId: string | undefined;
  readonly partition: ResultPartition<unknown>;
  /** Of the records; any where it is left out. */
  readonly type?: TypeInformation<unknown> | undefined;
  /** Number of the result partition; left out where barriers never overtake. */
  readonly overtakenPartition?: number | undefined;
}

export interface RestoredTaskState {
  readonly checkpointId: number;
  /** See `RestoredSnapshotOfJob`. */
  readonly startsJob: boolean;
  readonly operators: ReadonlyMap<string, RestoredOperatorState>;
}

export interface RestoredOperatorState {
  readonly managedKeyedState: readonly KeyedStateHandle[];
  readonly managedOperatorState: readonly OperatorStateHandle[];
}

/** How a batch sorts the inputs of its tasks. */
export interface BatchExecution extends BatchOperatorExecution {
  /** Of each subtask that sorts. */
  readonly sortMemoryBytes: number;
  readonly spillFolder: string;
  /** How many files are merged at once. */
  readonly maxFan: number;
}

/** Watches which states the subtasks of an operator declare and what becomes of them. */
export interface StateRecorder {
  readonly report: ReportStateMismatch;
  watchKeyed<K>(backend: KeyedStateBackend<K>, keyType: TypeInformation<K>): void;
  watchOperator(backend: OperatorStateBackend): void;
}

export type StateRecorders = (operatorId: string) => StateRecorder;

/** What all tasks of a job share. */
export interface TaskServices {
  readonly clock: Clock;
  readonly jobInfo: JobInfo;
  readonly execution: ExecutionSettings;
  readonly stateBackend: StateBackend;
  /** Of each slot, bytes. */
  readonly stateBackendMemoryOfSlotBytes: number;
  readonly openStateHandle: OpenStateHandle;
  readonly responder: CheckpointResponder;
  /** Where the state of a triggered checkpoint is written. */
  checkpointStreams(barrier: CheckpointBarrier): CheckpointStreamFactory;
  /** @throws CheckpointError `STATE_TOO_LARGE_FOR_JOBMANAGER` for more than one message takes */
  checkAcknowledgeSize(states: Iterable<OperatorSubtaskState>): void;
  readonly checkpointing:
    | { readonly mode: CheckpointingMode; readonly afterTasksFinish: boolean }
    | undefined;
  readonly autoWatermarkIntervalMs: number;
  /** `undefined` for streaming execution. */
  readonly batchExecution: BatchExecution | undefined;
  readonly snapshotSliceMs: number;
  readonly jobMetrics: TaskManagerJobMetrics;
  /** Of the loop that the tasks run in. */
  readonly loopClock: LoopClock;
  readonly latencyTracking: LatencyTracking;
  /** Accesses to keyed state are not measured without it. */
  readonly stateLatencyTracking?: StateLatencyTracking | undefined;
  /** In `[0, 1)`. */
  random(): number;
  readonly kvStates: KvStateLocationRegistry;
  /** How it may be read while the tasks run; the defaults when it is left out. */
  readonly liveState?: LiveStateSettings | undefined;
  /** Where the coordinators of sinks are in another thread. */
  readonly sendToSinkCoordinator?:
    | ((operatorId: string, subtask: number, event: unknown) => Promise<void>)
    | undefined;
  /** Told of each state that does not fit what is restored; throws when it is left out. */
  readonly reportMismatch?: ReportStateMismatch;
  /** Set when the tasks are only opened, to see what becomes of the state of each operator. */
  readonly rehearsal?: StateRecorders | undefined;
  /** Told of what works, but badly. */
  warn(message: string): void;
  /** Some task can go on. */
  wake(): void;
}

/** `Counter (2/4)`. */
export function describeSubtask({
  vertex,
  address,
}: Pick<TaskDeployment, 'vertex' | 'address'>): string {
  return `${vertex.name} (${address.subtask + 1}/${vertex.parallelism})`;
}
