/**
 * Hands records to a function whose results come later, and emits these in order or as they come.
 *
 * Invariants:
 * - At most `capacity` elements are in flight, watermarks between records included. What a batch
 *   brings beyond that waits here, in order, and the task takes no more input meanwhile.
 * - A record keeps its place among the watermarks. Idleness goes through at once, as in Flink.
 * - A snapshot holds exactly what was not emitted yet, in order; a restore calls the function for it
 *   again.
 * - The first result of a record counts. What comes later, or after the operator was closed, is
 *   ignored.
 * - Results are taken in the task's mailbox, never within the call that gives them.
 *
 * Flink: AsyncWaitOperator. State: `_async_wait_operator_state_`, a list of stream elements. Unlike
 * Flink, a timeout is final: what the function's `timeout` gives is not tried again.
 */
// Hot path.

import {
  type AsyncFunction,
  type AsyncRetryStrategy,
  errorCode,
  errorMessage,
  invariant,
  type ListState,
  ListStateDescriptor,
  MIN_TIMESTAMP,
  type PerSubtask,
  type StreamElement,
  StreamElementSerializer,
  TaskError,
  type Timer,
  type TypeInformation,
  thrownText,
} from '@millrace/core';
import type { CheckpointStreamFactory, OperatorStateBackend } from '@millrace/state';
import { AbstractUdfStreamOperator } from './abstract-udf-stream-operator.ts';
import {
  AsyncAttempt,
  type AsyncInvoker,
  type AttemptListener,
  asyncInvokerOf,
  invokeTimeout,
} from './async-attempt.ts';
import { describeRecord } from './key-context.ts';
import { NoKeyedStateStore } from './keyed-state-stores.ts';
import { OrderedStreamElementQueue } from './ordered-stream-element-queue.ts';
import {
  type QueueEmitter,
  type QueueEntry,
  RecordEntry,
  type StreamElementQueue,
  WatermarkEntry,
} from './stream-element-queue.ts';
import type { OneInputStreamOperator, OperatorSnapshotFutures } from './stream-operator.ts';
import { StreamingRuntimeContext } from './streaming-runtime-context.ts';
import { UnorderedStreamElementQueue } from './unordered-stream-element-queue.ts';

const STATE_NAME = '_async_wait_operator_state_';

/** Flink: AsyncDataStream.OutputMode. */
export type AsyncOutputMode = 'ordered' | 'unordered';

export interface AsyncWaitOperatorOptions<IN, OUT> {
  readonly name: string;
  readonly fn: AsyncFunction<IN, OUT> | PerSubtask<AsyncFunction<IN, OUT>>;
  readonly outputMode: AsyncOutputMode;
  /** From the first call of the function for a record to its result, retries included; 0 for ever. */
  readonly timeoutMs: number;
  readonly capacity: number;
  readonly retryStrategy: AsyncRetryStrategy<OUT> | undefined;
  /** Of the records in flight, for snapshots. */
  readonly inputType: TypeInformation<IN>;
}

