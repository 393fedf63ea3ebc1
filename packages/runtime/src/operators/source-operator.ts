/**
 * Runs the reader of a source, the head of a source task.
 *
 * Invariants:
 * - The splits of the reader are in every checkpoint, each at the position after the last record
 *   that was emitted; after a restore the reader gets them before it starts.
 * - After the end of input no watermark comes from here any more but the final one, when the task
 *   asks for it; the stream is active then.
 * - A split that the reader was given holds the watermark back before its first record too.
 *
 * Flink: SourceOperator. State: `SourceReaderState`, a list of versioned bytes.
 */
// Hot path.

import {
  type EventTimeStrategy,
  errorCode,
  type InputStatus,
  type ListState,
  ListStateDescriptor,
  MAX_TIMESTAMP,
  PausableRelativeClock,
  type Source,
  type SourceReader,
  type SourceSplit,
  TaskError,
  Types,
  thrownText,
} from '@millrace/core';
import type { CheckpointStreamFactory, OperatorStateBackend } from '@millrace/state';
import { AbstractStreamOperator } from './abstract-stream-operator.ts';
import { PeriodicTimer } from './periodic-timer.ts';
import { SourceLag } from './source-lag.ts';
import type { SourceStreamOperator } from './source-operator-contract.ts';
import { type RecordTarget, SourceOutputs, type SplitWatermarkListener } from './source-outputs.ts';
import {
  type AlignedSource,
  AlignmentTarget,
  SourceWatermarkAlignment,
} from './source-watermark-alignment.ts';
import type { OperatorSnapshotFutures, SourceCoordinatorGateway } from './stream-operator.ts';
import { executedStrategy } from './timestamps-and-watermarks-operator.ts';
import { fromVersionedBytes, toVersionedBytes } from './versioned-bytes.ts';
import { NO_WATERMARKS, WatermarkEmitter, type WatermarkTarget } from './watermark-emitter.ts';

const SPLITS_STATE = new ListStateDescriptor<Uint8Array>('SourceReaderState', Types.BYTE_ARRAY);

export interface SourceOperatorOptions<T, SplitT extends SourceSplit> {
  readonly name: string;
  readonly source: Source<T, SplitT, unknown>;
  readonly watermarkStrategy: EventTimeStrategy<T>;
  /** `pipeline.watermark-alignment.allow-unaligned-source-splits`. */
  readonly allowUnalignedSourceSplits?: boolean;
}

