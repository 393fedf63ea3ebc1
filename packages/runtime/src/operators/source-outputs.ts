/**
 * Where a source reader emits: one output for the reader and one for each split, each with a
 * watermark generator of its own.
 *
 * Invariants:
 * - The watermark of the source is the minimum over its splits that are not idle.
 * - A record whose timestamp is no whole number fails the task: `TIMESTAMP_MISSING`.
 * - The source is idle when its splits are and the reader's own output is; an output that was never
 *   used counts as idle.
 *
 * Flink: ProgressiveTimestampsAndWatermarks, SourceOutputWithWatermarks.
 */
// Hot path.

import {
  createTimestampAssigner,
  createWatermarkGenerator,
  type EventTimeStrategy,
  type ExtractTimestamp,
  type MetricGroup,
  MIN_TIMESTAMP,
  PausableRelativeClock,
  type ReaderOutput,
  type SourceOutput,
  type WatermarkGenerator,
  type WatermarkOutput,
} from '@millrace/core';
import { isRecordTimestamp, timestampMissing } from './record-timestamp.ts';
import {
  type PartialWatermark,
  WatermarkOutputMultiplexer,
} from './watermark-output-multiplexer.ts';

export interface SourceOutputsOptions<T> {
  readonly watermarkStrategy: EventTimeStrategy<T>;
  readonly metricGroup: MetricGroup;
  /** Of the reader as a whole; stands still while it is held back. */
  readonly activityClock: PausableRelativeClock;
  /** The stream: takes what the outputs combine to. */
  readonly watermarks: WatermarkOutput;
  readonly records: RecordTarget<T>;
  readonly splitListener: SplitWatermarkListener;
}

/** Hears how far each split is. Flink: TimestampsAndWatermarks.WatermarkUpdateListener. */
export interface SplitWatermarkListener {
  splitWatermarkAdvanced(splitId: string, watermark: number): void;
  splitFinished(splitId: string): void;
}

export interface RecordTarget<T> {
  /** For messages. */
  readonly name: string;
  emitRecord(value: T, timestamp: number): void;
  /** What to throw when a timestamp assigner or generator threw. */
  recordFailed(error: unknown, value: T, timestamp: number, what: string): unknown;
}

export class SourceOutputs<T> implements ReaderOutput<T> {
  private readonly options: SourceOutputsOptions<T>;
  private readonly timestampAssigner: ExtractTimestamp<T> | undefined;
  private readonly multiplexer: WatermarkOutputMultiplexer;
  private readonly splits: Map<string, SplitOutput<T>>;
  private readonly main: GeneratorOutput<T>;
  private readonly mainWatermarks: IdlenessAwareOutput;

  constructor(options: SourceOutputsOptions<T>) {
    this.options = options;
    this.timestampAssigner = createTimestampAssigner(options.watermarkStrategy, options);
    const idleness = new IdlenessManager(options.watermarks);
    this.multiplexer = new WatermarkOutputMultiplexer(idleness.splits);
    this.splits = new Map();
    this.mainWatermarks = idleness.main;
    this.main = this.generatorOutput(options.activityClock, idleness.main);
  }

  collect(record: T, timestamp?: number): void {
    this.main.collect(record, timestamp);
  }

  emitWatermark(watermark: number): void {
    this.mainWatermarks.emitWatermark(watermark);
  }

  markIdle(): void {
    this.mainWatermarks.markIdle();
  }

  markActive(): void {
    this.mainWatermarks.markActive();
  }

  createOutputForSplit(splitId: string): SourceOutput<T> {
    let output = this.splits.get(splitId);
    if (output === undefined) {
      const listener = this.options.splitListener;
      const partial = this.multiplexer.registerNewOutput(splitId, (watermark) =>
        listener.splitWatermarkAdvanced(splitId, watermark),
      );
      const activityClock = new PausableRelativeClock(this.options.activityClock);
      const generator = this.generatorOutput(activityClock, partial);
      output = { partial, generator, activityClock };
      this.splits.set(splitId, output);
    }
    return output.generator;
  }

  releaseOutputForSplit(splitId: string): void {
    this.splits.delete(splitId);
    this.multiplexer.unregisterOutput(splitId);
    this.options.splitListener.splitFinished(splitId);
  }

  /** Splits that have an output now. */
  get numberOfSplits(): number {
    return this.splits.size;
  }

