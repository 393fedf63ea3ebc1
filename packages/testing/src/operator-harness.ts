/**
 * Runs one operator with the heap backend and a clock that stands still until it is told to move.
 *
 * Invariants:
 * - The operator goes through the life that a task gives it; nothing of it is replaced.
 * - `snapshot` gives what a new harness restores, also with another parallelism.
 *
 * Flink: OneInputStreamOperatorTestHarness, TwoInputStreamOperatorTestHarness and their keyed kinds: our
 * operators know their key selectors themselves.
 */
import {
  AccumulatorRegistry,
  ConfigError,
  GenericMetricGroup,
  type KeyGroupRange,
  keyGroupRangeForOperatorIndex,
  type ListStateDescriptor,
  type MapStateDescriptor,
  MIN_TIMESTAMP,
  type OutputTag,
  type StateDescriptor,
  type TypeInformation,
} from '@millrace/core';
import {
  AbstractStreamOperator,
  KvStateLocationRegistry,
  type LatencyMarker,
  type OneInputStreamOperator,
  type Output,
  type SourceCoordinatorGateway,
  type StreamOperator,
  type StreamOperatorContext,
  type TwoInputStreamOperator,
  type WatermarkStatus,
} from '@millrace/runtime';
import {
  createOperatorStateBackend,
  type KeyedStateBackend,
  type KeyedStateHandle,
  type OperatorStateBackend,
  type OperatorStateHandle,
  type OperatorSubtaskState,
  type StateBackend,
  withTimeToLive,
} from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { emptyContents, type StateContents, stateByKey } from './harness-state.ts';
import { MemoryStreams, openMemoryHandle } from './operator-harness-streams.ts';
import { HarnessTime } from './operator-harness-time.ts';

/** What an operator emitted, in order. */
export type OutputEvent<OUT> =
  | { readonly value: OUT; readonly timestamp: number }
  | { readonly watermark: number }
  | { readonly status: WatermarkStatus };

/** More than any chain of promises in an operator is long. */
const SETTLING_TURNS = 50;

export interface OperatorHarnessOptions {
  readonly subtask?: number;
  readonly parallelism?: number;
  /** 128 when it is left out. */
  readonly maxParallelism?: number;
  /** Where the clock stands; 0 when it is left out. */
  readonly processingTime?: number;
  /** 200 ms when it is left out; 0 for never. */
  readonly autoWatermarkIntervalMs?: number;
  /** True to run the operator as a batch does: give it its input key after key. */
  readonly batchExecution?: boolean;
  readonly checkpointingEnabled?: boolean;
  /** Snapshots of all subtasks of the run before. */
  readonly restored?: readonly HarnessSnapshot[];
  /** True where the job starts with these snapshots; else it has taken them. */
  readonly startsJob?: boolean;
  readonly sourceCoordinator?: SourceCoordinatorGateway;
  /** Of keyed state; on the heap when it is left out. */
  readonly stateBackend?: StateBackend;
}

export interface HarnessSnapshot {
  readonly checkpointId: number;
  readonly state: OperatorSubtaskState;
}

export class OperatorTestHarness<OUT, O extends StreamOperator<OUT>> {
  readonly operator: O;
  readonly time: HarnessTime;
  readonly metrics: GenericMetricGroup;
  readonly accumulators: AccumulatorRegistry = new AccumulatorRegistry();
  /** Everything emitted to the main output. */
  readonly output: OutputEvent<OUT>[];
  /** Latency markers that went on. */
  readonly latencyMarkers: LatencyMarker[];
  /** Errors that were reported from outside a call. */
  readonly failures: unknown[];
  /** Where the operator made states known to be queried. */
  readonly kvStates: KvStateLocationRegistry;
  private readonly options: OperatorHarnessOptions;
  private readonly keyGroupRange: KeyGroupRange;
  private readonly sideOutputs: Map<string, { value: unknown; timestamp: number }[]>;
  private keyedBackend: KeyedStateBackend<unknown> | undefined;
  private operatorBackend: OperatorStateBackend | undefined;
  private readonly failed: Promise<never>;
  private closed = false;
  private fail: (error: unknown) => void = () => {};