export class SourceOperator<T, SplitT extends SourceSplit>
  extends AbstractStreamOperator<T, T>
  implements SourceStreamOperator<T>, RecordTarget<T>, AlignedSource, SplitWatermarkListener
{
  private readonly source: Source<T, SplitT, unknown>;
  private readonly watermarkStrategy: EventTimeStrategy<T>;
  private reader: SourceReader<T, SplitT> | undefined;
  private watermarks!: WatermarkEmitter;
  private outputs!: SourceOutputs<T>;
  private splits!: ListState<Uint8Array>;
  private periodicEmit: PeriodicTimer | undefined;
  activityClock!: PausableRelativeClock;
  /** Only where the strategy asks for it. */
  private readonly alignment: SourceWatermarkAlignment | undefined;
  private periodicReport: PeriodicTimer | undefined;
  /** Only where latency is measured. */
  private latencyMarkers: PeriodicTimer | undefined;
  private lag!: SourceLag;

  constructor(options: SourceOperatorOptions<T, SplitT>) {
    super({ name: options.name });
    this.source = options.source;
    this.watermarkStrategy = options.watermarkStrategy;
    this.alignment =
      options.watermarkStrategy.alignmentParameters === undefined
        ? undefined
        : new SourceWatermarkAlignment(this, options.allowUnalignedSourceSplits ?? false);
  }

  protected override get usesOperatorState(): boolean {
    return true;
  }

  /** The state is bytes of splits. */
  override get mayKeepWhatItEmits(): boolean {
    return false;
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    const { context } = this;
    this.splits = (this.operatorStateBackend as OperatorStateBackend).getListState(SPLITS_STATE);
    if (context.isRehearsal === true) {
      return;
    }
    this.activityClock = new PausableRelativeClock(context.inputActivityClock);
    this.watermarks = new WatermarkEmitter(
      context.batchExecution === undefined ? this.watermarkTarget() : NO_WATERMARKS,
    );
    this.lag = new SourceLag(context.metricGroup, {
      clock: context.clock,
      numRecords: this.numRecordsOut,
      currentWatermark: () => this.watermarks.lastEmitted,
    });
    this.outputs = new SourceOutputs({
      watermarkStrategy: executedStrategy(this.watermarkStrategy, context),
      metricGroup: context.metricGroup,
      activityClock: this.activityClock,
      watermarks: this.watermarks,
      records: this,
      splitListener: this,
    });
    this.setUpAlignment();
    this.periodicEmit = new PeriodicTimer(
      context.processingTimeService,
      context.autoWatermarkIntervalMs,
      () => this.emitPeriodicWatermark(),
    );
    this.latencyMarkers = new PeriodicTimer(
      context.processingTimeService,
      context.latency?.intervalMs ?? 0,
      () => this.emitLatencyMarker(),
    );
    const { indexOfThisSubtask, numberOfParallelSubtasks } = context.taskInfo;
    this.reader = this.source.createReader({
      indexOfSubtask: indexOfThisSubtask,
      currentParallelism: numberOfParallelSubtasks,
      clock: context.clock,
      metricGroup: context.metricGroup,
      sendSplitRequest: () => this.coordinator.sendSplitRequest(indexOfThisSubtask),
    });
  }

  override open(): void {
    if (this.context.isRehearsal === true) {
      return;
    }
    const reader = this.reader as SourceReader<T, SplitT>;
    const restored: SplitT[] = [];
    for (const bytes of this.splits.get()) {
      restored.push(fromVersionedBytes(this.source.splitSerializer, bytes));
    }
    if (restored.length > 0) {
      this.addSplits(restored);
    }
    this.coordinator.registerReader(this.context.taskInfo.indexOfThisSubtask);
    reader.start();
    this.periodicEmit?.start();
    this.periodicReport?.start();
    this.latencyMarkers?.startNow();
  }

  emitNext(maxRecords: number): InputStatus {
    const { alignment } = this;
    if (alignment === undefined) {
      return this.poll(maxRecords);
    }
    // One record at a time, since any of them may bring the watermark too far.
    for (let i = 0; i < maxRecords; i++) {
      if (alignment.whenAllowed !== undefined) {
        return 'nothing-available';
      }
      const status = this.poll(1);
      if (status !== 'more-available') {
        return status;
      }
    }
    return 'more-available';
  }

  isInputAvailable(): Promise<void> {
    return this.alignment?.whenAllowed ?? (this.reader as SourceReader<T, SplitT>).isAvailable();
  }

  emitFinalWatermark(): void {
    this.watermarks.markActive();
    // Past the alignment: no record follows that it could hold back.
    this.output.emitWatermark(MAX_TIMESTAMP);
  }

  handleAddSplits(splits: readonly Uint8Array[], version: number): void {
    const serializer = this.source.splitSerializer;
    this.addSplits(splits.map((bytes) => serializer.deserialize(version, bytes)));
  }

  handleWatermarkAlignment(maxDesiredWatermark: number): void {
    this.alignment?.announced(maxDesiredWatermark);
  }

  handleNoMoreSplits(): void {
    (this.reader as SourceReader<T, SplitT>).notifyNoMoreSplits();
  }

  override snapshotState(
    checkpointId: number,
    checkpointTimestamp: number,
    streams: CheckpointStreamFactory,
  ): OperatorSnapshotFutures {
    const splits = (this.reader as SourceReader<T, SplitT>).snapshotState(checkpointId);
    this.splits.update(splits.map((split) => toVersionedBytes(this.source.splitSerializer, split)));
    return super.snapshotState(checkpointId, checkpointTimestamp, streams);
  }

  override notifyCheckpointComplete(checkpointId: number): void | Promise<void> {
    this.reader?.notifyCheckpointComplete?.(checkpointId);
    return super.notifyCheckpointComplete(checkpointId);
  }

  override finish(): void | Promise<void> {
    this.stopPeriodicWork();
    return super.finish();
  }

  override async close(): Promise<void> {
    this.stopPeriodicWork();
    const reader = this.reader;
    this.reader = undefined;
    try {
      await reader?.close();
    } finally {
      await super.close();
    }
  }

  /** For the outputs. */
  emitRecord(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    this.lag.lastEventTime = timestamp;
    this.emit(value, timestamp);
  }

  /** For the outputs. */
  override recordFailed(error: unknown, value: T, timestamp: number, what: string): unknown {
    return value === undefined
      ? new TaskError(
          'VALUE_NOT_SERIALIZABLE',
          `the reader of source ${this.nameWithSubtask} gave the record undefined, so ${what} threw: return a ` +
            'record each time, or null where there is none and leave it out by filter()',
          { cause: error },
        )
      : super.recordFailed(error, value, timestamp, what);
  }

  /** For the alignment. */
  get numberOfSplits(): number {
    return this.outputs.numberOfSplits;
  }

  /** For the alignment. */
  pauseOrResumeSplits(toPause: readonly string[], toResume: readonly string[]): boolean {
    const reader = this.reader as SourceReader<T, SplitT>;
    if (reader.pauseOrResumeSplits === undefined) {
      return false;
    }
    reader.pauseOrResumeSplits(toPause, toResume);
    this.outputs.pauseOrResumeSplits(toPause, toResume);
    return true;
  }

  /** For the outputs. */
  splitWatermarkAdvanced(splitId: string, watermark: number): void {
    this.alignment?.splitWatermarkAdvanced(splitId, watermark);
  }

  /** For the outputs. */
  splitFinished(splitId: string): void {
    this.alignment?.splitFinished(splitId);
  }

  private poll(maxRecords: number): InputStatus {
    let status: InputStatus;
    try {
      status = (this.reader as SourceReader<T, SplitT>).pollNext(this.outputs, maxRecords);
    } catch (error) {
      throw this.readFailed(error);
    }
    this.lag.polled(status === 'nothing-available');
    if (status === 'end-of-input') {
      this.stopPeriodicWork();
      if (this.alignment !== undefined) {
        this.report(MAX_TIMESTAMP);
      }
    }
    return status;
  }

  private addSplits(splits: readonly SplitT[]): void {
    for (const { splitId } of splits) {
      this.outputs.createOutputForSplit(splitId);
    }
    (this.reader as SourceReader<T, SplitT>).addSplits(splits);
  }

  private watermarkTarget(): WatermarkTarget {
    return this.alignment === undefined
      ? this.output
      : new AlignmentTarget(this.output, this.alignment);
  }

  private setUpAlignment(): void {
    const { alignment } = this;
    const params = this.watermarkStrategy.alignmentParameters;
    if (alignment !== undefined && params !== undefined) {
      const timers = this.context.processingTimeService;
      this.periodicReport = new PeriodicTimer(timers, params.updateIntervalMs, () =>
        this.report(alignment.reportedWatermark),
      );
      this.context.metricGroup.gauge('watermarkAlignmentDrift', () => alignment.drift);
    }
  }

  private report(watermark: number | undefined): void {
    if (watermark !== undefined) {
      this.coordinator.reportWatermark(this.context.taskInfo.indexOfThisSubtask, watermark);
    }
  }

  private stopPeriodicWork(): void {
    this.periodicEmit?.stop();
    this.periodicReport?.stop();
    this.latencyMarkers?.stop();
  }

  private emitLatencyMarker(): void {
    const { operatorId, processingTimeService, taskInfo } = this.context;
    this.output.emitLatencyMarker({
      markedTime: processingTimeService.currentProcessingTime(),
      operatorId,
      subtaskIndex: taskInfo.indexOfThisSubtask,
    });
  }

  private emitPeriodicWatermark(): void {
    try {
      this.outputs.emitPeriodicWatermark();
    } catch (error) {
      throw this.userFunctionFailed(error, 'at a periodic watermark');
    }
  }

  private get coordinator(): SourceCoordinatorGateway {
    const coordinator = this.context.sourceCoordinator;
    if (coordinator === undefined) {
      throw new TaskError(
        'TASK_FAILED',
        `source '${this.name}' runs in a task without a way to its enumerator`,
      );
    }
    return coordinator;
  }

  private readFailed(error: unknown): unknown {
    if (errorCode(error) !== undefined) {
      return error;
    }
    return new TaskError(
      'SOURCE_FAILED',
      `the reader of source ${this.nameWithSubtask} threw: ${thrownText(error)}`,
      { cause: error },
    );
  }
}