  /** A split that is paused does not become idle. */
  pauseOrResumeSplits(toPause: readonly string[], toResume: readonly string[]): void {
    for (const splitId of toPause) {
      this.splits.get(splitId)?.activityClock.pause();
    }
    for (const splitId of toResume) {
      this.splits.get(splitId)?.activityClock.unPause();
    }
  }

  emitPeriodicWatermark(): void {
    this.main.emitPeriodic();
    for (const split of this.splits.values()) {
      split.partial.isDeferred = true;
      split.generator.emitPeriodic();
      split.partial.isDeferred = false;
    }
    this.multiplexer.updateCombinedWatermark();
  }

  private generatorOutput(
    inputActivityClock: PausableRelativeClock,
    watermarks: WatermarkOutput,
  ): GeneratorOutput<T> {
    const { watermarkStrategy, metricGroup, records } = this.options;
    const context = { metricGroup, inputActivityClock };
    return new GeneratorOutput({
      records,
      timestampAssigner: this.timestampAssigner,
      generator: createWatermarkGenerator(watermarkStrategy, context),
      watermarks,
    });
  }
}

interface SplitOutput<T> {
  readonly partial: PartialWatermark;
  readonly generator: GeneratorOutput<T>;
  readonly activityClock: PausableRelativeClock;
}

interface GeneratorOutputOptions<T> {
  readonly records: RecordTarget<T>;
  readonly timestampAssigner: ExtractTimestamp<T> | undefined;
  readonly generator: WatermarkGenerator<T>;
  readonly watermarks: WatermarkOutput;
}

/** Assigns timestamps and feeds one generator. Flink: SourceOutputWithWatermarks. */
class GeneratorOutput<T> implements SourceOutput<T> {
  private readonly records: RecordTarget<T>;
  private readonly timestampAssigner: ExtractTimestamp<T> | undefined;
  private readonly generator: WatermarkGenerator<T>;
  private readonly watermarks: WatermarkOutput;

  constructor(options: GeneratorOutputOptions<T>) {
    this.records = options.records;
    this.timestampAssigner = options.timestampAssigner;
    this.generator = options.generator;
    this.watermarks = options.watermarks;
  }

  collect(record: T, timestamp: number = MIN_TIMESTAMP): void {
    const assign = this.timestampAssigner;
    let assigned = timestamp;
    if (assign !== undefined) {
      try {
        assigned = assign(record, timestamp);
      } catch (error) {
        throw this.records.recordFailed(error, record, timestamp, 'the timestamp assigner');
      }
    }
    if (!isRecordTimestamp(assigned)) {
      const by = assign === undefined ? 'the reader' : 'the timestamp assigner';
      throw timestampMissing(assigned, record, `${by} of source '${this.records.name}'`);
    }
    this.records.emitRecord(record, assigned);
    try {
      this.generator.onEvent(record, assigned, this.watermarks);
    } catch (error) {
      throw this.records.recordFailed(error, record, assigned, 'the watermark generator');
    }
  }

  emitPeriodic(): void {
    this.generator.onPeriodicEmit(this.watermarks);
  }

  emitWatermark(watermark: number): void {
    this.watermarks.emitWatermark(watermark);
  }

  markIdle(): void {
    this.watermarks.markIdle();
  }

  markActive(): void {
    this.watermarks.markActive();
  }
}

/** The stream is idle only when the reader's own output and the splits are. */
class IdlenessManager {
  readonly underlying: WatermarkOutput;
  readonly main: IdlenessAwareOutput;
  readonly splits: IdlenessAwareOutput;

  constructor(underlying: WatermarkOutput) {
    this.underlying = underlying;
    this.main = new IdlenessAwareOutput(this);
    this.splits = new IdlenessAwareOutput(this);
  }

  markIdleIfBothAre(): void {
    if (this.main.isIdle && this.splits.isIdle) {
      this.underlying.markIdle();
    }
  }
}

class IdlenessAwareOutput implements WatermarkOutput {
  isIdle: boolean;
  private readonly manager: IdlenessManager;

  constructor(manager: IdlenessManager) {
    this.isIdle = true;
    this.manager = manager;
  }

  emitWatermark(watermark: number): void {
    if (watermark > MIN_TIMESTAMP) {
      this.isIdle = false;
      this.manager.underlying.emitWatermark(watermark);
    }
  }

  markIdle(): void {
    this.isIdle = true;
    this.manager.markIdleIfBothAre();
  }

  markActive(): void {
    this.isIdle = false;
    this.manager.underlying.markActive();
  }
}
