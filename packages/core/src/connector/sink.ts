/**
 * An output. With a committer it is exactly once: what a writer prepared before a checkpoint is
 * committed after the checkpoint completed, again after a failure if need be.
 *
 * Flink: Sink V2, org.apache.flink.api.connector.sink2.
 */
import type { MetricGroup } from '../metrics/metrics.ts';
import type { SimpleVersionedSerializer } from '../serialization/simple-versioned-serializer.ts';
import type { Clock } from '../time/clock.ts';

export interface Sink<T, WriterStateT = never, CommT = never> {
  createWriter(
    context: WriterInitContext,
  ): SinkWriter<T, WriterStateT, CommT> | Promise<SinkWriter<T, WriterStateT, CommT>>;
  /** With state of this and, after a change of parallelism, of other subtasks' writers. */
  restoreWriter?(
    context: WriterInitContext,
    states: readonly WriterStateT[],
  ): SinkWriter<T, WriterStateT, CommT> | Promise<SinkWriter<T, WriterStateT, CommT>>;
  readonly writerStateSerializer?: SimpleVersionedSerializer<WriterStateT>;
  createCommitter?(): Committer<CommT> | Promise<Committer<CommT>>;
  readonly committableSerializer?: SimpleVersionedSerializer<CommT>;
  /** Of a sink whose output is wanted in the thread of the program, wherever its writers run. */
  readonly coordinator?: SinkCoordinator;
}

/**
 * The part of a sink that is in the thread of the program. Writers of the same thread may reach it as
 * they like; those of others send it events.
 *
 * Flink: OperatorCoordinator, as of CollectSinkOperatorCoordinator.
 */
export interface SinkCoordinator {
  /**
   * In the order in which the writer sent them; none of an attempt that is over.
   *
   * @param event - as a structured clone makes it
   */
  handleWriterEvent(subtask: number, event: unknown): void;
  /** Events that bring another coordinator to where this one is. */
  replay(): readonly { readonly subtask: number; readonly event: unknown }[];
}

export interface WriterInitContext {
  readonly subtaskId: number;
  readonly numberOfParallelSubtasks: number;
  /** `undefined` on a fresh start. */
  readonly restoredCheckpointId: number | undefined;
  readonly clock: Clock;
  readonly metricGroup: MetricGroup;
  /**
   * Set where the sink's coordinator is in another thread: takes what a structured clone takes, and
   * resolves once the coordinator has it.
   *
   * @throws TaskError `VALUE_NOT_SERIALIZABLE`
   */
  readonly sendToCoordinator?: ((event: unknown) => Promise<void>) | undefined;
}

export interface SinkWriterContext {
  /** `undefined` for a record without one. */
  timestamp(): number | undefined;
  currentWatermark(): number;
}

export interface SinkWriter<T, WriterStateT = never, CommT = never> {
  write(element: T, context: SinkWriterContext): void;
  /** While it gives a promise, no record is written: backpressure. */
  isAvailable?(): Promise<void> | undefined;
  /** Makes everything written so far part of what is snapshotted or committed next. */
  flush(endOfInput: boolean): void | Promise<void>;
  /** Called after `flush`, before `snapshotState`. */
  prepareCommit?(): CommT[] | Promise<CommT[]>;
  snapshotState?(checkpointId: number): WriterStateT[];
  close(): void | Promise<void>;
}

/** Committing twice must be harmless: after a failure it happens. */
export interface Committer<CommT> {
  commit(requests: readonly CommitRequest<CommT>[]): void | Promise<void>;
  close(): void | Promise<void>;
}

export interface CommitRequest<CommT> {
  readonly committable: CommT;
  readonly numberOfRetries: number;
  retryLater(): void;
  signalAlreadyCommitted(): void;
  /** Logged and dropped. */
  signalFailedWithKnownReason(error: unknown): void;
  /** Fails the task. */
  signalFailedWithUnknownReason(error: unknown): void;
}
