/**
 * Runs the writer of a sink and hands what it prepares to the committer.
 *
 * Invariants:
 * - Before a barrier goes on the writer has flushed, and what it prepared has been emitted under
 *   that checkpoint's id; at the end of input once more, with no later flush.
 * - The writer's state is taken after it prepared its committables.
 *
 * Flink: SinkWriterOperator. State: `writer_raw_states`.
 */
// Hot path.

import {
  ConfigError,
  errorCode,
  errorMessage,
  FatalError,
  type ListState,
  ListStateDescriptor,
  MIN_TIMESTAMP,
  type Sink,
  type SinkWriter,
  type SinkWriterContext,
  TaskError,
  Types,
  thrownText,
  type WriterInitContext,
} from '@millrace/core';
import type { CheckpointStreamFactory, OperatorStateBackend } from '@millrace/state';
import { AbstractStreamOperator, type StreamOperatorOptions } from './abstract-stream-operator.ts';
import { type Committables, END_OF_INPUT } from './committables.ts';
import { describeRecord } from './key-context.ts';
import { isMissingAtStart } from './missing-at-start.ts';
import type { OneInputStreamOperator, OperatorSnapshotFutures } from './stream-operator.ts';
import { fromVersionedBytes, toVersionedBytes } from './versioned-bytes.ts';

const WRITER_STATE = new ListStateDescriptor<Uint8Array>('writer_raw_states', Types.BYTE_ARRAY);

export interface SinkWriterOperatorOptions<IN, WriterStateT, CommT>
  extends StreamOperatorOptions<IN, unknown> {
  readonly sink: Sink<IN, WriterStateT, CommT>;
}

/** One per operator; it answers for the record that is being written. */
class WriterContext implements SinkWriterContext {
  elementTimestamp: number;
  watermark: number;

  constructor() {
    this.elementTimestamp = MIN_TIMESTAMP;
    this.watermark = MIN_TIMESTAMP;
  }

  timestamp(): number | undefined {
    return this.elementTimestamp === MIN_TIMESTAMP ? undefined : this.elementTimestamp;
  }

  currentWatermark(): number {
    return this.watermark;
  }
}

