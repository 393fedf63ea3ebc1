/**
 * One step of a task's chain.
 *
 * Life: construct, `setup`, `initializeState`, `open`, records, `finish` (only at the end of all
 * input), `close` (always). All calls come from the task's mailbox, one at a time. While a promise
 * that one of them returned is pending, no other call comes.
 *
 * Flink: StreamOperator, OneInputStreamOperator, TwoInputStreamOperator.
 */
import type {
  AccumulatorRegistry,
  Clock,
  Counter,
  JobInfo,
  MetricGroup,
  RelativeClock,
  TaskInfo,
  TypeInformation,
} from '@millrace/core';
import type {
  CheckpointStreamFactory,
  KeyedStateBackend,
  OperatorStateBackend,
  OperatorSubtaskState,
  StateLatencyTracking,
} from '@millrace/state';
import type { QueriedOperator } from '../live-state/task-state-queries.ts';
import type { KvStateLocationRegistry } from './kv-state-location-registry.ts';
import type { LatencyMarker, LatencyStats } from './latency-marker.ts';
import type { Output, WatermarkStatus } from './output.ts';
import type { RecordLookAhead } from './record-look-ahead.ts';

export interface StreamOperator<OUT> extends Partial<QueriedOperator> {
  setup(context: StreamOperatorContext, output: Output<OUT>): void;
  /** Makes the backends, restores them, then lets user functions initialize. */
  initializeState(): Promise<void>;
  open(): void | Promise<void>;
  /** Before the barrier goes on: whatever must still be emitted or flushed. */
  prepareSnapshotPreBarrier(checkpointId: number): void | Promise<void>;
  /** The synchronous part of a checkpoint; the result writes what was fixed. */
  snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures;
  notifyCheckpointComplete(checkpointId: number): void | Promise<void>;
  notifyCheckpointAborted(checkpointId: number): void;
  /** While it gives a promise, the task takes no input: backpressure from within. */
  isAvailable(): Promise<void> | undefined;
  /** All input has ended and the last watermark was seen. */
  finish(): void | Promise<void>;
  close(): void | Promise<void>;
  /** True when a record that it emits may be part of its state, or be kept in another way. */
  readonly mayKeepWhatItEmits?: boolean;
  /** True when it may hold a record that it was given after the call is over. */
  readonly mayKeepWhatItIsGiven?: boolean;
}

/** One input of an operator. Between inputs there is no order. Flink: Input. */
export interface Input<IN> {
  processElement(value: IN, timestamp: number): void;
  /** Of this input alone: the smallest over its channels. */
  processWatermark(watermark: number): void;
  processWatermarkStatus(status: WatermarkStatus): void;
  processLatencyMarker(marker: LatencyMarker): void;
  /** For records that wait; none where that gains nothing, as with state in memory. */
  readonly lookAhead?: RecordLookAhead<IN, unknown> | undefined;
}

export interface OneInputStreamOperator<IN, OUT> extends StreamOperator<OUT>, Input<IN> {}

/**
 * An operator whose inputs have different types and are told apart. It combines their watermarks
 * itself, see `CombinedWatermarkStatus`. It is always the head of its chain.
 */
export interface TwoInputStreamOperator<IN1, IN2, OUT> extends StreamOperator<OUT> {
  processElement1(value: IN1, timestamp: number): void;
  processElement2(value: IN2, timestamp: number): void;
  processWatermark1(watermark: number): void;
  processWatermark2(watermark: number): void;
  processWatermarkStatus1(status: WatermarkStatus): void;
  processWatermarkStatus2(status: WatermarkStatus): void;
  /** Of either input. */
  processLatencyMarker(marker: LatencyMarker): void;
  readonly lookAhead1?: RecordLookAhead<IN1, unknown> | undefined;
  readonly lookAhead2?: RecordLookAhead<IN2, unknown> | undefined;
}

/** The asynchronous part of one operator's checkpoint. */
export interface OperatorSnapshotFutures {
  /** Writes everything; called once, while records go on. */
  write(): Promise<OperatorSubtaskState>;
  /** The checkpoint was aborted: what was kept for it is dropped. */
  cancel(): void;
}

/** Settings of a job that its functions see. Flink: ExecutionConfig. */
export interface ExecutionSettings {
  readonly objectReuseEnabled: boolean;
  readonly globalJobParameters: Readonly<Record<string, string>>;
}