  private constructor(operator: O, options: OperatorHarnessOptions) {
    this.operator = operator;
    this.options = options;
    this.time = new HarnessTime(options.processingTime ?? 0);
    this.metrics = new GenericMetricGroup('operator');
    this.output = [];
    this.latencyMarkers = [];
    this.failures = [];
    this.kvStates = new KvStateLocationRegistry();
    this.keyGroupRange = keyGroupRangeForOperatorIndex(this.subtask, {
      parallelism: this.parallelism,
      maxParallelism: this.maxParallelism,
    });
    this.sideOutputs = new Map();
    this.keyedBackend = undefined;
    this.operatorBackend = undefined;
    this.failed = new Promise((_resolve, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {}); // Most tests never wait for it.
  }

  /** Sets the operator up, restores it and opens it. */
  static async open<OUT, O extends StreamOperator<OUT>>(
    operator: O & StreamOperator<OUT>,
    options: OperatorHarnessOptions = {},
  ): Promise<OperatorTestHarness<OUT, O>> {
    const harness = new OperatorTestHarness<OUT, O>(operator, options);
    operator.setup(harness.context(), harness.recordingOutput());
    await operator.initializeState();
    await operator.open();
    return harness;
  }

  /** Records emitted to the main output, without watermarks and statuses. */
  get records(): { value: OUT; timestamp: number }[] {
    return this.output.filter((event) => 'value' in event);
  }

  get values(): OUT[] {
    return this.records.map((record) => record.value);
  }

  get watermarks(): number[] {
    return this.output.flatMap((event) => ('watermark' in event ? [event.watermark] : []));
  }

  get statuses(): WatermarkStatus[] {
    return this.output.flatMap((event) => ('status' in event ? [event.status] : []));
  }

  sideOutput<X>(tag: OutputTag<X>): { value: X; timestamp: number }[] {
    return (this.sideOutputs.get(tag.id) ?? []) as { value: X; timestamp: number }[];
  }

  /** Timers that wait, over all keys. */
  get numberOfEventTimeTimers(): number {
    const operator: unknown = this.operator;
    return operator instanceof AbstractStreamOperator ? operator.numberOfEventTimeTimers : 0;
  }

  get numberOfProcessingTimeTimers(): number {
    const operator: unknown = this.operator;
    return operator instanceof AbstractStreamOperator ? operator.numberOfProcessingTimeTimers : 0;
  }

  /** Entries of keyed state, for tests of cleaning up. */
  get numberOfStateEntries(): number {
    return this.keyedBackend?.numberOfEntries ?? 0;
  }

  /**
   * What a state of the operator holds for `key`, as a plain value: see `StateContents`. Declare it as
   * the function does.
   *
   * @throws ConfigError `STATE_NAME_CONFLICT` for another type than the function's
   */
  keyedState<D extends StateDescriptor>(key: unknown, descriptor: D): StateContents<D> {
    return this.stateByKey(descriptor).get(key) ?? emptyContents(descriptor);
  }

  /** The same for each key that has some: `new Map([['a', 1]])`. Keys that are objects are those of the first record. */
  stateByKey<D extends StateDescriptor>(descriptor: D): Map<unknown, StateContents<D>> {
    const backend = this.keyedBackend;
    return backend === undefined
      ? new Map()
      : stateByKey(withTimeToLive(backend, this.time), descriptor);
  }

  /** The items of a split or union list of this subtask. */
  operatorListState<T>(descriptor: ListStateDescriptor<T>): T[] {
    return [...(this.operatorBackend?.getListState(descriptor).get() ?? [])];
  }

  broadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): Map<K, V> {
    return new Map(this.operatorBackend?.getBroadcastState(descriptor).immutableEntries() ?? []);
  }