export class SinkWriterOperator<IN, WriterStateT, CommT>
  extends AbstractStreamOperator<IN, Committables<CommT>>
  implements OneInputStreamOperator<IN, Committables<CommT>>
{
  private readonly sink: Sink<IN, WriterStateT, CommT>;
  private readonly writerContext: WriterContext;
  private writer: SinkWriter<IN, WriterStateT, CommT> | undefined;
  private states: ListState<Uint8Array> | undefined;
  private endOfInput: boolean;

  constructor(options: SinkWriterOperatorOptions<IN, WriterStateT, CommT>) {
    super(options);
    this.sink = options.sink;
    this.writerContext = new WriterContext();
    this.endOfInput = false;
  }

  protected override get usesOperatorState(): boolean {
    return this.sink.writerStateSerializer !== undefined;
  }

  /** It emits what is to be committed; its state is bytes. */
  override get mayKeepWhatItEmits(): boolean {
    return false;
  }

  /** Writers collect records: batches, row groups, what a test looks at. */
  override get mayKeepWhatItIsGiven(): boolean {
    return true;
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    if (this.usesOperatorState) {
      const backend = this.operatorStateBackend as OperatorStateBackend;
      this.states = backend.getListState(WRITER_STATE);
    }
    if (this.context.isRehearsal !== true) {
      this.writer = await this.restoredWriter();
    }
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    this.writerContext.elementTimestamp = timestamp;
    try {
      (this.writer as SinkWriter<IN, WriterStateT, CommT>).write(value, this.writerContext);
    } catch (error) {
      throw this.sinkFailed(error, ` at the record ${describeRecord(value)}`);
    }
  }

  override processWatermark(watermark: number): void {
    this.writerContext.watermark = watermark;
    super.processWatermark(watermark);
  }

  override isAvailable(): Promise<void> | undefined {
    return this.writer?.isAvailable?.();
  }

  override async prepareSnapshotPreBarrier(checkpointId: number): Promise<void> {
    if (!this.endOfInput) {
      await this.flushAndEmit(checkpointId);
    }
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    const serializer = this.sink.writerStateSerializer;
    if (serializer !== undefined) {
      const states = this.writerStates(checkpointId);
      this.states?.update(states.map((state) => toVersionedBytes(serializer, state)));
    }
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  override async finish(): Promise<void> {
    await super.finish();
    this.endOfInput = true;
    await this.flushAndEmit(END_OF_INPUT);
  }

  override async close(): Promise<void> {
    const writer = this.writer;
    this.writer = undefined;
    try {
      await writer?.close();
    } finally {
      await super.close();
    }
  }

  private async flushAndEmit(checkpointId: number): Promise<void> {
    const writer = this.writer as SinkWriter<IN, WriterStateT, CommT>;
    await this.guarded(() => writer.flush(checkpointId === END_OF_INPUT));
    const committables = await this.guarded(() => writer.prepareCommit?.());
    if (committables !== undefined && committables.length > 0) {
      const { indexOfThisSubtask, numberOfParallelSubtasks } = this.context.taskInfo;
      const message: Committables<CommT> = {
        checkpointId,
        subtaskId: indexOfThisSubtask,
        numberOfSubtasks: numberOfParallelSubtasks,
        committables,
      };
      this.emit(message, MIN_TIMESTAMP);
    }
  }

  private makeWriter(): ReturnType<Sink<IN, WriterStateT, CommT>['createWriter']> {
    const { restored, taskInfo, clock, metricGroup, sendToSinkCoordinator } = this.context;
    const context: WriterInitContext = {
      subtaskId: taskInfo.indexOfThisSubtask,
      numberOfParallelSubtasks: taskInfo.numberOfParallelSubtasks,
      restoredCheckpointId: restored?.checkpointId,
      clock,
      metricGroup,
      sendToCoordinator: sendToSinkCoordinator,
    };
    const serializer = this.sink.writerStateSerializer;
    if (restored === undefined || serializer === undefined) {
      return this.sink.createWriter(context);
    }
    if (this.sink.restoreWriter === undefined) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `the sink '${this.name}' has a writerStateSerializer but no restoreWriter; give both or neither`,
      );
    }
    const states: WriterStateT[] = [];
    for (const bytes of this.states?.get() ?? []) {
      states.push(fromVersionedBytes(serializer, bytes));
    }
    return this.sink.restoreWriter(context, states);
  }

  private async restoredWriter(): Promise<SinkWriter<IN, WriterStateT, CommT>> {
    try {
      return await this.makeWriter();
    } catch (error) {
      if (errorCode(error) !== 'SINK_FAILED') {
        throw this.sinkFailed(error, '');
      }
      const ErrorClass = isMissingAtStart(error, this.context) ? FatalError : TaskError;
      const message = `sink ${this.nameWithSubtask}: ${errorMessage(error)}`;
      throw new ErrorClass('SINK_FAILED', message, { cause: error });
    }
  }

  private writerStates(checkpointId: number): WriterStateT[] {
    try {
      return this.writer?.snapshotState?.(checkpointId) ?? [];
    } catch (error) {
      throw this.sinkFailed(error, ` in snapshotState of checkpoint ${checkpointId}`);
    }
  }

  private async guarded<R>(call: () => R | Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      throw this.sinkFailed(error, '');
    }
  }

  private sinkFailed(error: unknown, where: string): unknown {
    if (errorCode(error) !== undefined) {
      return error;
    }
    return new TaskError(
      'SINK_FAILED',
      `the writer of sink ${this.nameWithSubtask} threw${where}: ${thrownText(error)}`,
      { cause: error },
    );
  }
}