/** What the task gives an operator. */
export interface StreamOperatorContext {
  readonly operatorId: string;
  readonly operatorName: string;
  /** For messages. */
  readonly operatorUid?: string | undefined;
  readonly jobInfo: JobInfo;
  readonly taskInfo: TaskInfo;
  /** What the program set for the whole job. */
  readonly execution: ExecutionSettings;
  /** Of the task: operators of one chain share it. */
  readonly accumulators: AccumulatorRegistry;
  readonly clock: Clock;
  /** Stands still while the task is backpressured, so that its inputs do not seem idle. */
  readonly inputActivityClock: RelativeClock;
  readonly metricGroup: MetricGroup;
  /** Of the task: operators of one chain share it. */
  readonly numFiredTimers: Counter;
  readonly processingTimeService: ProcessingTimeService;
  /** Where latencies are reported, and how often a source marks; none are measured without it. */
  readonly latency?: { readonly stats: LatencyStats; readonly intervalMs: number } | undefined;
  /** `pipeline.auto-watermark-interval`, 0 for never. */
  readonly autoWatermarkIntervalMs: number;
  /** In a batch all input is bounded, and there are no watermarks but the final one. */
  readonly batchExecution: BatchOperatorExecution | undefined;
  /**
   * True when states are declared and nothing else is to happen: no reader, writer or committer is
   * made, and nothing that is restored goes on. Functions are opened, as they declare state there.
   */
  readonly isRehearsal?: boolean;
  /** What the snapshot holds for this operator and subtask; `undefined` on a fresh start. */
  readonly restored:
    | {
        readonly checkpointId: number;
        /** True in the first attempt of a job, where it starts with this snapshot. */
        readonly startsJob: boolean;
        readonly state: OperatorRestoredState;
      }
    | undefined;
  /** Makes the keyed backend with this subtask's key groups, restored. */
  createKeyedStateBackend<K>(
    keyType: TypeInformation<K>,
    keyedAt?: string,
  ): Promise<KeyedStateBackend<K>>;
  /** Makes the operator state backend, restored. */
  createOperatorStateBackend(): Promise<OperatorStateBackend>;
  /** How accesses to keyed state are measured; they are not without it. */
  readonly stateLatency?: StateLatencyTracking | undefined;
  /** Only in a source task: the way to the source's enumerator. */
  readonly sourceCoordinator: SourceCoordinatorGateway | undefined;
  /** Fails the task from outside a call, e.g. from a promise that nobody awaits. */
  failTask(error: unknown): void;
  /** Runs `action` in the task's mailbox, between records. */
  executeInMailbox(action: () => void): void;
  /**
   * For an operator that waits in `finish` for work of its own: until the promise resolves, timers
   * and `executeInMailbox` actions of the task's operators run, and nothing else.
   *
   * Rejects when the task ends before that. Flink: MailboxExecutor.yield.
   */
  yieldUntil(done: Promise<void>): Promise<void>;
  /** True when checkpoints are taken, so that sinks wait for them to commit. */
  readonly checkpointingEnabled: boolean;
  /** Of the job's attempt. */
  readonly kvStates: KvStateLocationRegistry;
  /** Where the coordinators of sinks are in another thread; see `WriterInitContext`. */
  readonly sendToSinkCoordinator?: ((event: unknown) => Promise<void>) | undefined;
}

export interface BatchOperatorExecution {
  /** The input comes key after key, so state and timers of a key go when it is over. */
  readonly oneKeyAtATime: boolean;
}

export interface OperatorRestoredState {
  readonly hasKeyedState: boolean;
  readonly hasOperatorState: boolean;
}

/** Timers of the task, called back in its mailbox. Flink: ProcessingTimeService. */
export interface ProcessingTimeService {
  currentProcessingTime(): number;
  /** Calls back at `timestamp + 1` ms at the earliest, as Flink does. */
  registerTimer(timestamp: number, callback: (timestamp: number) => void): { cancel(): void };
}

/** What a source reader says to its enumerator. */
export interface SourceCoordinatorGateway {
  registerReader(subtask: number): void;
  sendSplitRequest(subtask: number): void;
  /** For watermark alignment; `MAX_TIMESTAMP` while the subtask is idle and once it has ended. */
  reportWatermark(subtask: number, watermark: number): void;
}