  processElement<IN>(
    this: OperatorTestHarness<OUT, O & OneInputStreamOperator<IN, OUT>>,
    value: IN,
    timestamp: number = MIN_TIMESTAMP,
  ): void {
    this.running.processElement(value, timestamp);
  }

  processWatermark<IN>(
    this: OperatorTestHarness<OUT, O & OneInputStreamOperator<IN, OUT>>,
    watermark: number,
  ): void {
    this.running.processWatermark(watermark);
  }

  processElement1<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    value: IN1,
    timestamp: number = MIN_TIMESTAMP,
  ): void {
    this.running.processElement1(value, timestamp);
  }

  processElement2<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    value: IN2,
    timestamp: number = MIN_TIMESTAMP,
  ): void {
    this.running.processElement2(value, timestamp);
  }

  processWatermark1<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    watermark: number,
  ): void {
    this.running.processWatermark1(watermark);
  }

  processWatermark2<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    watermark: number,
  ): void {
    this.running.processWatermark2(watermark);
  }

  processBothWatermarks<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    watermark: number,
  ): void {
    this.running.processWatermark1(watermark);
    this.running.processWatermark2(watermark);
  }

  processWatermarkStatus1<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    status: WatermarkStatus,
  ): void {
    this.running.processWatermarkStatus1(status);
  }

  processWatermarkStatus2<IN1, IN2>(
    this: OperatorTestHarness<OUT, O & TwoInputStreamOperator<IN1, IN2, OUT>>,
    status: WatermarkStatus,
  ): void {
    this.running.processWatermarkStatus2(status);
  }

  /**
   * Moves the clock; timers that become due are called back in order.
   *
   * @throws RangeError for a time before now
   */
  setProcessingTime(time: number): void {
    this.checkOpen();
    this.time.advanceTo(time);
  }

  /** Lets promises that are settled, and the operator's mail, have their turn. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) {
      await this.time.yieldTurn();
    }
  }

  /** Takes a whole checkpoint of the operator. */
  async snapshot(checkpointId: number): Promise<HarnessSnapshot> {
    await this.running.prepareSnapshotPreBarrier(checkpointId);
    const futures = this.running.snapshotState(checkpointId, this.time.now(), new MemoryStreams());
    return { checkpointId, state: await futures.write() };
  }

  async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    await this.running.notifyCheckpointComplete(checkpointId);
  }

  /** The end of a bounded input, as the task announces it after the final watermark. */
  async finish(): Promise<void> {
    await this.running.finish();
  }

  /** Whatever is called after it is refused; what was emitted can still be read. */
  async close(): Promise<void> {
    await this.operator.close();
    this.closed = true;
  }

  private get running(): O {
    this.checkOpen();
    return this.operator;
  }

  private checkOpen(): void {
    if (this.closed) {
      throw new ConfigError(
        'UNSUPPORTED',
        'the harness is closed; call close() last, and open a new harness to go on from a snapshot',
      );
    }
  }

  private get subtask(): number {
    return this.options.subtask ?? 0;
  }

  private get parallelism(): number {
    return this.options.parallelism ?? 1;
  }

  private get maxParallelism(): number {
    return this.options.maxParallelism ?? 128;
  }

  private runMail(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.failures.push(error);
      this.fail(error);
    }
  }

  private recordingOutput(): Output<OUT> {
    return {
      collect: (value, timestamp) => void this.output.push({ value, timestamp }),
      collectSide: (tag, value, timestamp) => {
        const records = this.sideOutputs.get(tag.id) ?? [];
        this.sideOutputs.set(tag.id, records);
        records.push({ value, timestamp });
      },
      emitWatermark: (watermark) => void this.output.push({ watermark }),
      emitWatermarkStatus: (status) => void this.output.push({ status }),
      emitLatencyMarker: (marker) => void this.latencyMarkers.push(marker),
    };
  }

  private context(): StreamOperatorContext {
    const { restored } = this.options;
    return {
      operatorId: '0'.repeat(32),
      operatorName: 'tested',
      jobInfo: { jobId: '0'.repeat(32), jobName: 'harness' },
      execution: { objectReuseEnabled: false, globalJobParameters: {} },
      accumulators: this.accumulators,
      taskInfo: {
        taskName: 'tested',
        taskNameWithSubtasks: `tested (${this.subtask + 1}/${this.parallelism})#0`,
        indexOfThisSubtask: this.subtask,
        numberOfParallelSubtasks: this.parallelism,
        maxNumberOfParallelSubtasks: this.maxParallelism,
        allocationId: `slot ${this.subtask}`,
        attemptNumber: 0,
      },
      clock: this.time,
      inputActivityClock: this.time,
      metricGroup: this.metrics,
      numFiredTimers: this.metrics.counter('numFiredTimers'),
      processingTimeService: this.time,
      autoWatermarkIntervalMs: this.options.autoWatermarkIntervalMs ?? 200,
      batchExecution: this.options.batchExecution ? { oneKeyAtATime: true } : undefined,
      restored:
        restored === undefined
          ? undefined
          : {
              checkpointId: restored[0]?.checkpointId ?? 0,
              startsJob: this.options.startsJob ?? false,
              state: {
                hasKeyedState: this.keyedHandles().length > 0,
                hasOperatorState: this.operatorHandles().length > 0,
              },
            },
      createKeyedStateBackend: (keyType) => this.createKeyedStateBackend(keyType),
      createOperatorStateBackend: () => this.createOperatorStateBackend(),
      sourceCoordinator: this.options.sourceCoordinator,
      failTask: (error) => void this.failures.push(error),
      executeInMailbox: (action) => queueMicrotask(() => this.runMail(action)),
      yieldUntil: (done) => Promise.race([done, this.failed]),
      checkpointingEnabled: this.options.checkpointingEnabled ?? true,
      kvStates: this.kvStates,
    };
  }

  private async createKeyedStateBackend<K>(
    keyType: TypeInformation<K>,
  ): Promise<KeyedStateBackend<K>> {
    const stateBackend = this.options.stateBackend ?? new HashMapStateBackend();
    const backend = await stateBackend.createKeyedStateBackend({
      operatorName: 'tested',
      keyType,
      numberOfKeyGroups: this.maxParallelism,
      keyGroupRange: this.keyGroupRange,
      stateHandles: this.keyedHandles(),
      openStateHandle: openMemoryHandle,
      clock: this.time,
      metricGroup: this.metrics,
      snapshotSliceMs: 5,
    });
    this.keyedBackend = backend as KeyedStateBackend<unknown>;
    return backend;
  }

  private async createOperatorStateBackend(): Promise<OperatorStateBackend> {
    this.operatorBackend = await createOperatorStateBackend({
      operatorName: 'tested',
      stateHandles: this.operatorHandles(),
      openStateHandle: openMemoryHandle,
    });
    return this.operatorBackend;
  }

  private keyedHandles(): KeyedStateHandle[] {
    return (this.options.restored ?? []).flatMap(({ state }) =>
      state.managedKeyedState === undefined ? [] : [state.managedKeyedState],
    );
  }

  private operatorHandles(): OperatorStateHandle[] {
    return (this.options.restored ?? []).flatMap(({ state }) =>
      state.managedOperatorState === undefined ? [] : [state.managedOperatorState],
    );
  }
}

/** A harness of an operator with two inputs, with keys or without: `OperatorTestHarness.open` makes it. */
export type TwoInputStreamOperatorTestHarness<IN1, IN2, OUT> = OperatorTestHarness<
  OUT,
  TwoInputStreamOperator<IN1, IN2, OUT>
>;
