/**
 * What all operators share: backends, the key of the record at hand, timers, metrics, snapshots.
 *
 * Invariants:
 * - A keyed operator has its keyed state backend from `initializeState` to `close`.
 * - The watermark goes on only after every event-time timer that it makes due has fired.
 * - `close` may be called at any point of the life, also twice, and frees what was made.
 *
 * Flink: AbstractStreamOperator.
 */
// Hot path.

import {
  ConfigError,
  type Counter,
  errorCode,
  type KeyedStateStore,
  type KeySelector,
  MAX_TIMESTAMP,
  MeterView,
  MIN_TIMESTAMP,
  type OutputTag,
  TaskError,
  type TypeInformation,
  Types,
  thrownText,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  type KeyedStateBackend,
  type OperatorStateBackend,
  withLatencyTracking,
  withTimeToLive,
} from '@millrace/state';
import { KeyAccessSampler } from '../live-state/key-access-sampler.ts';
import { BatchExecutionKeyedStateBackend } from './batch-execution-keyed-state-backend.ts';
import { functionIsAsync, isThenable } from './function-is-async.ts';
import { InternalTimerService, type Triggerable } from './internal-timer-service.ts';
import { describeRecord, type OptionalKeyedInputOptions } from './key-context.ts';
import { NamespacedStateStore, NoKeyedStateStore } from './keyed-state-stores.ts';
import type { LatencyMarker } from './latency-marker.ts';
import { OperatorSnapshot } from './operator-snapshot.ts';
import type { Output, WatermarkStatus } from './output.ts';
import { RecordLookAhead } from './record-look-ahead.ts';
import type {
  OperatorSnapshotFutures,
  StreamOperator,
  StreamOperatorContext,
} from './stream-operator.ts';

export interface StreamOperatorOptions<IN, K> extends OptionalKeyedInputOptions<IN, K> {
  /** For messages and metrics. */
  readonly name: string;
}

export abstract class AbstractStreamOperator<IN, OUT, K = unknown> implements StreamOperator<OUT> {
  readonly name: string;
  protected context!: StreamOperatorContext;
  protected output!: Output<OUT>;
  protected numRecordsIn!: Counter;
  protected numRecordsOut!: Counter;
  /** Set from `initializeState` on, in keyed operators. */
  protected keyedStateBackend: KeyedStateBackend<K> | undefined;
  protected operatorStateBackend: OperatorStateBackend | undefined;
  /** State of the current key without a namespace. */
  protected keyedStateStore!: KeyedStateStore;
  protected currentWatermark: number;
  /** From `initializeState` on, where the keyed state backend reads ahead. */
  lookAhead: RecordLookAhead<IN, K> | undefined;
  protected readonly keySelector: KeySelector<IN, K> | undefined;
  protected readonly keyType: TypeInformation<K> | undefined;
  private readonly keyedAt: string | undefined;
  /** While somebody asks which keys are hot. */
  private keySampler: KeyAccessSampler<K> | undefined;
  private readonly timerServices: InternalTimerService<K, unknown>[];
  private batchBackend: BatchExecutionKeyedStateBackend<K> | undefined;