export class AsyncWaitOperator<IN, OUT>
  extends AbstractUdfStreamOperator<AsyncFunction<IN, OUT>, IN, OUT>
  implements OneInputStreamOperator<IN, OUT>, QueueEmitter<IN, OUT>, AttemptListener<IN, OUT>
{
  private readonly timeoutMs: number;
  private readonly capacity: number;
  private readonly retryStrategy: AsyncRetryStrategy<OUT> | undefined;
  private readonly inputType: TypeInformation<IN>;
  private readonly invoke: AsyncInvoker<IN, OUT>;
  private readonly queue: StreamElementQueue<IN, OUT>;
  /** Came in while the queue was full. */
  private backlog: QueueEntry<IN, OUT>[];
  private readonly awaitingRetry: Set<RecordEntry<IN, OUT>>;
  private retriesDisabled: boolean;
  private isClosed: boolean;
  private state: ListState<StreamElement<IN>> | undefined;
  /** Completed since the mailbox last had its turn. */
  private completions: AsyncAttempt<IN, OUT>[];
  private readonly takeCompletions: () => void;
  private room: Promise<void> | undefined;
  private roomIsThere: () => void;
  private backlogAdmitted: (() => void) | undefined;
  private emptied: (() => void) | undefined;

  constructor(options: AsyncWaitOperatorOptions<IN, OUT>) {
    super(options);
    this.timeoutMs = options.timeoutMs;
    this.capacity = options.capacity;
    this.retryStrategy = options.retryStrategy;
    this.inputType = options.inputType;
    this.invoke = asyncInvokerOf(this.fn);
    this.queue =
      options.outputMode === 'ordered'
        ? new OrderedStreamElementQueue()
        : new UnorderedStreamElementQueue();
    this.backlog = [];
    this.awaitingRetry = new Set();
    this.retriesDisabled = false;
    this.isClosed = false;
    this.state = undefined;
    this.completions = [];
    this.takeCompletions = () => this.processCompletions();
    this.room = undefined;
    this.roomIsThere = () => {};
    this.backlogAdmitted = undefined;
    this.emptied = undefined;
  }

  protected override get usesOperatorState(): boolean {
    return true;
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    const backend = this.operatorStateBackend as OperatorStateBackend;
    this.state = backend.getListState(stateDescriptor(this.inputType));
    if (typeof this.fn === 'object') {
      const store = new NoKeyedStateStore(
        this.name,
        'keyed state is not supported in asynchronous functions; read it in a function before',
      );
      (this.fn as { runtimeContext?: unknown }).runtimeContext = new StreamingRuntimeContext(
        this.context,
        store,
      );
    }
  }

  override async open(): Promise<void> {
    await super.open();
    if (this.context.isRehearsal === true) {
      return;
    }
    // What follows in the chain is open already, so the results may go there.
    for (const element of (this.state as ListState<StreamElement<IN>>).get()) {
      if (element.kind === 'record') {
        this.add(new RecordEntry(element.value, element.timestamp));
      } else if (element.kind === 'watermark') {
        this.processWatermark(element.timestamp);
      } else {
        // Flink writes latency markers too; they measure an attempt that is over.
        invariant(element.kind === 'latency-marker', `no ${element.kind} is in flight`);
      }
    }
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    this.add(new RecordEntry(value, timestamp));
  }

  override processWatermark(watermark: number): void {
    this.currentWatermark = watermark;
    this.add(new WatermarkEntry(watermark));
    this.drain();
  }

  override isAvailable(): Promise<void> | undefined {
    if (this.hasRoom) {
      return undefined;
    }
    this.room ??= new Promise((resolve) => {
      this.roomIsThere = resolve;
    });
    return this.room;
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    const inFlight: StreamElement<IN>[] = [];
    for (const entry of this.notEmitted()) {
      const { kind, timestamp } = entry;
      inFlight.push(
        kind === 'record' ? { kind, timestamp, value: entry.value } : { kind, timestamp },
      );
    }
    this.state?.update(inFlight);
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  /**
   * Records that wait for a retry get their last try at once; then all results are awaited. What
   * found no room before the end, or has been completed before it, is retried as ever.
   */
  override async finish(): Promise<void> {
    this.processCompletions();
    if (this.backlog.length > 0) {
      const admitted = new Promise<void>((resolve) => {
        this.backlogAdmitted = resolve;
      });
      await this.context.yieldUntil(admitted);
      this.processCompletions();
    }
    this.retriesDisabled = true;
    for (const entry of this.awaitingRetry) {
      entry.retryTimer?.cancel();
      this.retry(entry);
    }
    if (!this.isEmpty) {
      const empty = new Promise<void>((resolve) => {
        this.emptied = resolve;
      });
      await this.context.yieldUntil(empty);
    }
    await super.finish();
  }

  override close(): Promise<void> {
    this.isClosed = true;
    return super.close();
  }

  /** For the attempts. */
  attemptCompleted(attempt: AsyncAttempt<IN, OUT>): void {
    if (!this.isClosed) {
      this.completions.push(attempt);
      if (this.completions.length === 1) {
        this.context.executeInMailbox(this.takeCompletions);
      }
    }
  }

  /** For the queue. */
  emitResults(entry: RecordEntry<IN, OUT>): void {
    const results = entry.results as readonly OUT[];
    for (let i = 0; i < results.length; i++) {
      this.emit(results[i] as OUT, entry.timestamp);
    }
  }

  /** For the queue. */
  emitQueuedWatermark(watermark: number): void {
    this.output.emitWatermark(watermark);
  }

  private get hasRoom(): boolean {
    return this.backlog.length === 0 && this.queue.size < this.capacity;
  }

  private get isEmpty(): boolean {
    return this.backlog.length === 0 && this.queue.size === 0;
  }

  private notEmitted(): QueueEntry<IN, OUT>[] {
    return [...this.queue.elements(), ...this.backlog];
  }

  private add(entry: QueueEntry<IN, OUT>): void {
    if (this.hasRoom) {
      this.admit(entry);
    } else {
      this.backlog.push(entry);
    }
  }

  private admit(entry: QueueEntry<IN, OUT>): void {
    this.queue.add(entry);
    if (entry.kind === 'record') {
      if (this.timeoutMs > 0) {
        entry.timeoutTimer = this.timerAfter(this.timeoutMs, () => this.timedOut(entry));
      }
      this.attempt(entry);
    }
  }

  private attempt(entry: RecordEntry<IN, OUT>): void {
    entry.attempts++;
    try {
      this.invoke(entry.value, new AsyncAttempt(entry, this));
    } catch (error) {
      throw this.recordFailed(error, entry.value, entry.timestamp);
    }
  }

  private retry(entry: RecordEntry<IN, OUT>): void {
    entry.retryTimer = undefined;
    this.awaitingRetry.delete(entry);
    this.attempt(entry);
  }

  private timedOut(entry: RecordEntry<IN, OUT>): void {
    this.processCompletions(); // Its result may have come, and wait for its turn in the mailbox.
    if (entry.results !== undefined) {
      return;
    }
    entry.isTimedOut = true;
    entry.retryTimer?.cancel();
    this.awaitingRetry.delete(entry);
    const attempt = new AsyncAttempt(entry, this);
    try {
      invokeTimeout(this.fn, attempt);
    } catch (error) {
      throw this.recordFailed(error, entry.value, entry.timestamp);
    }
  }

  private processCompletions(): void {
    const { completions } = this;
    if (this.isClosed || completions.length === 0) {
      return;
    }
    this.completions = [];
    for (let i = 0; i < completions.length; i++) {
      this.take(completions[i] as AsyncAttempt<IN, OUT>);
    }
    this.drain();
  }

  private take(attempt: AsyncAttempt<IN, OUT>): void {
    const { entry, results, error } = attempt;
    if (entry.results !== undefined) {
      return;
    }
    if (this.wantsRetry(attempt)) {
      const backoffMs = (this.retryStrategy as AsyncRetryStrategy<OUT>).getBackoffTimeMillis(
        entry.attempts,
      );
      this.awaitingRetry.add(entry);
      entry.retryTimer = this.timerAfter(backoffMs, () => this.retry(entry));
    } else if (results === undefined) {
      throw this.couldNotComplete(entry, error);
    } else {
      entry.timeoutTimer?.cancel();
      this.queue.complete(entry, results);
    }
  }

  private wantsRetry({ entry, results, error }: AsyncAttempt<IN, OUT>): boolean {
    const strategy = this.retryStrategy;
    if (strategy === undefined || this.retriesDisabled || entry.isTimedOut) {
      return false;
    }
    const { resultPredicate, exceptionPredicate } = strategy.retryPredicate;
    try {
      const isUnwanted =
        results === undefined ? exceptionPredicate?.(error) : resultPredicate?.(results);
      return isUnwanted === true && strategy.canRetry(entry.attempts);
    } catch (thrown) {
      throw this.recordFailed(thrown, entry.value, entry.timestamp);
    }
  }

  /** Emits what is complete and fills the room that it leaves. */
  private drain(): void {
    do {
      this.queue.emitCompleted(this);
    } while (this.admitFromBacklog());
    if (this.room !== undefined && this.hasRoom) {
      this.room = undefined;
      this.roomIsThere();
    }
    if (this.backlog.length === 0) {
      this.backlogAdmitted?.();
    }
    if (this.isEmpty) {
      this.emptied?.();
    }
  }

  /** @returns true when something was admitted: a watermark may be complete at once */
  private admitFromBacklog(): boolean {
    const room = this.capacity - this.queue.size;
    if (room <= 0 || this.backlog.length === 0) {
      return false;
    }
    const admitted = this.backlog.splice(0, room);
    for (let i = 0; i < admitted.length; i++) {
      this.admit(admitted[i] as QueueEntry<IN, OUT>);
    }
    return true;
  }

  private timerAfter(delayMs: number, callback: () => void): Timer {
    const timers = this.context.processingTimeService;
    return timers.registerTimer(timers.currentProcessingTime() + delayMs, callback);
  }

  private couldNotComplete(entry: RecordEntry<IN, OUT>, error: unknown): unknown {
    const code = errorCode(error);
    if (code !== undefined && code !== 'ASYNC_TIMEOUT') {
      return error;
    }
    const time =
      entry.timestamp === MIN_TIMESTAMP ? 'no timestamp' : `timestamp ${entry.timestamp}`;
    const why =
      code === undefined
        ? thrownText(error)
        : `${errorMessage(error)}; it had ${this.timeoutMs} ms; give it more, or give the function a timeout() of its own`;
    return new TaskError(
      code ?? 'USER_FUNCTION_FAILED',
      `operator ${this.nameWithSubtask} could not complete the record ${describeRecord(entry.value)} (${time}): ${why}`,
      { cause: error },
    );
  }
}

/** Names Flink's state; its type is the one that Flink writes too. */
function stateDescriptor<IN>(
  inputType: TypeInformation<IN>,
): ListStateDescriptor<StreamElement<IN>> {
  const serializer = new StreamElementSerializer(inputType.createSerializer());
  return new ListStateDescriptor<StreamElement<IN>>(STATE_NAME, {
    name: `StreamElement<${inputType.name}>`,
    isKeyType: false,
    createSerializer: () => serializer,
  });
}
