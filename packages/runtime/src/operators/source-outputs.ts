/**
 * Where a source reader emits: one output for the reader and one for each split, each with a
 * watermark generator of its own.
 *
 * Invariants:
 * - The watermark of the source is the minimum over its splits that are not idle.
 * - A record whose timestamp is no number fails the task: `TIMESTAMP_MISSING`.
 * - The source is idle when its splits are and the reader's own output is; an output that was never
 *   used counts as idle.
 *
 * Flink: ProgressiveTimestampsAndWatermarks, SourceOutputWithWatermarks.
 */
// Hot path.

import {
  type Clock,
  createWatermarkGenerator,
  type EventTimeStrategy,
  MIN_TIMESTAMP,
  type ReaderOutput,
  type SourceOutput,
  type TimestampAssigner,
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
  readonly clock: Clock;
  /** The stream: takes what the outputs combine to. */
  readonly watermarks: WatermarkOutput;
  readonly records: RecordTarget<T>;
}

export interface RecordTarget<T> {
  /** For messages. */
  readonly name: string;
  emitRecord(value: T, timestamp: number): void;
  /** What to throw when a timestamp assigner or generator threw. */
  recordFailed(error: unknown, value: T, timestamp: number): unknown;
}

export class SourceOutputs<T> implements ReaderOutput<T> {
  private readonly options: SourceOutputsOptions<T>;
  private readonly multiplexer: WatermarkOutputMultiplexer;
  private readonly splits: Map<string, SplitOutput<T>>;
  private readonly main: GeneratorOutput<T>;
  private readonly mainWatermarks: IdlenessAwareOutput;

  constructor(options: SourceOutputsOptions<T>) {
    this.options = options;
    const idleness = new IdlenessManager(options.watermarks);
    this.multiplexer = new WatermarkOutputMultiplexer(idleness.splits);
    this.splits = new Map();
    this.mainWatermarks = idleness.main;
    this.main = new GeneratorOutput(options, idleness.main);
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
      const partial = this.multiplexer.registerNewOutput(splitId);
      output = { partial, generator: new GeneratorOutput(this.options, partial) };
      this.splits.set(splitId, output);
    }
    return output.generator;
  }

  releaseOutputForSplit(splitId: string): void {
    this.splits.delete(splitId);
    this.multiplexer.unregisterOutput(splitId);
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
}

interface SplitOutput<T> {
  readonly partial: PartialWatermark;
  readonly generator: GeneratorOutput<T>;
}

/** Assigns timestamps and feeds one generator. Flink: SourceOutputWithWatermarks. */
class GeneratorOutput<T> implements SourceOutput<T> {
  private readonly records: RecordTarget<T>;
  private readonly timestampAssigner: TimestampAssigner<T> | undefined;
  private readonly generator: WatermarkGenerator<T>;
  private readonly watermarks: WatermarkOutput;

  constructor(options: SourceOutputsOptions<T>, watermarks: WatermarkOutput) {
    this.records = options.records;
    this.timestampAssigner = options.watermarkStrategy.timestampAssigner;
    this.generator = createWatermarkGenerator(options.watermarkStrategy, options.clock);
    this.watermarks = watermarks;
  }

  collect(record: T, timestamp: number = MIN_TIMESTAMP): void {
    const assign = this.timestampAssigner;
    let assigned = timestamp;
    if (assign !== undefined) {
      try {
        assigned = assign(record, timestamp);
      } catch (error) {
        throw this.records.recordFailed(error, record, timestamp);
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
      throw this.records.recordFailed(error, record, assigned);
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