  /** @throws ConfigError `INVALID_GRAPH` for a key selector without a key type, or the reverse */
  constructor(options: StreamOperatorOptions<IN, K>) {
    this.name = options.name;
    this.keyedStateBackend = undefined;
    this.operatorStateBackend = undefined;
    this.currentWatermark = MIN_TIMESTAMP;
    this.lookAhead = undefined;
    this.keySampler = undefined;
    this.keySelector = options.keySelector;
    this.keyType = options.keyType;
    this.keyedAt = options.keyedAt;
    this.timerServices = [];
    this.batchBackend = undefined;
    if ((this.keySelector === undefined) !== (this.keyType === undefined)) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `operator '${this.name}' has ${this.keySelector === undefined ? 'a key type but no key selector' : 'a key selector but no key type'}; give both`,
      );
    }
  }

  setup(context: StreamOperatorContext, output: Output<OUT>): void {
    this.context = context;
    this.output = output;
    this.numRecordsIn = context.metricGroup.counter('numRecordsIn');
    this.numRecordsOut = context.metricGroup.counter('numRecordsOut');
    context.metricGroup.meter('numRecordsInPerSecond', new MeterView(this.numRecordsIn));
    context.metricGroup.meter('numRecordsOutPerSecond', new MeterView(this.numRecordsOut));
    context.metricGroup.gauge('currentInputWatermark', () => this.currentWatermark);
  }

  async initializeState(): Promise<void> {
    if (this.keyType !== undefined) {
      const keyed = await this.context.createKeyedStateBackend(this.keyType, this.keyedAt);
      const backend = withTimeToLive(
        this.forExecution(keyed),
        this.context.processingTimeService,
        (queryableStateName, stateName) =>
          this.context.kvStates.register({
            queryableStateName,
            stateName,
            operatorId: this.context.operatorId,
            operatorName: this.name,
            subtask: this.context.taskInfo.indexOfThisSubtask,
            keyGroupRange: keyed.keyGroupRange,
          }),
      );
      this.keyedStateBackend = this.measured(backend);
      this.lookAhead = this.lookAheadOf(this.keySelector);
      this.keyedStateStore = new NamespacedStateStore(
        this.keyedStateBackend,
        Types.VOID_NAMESPACE,
        VOID_NAMESPACE,
      );
    } else {
      this.keyedStateStore = new NoKeyedStateStore(this.name);
    }
    // Restored operator state that the program no longer declares goes into the next snapshot too.
    if (this.usesOperatorState || this.context.restored?.state.hasOperatorState === true) {
      this.operatorStateBackend = await this.context.createOperatorStateBackend();
    }
  }

  /** Of an input with this key selector. */
  protected lookAheadOf<V>(
    selector: KeySelector<V, K> | undefined,
  ): RecordLookAhead<V, K> | undefined {
    const backend = this.keyedStateBackend?.lookAhead;
    return backend === undefined || selector === undefined
      ? undefined
      : new RecordLookAhead(selector, backend);
  }

  private measured(backend: KeyedStateBackend<K>): KeyedStateBackend<K> {
    const { stateLatency: tracking, clock, metricGroup: group } = this.context;
    return withLatencyTracking(backend, tracking && { tracking, clock, group });
  }

  /** A batch keeps the state of one key at a time; when it is over, its timers fire. */
  private forExecution(backend: KeyedStateBackend<K>): KeyedStateBackend<K> {
    if (this.context.batchExecution?.oneKeyAtATime !== true) {
      return backend;
    }
    this.batchBackend = new BatchExecutionKeyedStateBackend(backend, () => {
      for (const service of this.timerServices) {
        service.endKey();
      }
    });
    return this.batchBackend;
  }

  /** State in memory gives out its own objects, and functions emit them. */
  get mayKeepWhatItEmits(): boolean {
    return this.keyType !== undefined || this.usesOperatorState;
  }

  /** Functions put records into state as they were given them. */
  get mayKeepWhatItIsGiven(): boolean {
    return this.keyType !== undefined || this.usesOperatorState;
  }

  /** True when the operator itself keeps operator state. */
  protected get usesOperatorState(): boolean {
    return false;
  }

  open(): void | Promise<void> {}

  prepareSnapshotPreBarrier(_checkpointId: number): void | Promise<void> {}

  snapshotState(
    checkpointId: number,
    _checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    return new OperatorSnapshot(
      this.keyedStateBackend?.snapshot(checkpointId, streams),
      this.operatorStateBackend?.snapshot(checkpointId, streams),
    );
  }

  notifyCheckpointComplete(checkpointId: number): void | Promise<void> {
    this.keyedStateBackend?.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.keyedStateBackend?.notifyCheckpointAborted(checkpointId);
  }

  isAvailable(): Promise<void> | undefined {
    return undefined;
  }

  /** Over all keys; for tests. */
  get numberOfEventTimeTimers(): number {
    return this.timerServices.reduce((sum, service) => sum + service.numberOfEventTimeTimers, 0);
  }

  /** Over all keys; for tests. */
  get numberOfProcessingTimeTimers(): number {
    return this.timerServices.reduce(
      (sum, service) => sum + service.numberOfProcessingTimeTimers,
      0,
    );
  }

  /** Processing-time timers that are still pending are dropped. */
  finish(): void | Promise<void> {
    for (const service of this.timerServices) {
      service.stop();
    }
  }

  async close(): Promise<void> {
    for (const service of this.timerServices) {
      service.stop();
    }
    const keyed = this.keyedStateBackend;
    const operator = this.operatorStateBackend;
    this.keyedStateBackend = undefined;
    this.lookAhead = undefined;
    this.operatorStateBackend = undefined;
    operator?.dispose();
    await keyed?.dispose();
  }

  processWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    if (this.batchBackend !== undefined && watermark === MAX_TIMESTAMP) {
      this.batchBackend.endCurrentKey();
    }
    for (let i = 0; i < this.timerServices.length; i++) {
      (this.timerServices[i] as InternalTimerService<K, unknown>).advanceWatermark(watermark);
    }
    this.output.emitWatermark(watermark);
  }

  processWatermarkStatus(status: WatermarkStatus): void {
    this.output.emitWatermarkStatus(status);
  }

  processLatencyMarker(marker: LatencyMarker): void {
    this.context.latency?.stats.reportLatency(marker, this.context.clock.now());
    this.output.emitLatencyMarker(marker);
  }

  /**
   * Makes the key of `value` the current one; nothing in an operator without keys.
   *
   * @throws ConfigError `KEY_UNDEFINED`
   * @throws TaskError `VALUE_NOT_SERIALIZABLE` for the record `undefined`, which on the way to another thread
   *   is refused too: to add it to a state would clear that
   */
  protected setKeyContextElement(value: IN): void {
    if (this.keyedStateBackend !== undefined) {
      this.setCurrentKeyOf(value, this.keySelector as KeySelector<IN, K>);
    }
  }

  /** As `setKeyContextElement`, for one of several inputs. */
  protected setCurrentKeyOf<V>(value: V, selector: KeySelector<V, K>): void {
    if (value === undefined) {
      throw this.recordUndefined();
    }
    const key = selector(value);
    if (key === undefined || key === null) {
      throw this.keyUndefined(key, value);
    }
    if (isThenable(key)) {
      throw functionIsAsync(key, { operatorName: this.name, call: 'the key selector' });
    }
    const sampler = this.keySampler;
    if (sampler !== undefined && --sampler.left < 0) {
      sampler.sample(key);
    }
    (this.keyedStateBackend as KeyedStateBackend<K>).setCurrentKey(key);
  }

  get queriedState(): KeyedStateBackend<unknown> | undefined {
    return this.keyedStateBackend as KeyedStateBackend<unknown> | undefined;
  }

  get queriedOperatorState(): OperatorStateBackend | undefined {
    return this.operatorStateBackend;
  }

  watchKeyAccesses(on: boolean): KeyAccessSampler<unknown> | undefined {
    const { keyedStateBackend: backend } = this;
    this.keySampler =
      on && backend !== undefined
        ? (this.keySampler ?? new KeyAccessSampler(backend.keySerializer))
        : undefined;
    return this.keySampler as KeyAccessSampler<unknown> | undefined;
  }

  protected emit(value: OUT, timestamp: number): void {
    this.numRecordsOut.inc();
    this.output.collect(value, timestamp);
  }

  emitSideOutput<X>(tag: OutputTag<X>, value: X, timestamp: number): void {
    this.numRecordsOut.inc();
    this.output.collectSide(tag, value, timestamp);
  }

  /** A timer service of this operator; call it in `open`. It sees each watermark. */
  protected createTimerService<N>(
    name: string,
    namespaceType: TypeInformation<N>,
    triggerTarget: Triggerable<K, N>,
  ): InternalTimerService<K, N> {
    const service = new InternalTimerService<K, N>({
      name,
      namespaceType,
      backend: this.keyedStateBackend as KeyedStateBackend<K>,
      processingTimeService: this.context.processingTimeService,
      triggerTarget,
      numFiredTimers: this.context.numFiredTimers,
      keyByKey: this.batchBackend !== undefined,
    });
    this.timerServices.push(service as InternalTimerService<K, unknown>);
    return service;
  }

  /**
   * What to throw when a function of the program threw: errors of ours, also those of operators
   * further down the chain, go on as they are.
   */
  protected userFunctionFailed(error: unknown, where: string, what = 'a function'): unknown {
    if (errorCode(error) !== undefined) {
      return error;
    }
    return new TaskError(
      'USER_FUNCTION_FAILED',
      `${what} of operator ${this.nameWithSubtask} threw ${where}: ${thrownText(error)}`,
      { cause: error },
    );
  }

  /** For messages: `'sum' (uid 'sum-1', subtask 2/4)`. */
  protected get nameWithSubtask(): string {
    const { operatorUid, taskInfo } = this.context;
    const { indexOfThisSubtask, numberOfParallelSubtasks } = taskInfo;
    const uid = operatorUid === undefined ? '' : `uid '${operatorUid}', `;
    return `'${this.name}' (${uid}subtask ${indexOfThisSubtask + 1}/${numberOfParallelSubtasks})`;
  }

  /**
   * @param value - the record that was being processed
   * @param what - what threw; any function without it
   */
  protected recordFailed(error: unknown, value: IN, timestamp: number, what?: string): unknown {
    const { keySelector } = this;
    return this.recordOfInputFailed(error, value, { timestamp, keySelector, what });
  }

  /** For operators with several inputs: the key selector is that of the record's input. */
  protected recordOfInputFailed<V>(
    error: unknown,
    value: V,
    of: {
      readonly timestamp: number;
      readonly keySelector: KeySelector<V, K> | undefined;
      readonly what?: string | undefined;
    },
  ): unknown {
    if (errorCode(error) !== undefined) {
      return error;
    }
    const { timestamp, keySelector, what } = of;
    const key = keySelector === undefined ? '' : `, key ${describeKey(value, keySelector)}`;
    const time = timestamp === MIN_TIMESTAMP ? 'no timestamp' : `timestamp ${timestamp}`;
    const where = `at the record ${describeRecord(value)} (${time}${key})`;
    return this.userFunctionFailed(error, where, what);
  }

  /** @param time - of the timer that was firing; its key is the current one */
  protected timerFailed(error: unknown, time: number): unknown {
    const key = describeRecord(this.keyedStateBackend?.currentKey);
    return this.userFunctionFailed(error, `at a timer (timestamp ${time}, key ${key})`);
  }

  private recordUndefined(): TaskError {
    return new TaskError(
      'VALUE_NOT_SERIALIZABLE',
      `operator ${this.nameWithSubtask} got the record undefined, as a function before keyBy returned nothing for some ` +
        'record: return what is to go on, and leave out others by filter() or flatMap()',
    );
  }

  private keyUndefined(key: K, value: unknown): ConfigError {
    const place = this.keyedAt === undefined ? '' : ` at ${this.keyedAt}`;
    return new ConfigError(
      'KEY_UNDEFINED',
      `the key selector of operator ${this.nameWithSubtask}${place} gave ${key} for the record ${describeRecord(value)}; give each record a key, or filter such records out before keyBy`,
    );
  }
}

function describeKey<V, K>(value: V, keySelector: KeySelector<V, K>): string {
  try {
    return describeRecord(keySelector(value));
  } catch (error) {
    return `unknown because its selector threw: ${thrownText(error)}`;
  }
}
