/**
 * A replayable input: an enumerator finds splits and hands them out, readers read them. Splits are
 * data, so a checkpoint holds where each one stands.
 *
 * Flink: FLIP-27, org.apache.flink.api.connector.source.
 */
import type { MetricGroup } from '../metrics/metrics.ts';
import type { SimpleVersionedSerializer } from '../serialization/simple-versioned-serializer.ts';
import type { Clock } from '../time/clock.ts';
import type { WatermarkOutput } from '../time/watermark-generator.ts';

export type Boundedness = 'bounded' | 'continuous-unbounded';

export interface SourceSplit {
  readonly splitId: string;
}

export interface Source<T, SplitT extends SourceSplit, EnumChkT> {
  readonly boundedness: Boundedness;
  readonly splitSerializer: SimpleVersionedSerializer<SplitT>;
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<EnumChkT>;
  createEnumerator(context: SplitEnumeratorContext<SplitT>): SplitEnumerator<SplitT, EnumChkT>;
  restoreEnumerator(
    context: SplitEnumeratorContext<SplitT>,
    checkpoint: EnumChkT,
  ): SplitEnumerator<SplitT, EnumChkT>;
  createReader(context: SourceReaderContext): SourceReader<T, SplitT>;
}

/** Flink: SplitEnumeratorMetricGroup. */
export interface SplitEnumeratorMetricGroup {
  /** Tells how many splits wait for a reader, as `coordinator.enumerator.unassignedSplits`. */
  setUnassignedSplitsGauge(unassignedSplits: () => number): void;
}

export interface SplitEnumeratorContext<SplitT> {
  readonly currentParallelism: number;
  /** Subtasks whose readers have registered. One that failed is not among them until it did so anew. */
  readonly registeredReaders: ReadonlySet<number>;
  readonly clock: Clock;
  readonly metricGroup: SplitEnumeratorMetricGroup;
  /** @throws TaskError `SOURCE_FAILED` when that reader is not registered */
  assignSplit(split: SplitT, subtask: number): void;
  /**
   * No split will follow for this reader; it ends after the ones it has. A reader that registers anew
   * must be told anew.
   *
   * @throws TaskError `SOURCE_FAILED` when that reader is not registered
   */
  signalNoMoreSplits(subtask: number): void;
  /** Runs `call` and hands its result back between other calls of the enumerator. */
  callAsync<R>(call: () => Promise<R>, handler: (result: R) => void): void;
}

/** Single-threaded: one call at a time. */
export interface SplitEnumerator<SplitT, EnumChkT> {
  start(): void;
  addReader(subtask: number): void;
  handleSplitRequest(subtask: number): void;
  /** Takes back splits of a reader that failed before a checkpoint held them. */
  addSplitsBack(splits: readonly SplitT[], subtask: number): void;
  snapshotState(checkpointId: number): EnumChkT;
  notifyCheckpointComplete?(checkpointId: number): void;
  close(): void | Promise<void>;
}

export interface SourceReaderContext {
  readonly indexOfSubtask: number;
  readonly currentParallelism: number;
  readonly clock: Clock;
  readonly metricGroup: MetricGroup;
  sendSplitRequest(): void;
}

export interface SourceOutput<T> extends WatermarkOutput {
  collect(record: T, timestamp?: number): void;
}

export interface ReaderOutput<T> extends SourceOutput<T> {
  /** Records of one split, with a watermark generator of their own. */
  createOutputForSplit(splitId: string): SourceOutput<T>;
  releaseOutputForSplit(splitId: string): void;
}

export type InputStatus = 'more-available' | 'nothing-available' | 'end-of-input';

export interface SourceReader<T, SplitT> {
  start(): void;
  /**
   * Emits at most `maxRecords` records, without waiting.
   *
   * @returns `nothing-available` when `isAvailable` tells when to call again
   * @throws TaskError `SOURCE_FAILED`
   */
  pollNext(output: ReaderOutput<T>, maxRecords: number): InputStatus;
  isAvailable(): Promise<void>;
  addSplits(splits: readonly SplitT[]): void;
  notifyNoMoreSplits(): void;
  /**
   * For watermark alignment: no record of a paused split is emitted until it is resumed. A reader
   * without this can be aligned only while it has one split at a time.
   */
  pauseOrResumeSplits?(splitsToPause: readonly string[], splitsToResume: readonly string[]): void;
  /** The splits of this reader, each at the position after the last emitted record. */
  snapshotState(checkpointId: number): SplitT[];
  notifyCheckpointComplete?(checkpointId: number): void;
  close(): void | Promise<void>;
}
