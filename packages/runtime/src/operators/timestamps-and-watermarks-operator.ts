/**
 * Gives a stream event time in the middle of a program.
 *
 * Invariants:
 * - Watermarks and statuses from upstream are dropped, except the final watermark. After it the
 *   generator is not asked again: an idle status would overtake a watermark that an operator holds.
 * - A record is emitted before the generator sees it.
 * - An assigned timestamp that is no whole number fails the task: `TIMESTAMP_MISSING`.
 *
 * Flink: TimestampsAndWatermarksOperator.
 */
// Hot path.

import {
  createTimestampAssigner,
  createWatermarkGenerator,
  type EventTimeStrategy,
  type ExtractTimestamp,
  MAX_TIMESTAMP,
  NoWatermarksGenerator,
  type WatermarkGenerator,
} from '@millrace/core';
import { AbstractStreamOperator, type StreamOperatorOptions } from './abstract-stream-operator.ts';
import type { Output, WatermarkStatus } from './output.ts';
import { PeriodicTimer } from './periodic-timer.ts';
import { isRecordTimestamp, timestampMissing } from './record-timestamp.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';
import { WatermarkEmitter } from './watermark-emitter.ts';

export interface TimestampsAndWatermarksOptions<T> extends StreamOperatorOptions<T, unknown> {
  readonly watermarkStrategy: EventTimeStrategy<T>;
}

/** A batch has timestamps, but no watermarks: its generators are never asked. */
export function executedStrategy<T>(
  strategy: EventTimeStrategy<T>,
  context: Pick<StreamOperatorContext, 'batchExecution'>,
): EventTimeStrategy<T> {
  if (context.batchExecution === undefined) {
    return strategy;
  }
  return {
    createWatermarkGenerator: () => new NoWatermarksGenerator(),
    createTimestampAssigner: (given) => strategy.createTimestampAssigner?.(given),
  };
}

export class TimestampsAndWatermarksOperator<T>
  extends AbstractStreamOperator<T, T>
  implements OneInputStreamOperator<T, T>
{
  private readonly watermarkStrategy: EventTimeStrategy<T>;
  private timestampAssigner: ExtractTimestamp<T> | undefined;
  private generator!: WatermarkGenerator<T>;
  private emitter!: WatermarkEmitter;
  private periodicEmit!: PeriodicTimer;

  constructor(options: TimestampsAndWatermarksOptions<T>) {
    super(options);
    this.watermarkStrategy = options.watermarkStrategy;
    this.timestampAssigner = undefined;
  }

  override setup(context: StreamOperatorContext, output: Output<T>): void {
    super.setup(context, output);
    this.emitter = new WatermarkEmitter(output);
    this.periodicEmit = new PeriodicTimer(
      context.processingTimeService,
      context.autoWatermarkIntervalMs,
      () => this.generator.onPeriodicEmit(this.emitter),
    );
  }

  override open(): void {
    const { metricGroup, inputActivityClock } = this.context;
    const context = { metricGroup, inputActivityClock };
    const strategy = executedStrategy(this.watermarkStrategy, this.context);
    this.timestampAssigner = createTimestampAssigner(strategy, context);
    this.generator = createWatermarkGenerator(strategy, context);
    this.periodicEmit.start();
  }

  processElement(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    const assign = this.timestampAssigner;
    let assigned = timestamp;
    try {
      if (assign !== undefined) {
        assigned = assign(value, timestamp);
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp, 'the timestamp assigner');
    }
    if (!isRecordTimestamp(assigned)) {
      throw timestampMissing(assigned, value, `the timestamp assigner of operator '${this.name}'`);
    }
    this.emit(value, assigned);
    try {
      this.generator.onEvent(value, assigned, this.emitter);
    } catch (error) {
      throw this.recordFailed(error, value, assigned, 'the watermark generator');
    }
  }

  override processWatermark(watermark: number): void {
    if (watermark === MAX_TIMESTAMP) {
      this.emitter.emitWatermark(watermark);
      this.periodicEmit.stop();
    }
  }

  override processWatermarkStatus(_status: WatermarkStatus): void {}

  override finish(): void | Promise<void> {
    this.periodicEmit.stop();
    if (this.emitter.lastEmitted < MAX_TIMESTAMP) {
      this.generator.onPeriodicEmit(this.emitter);
    }
    return super.finish();
  }

  override close(): Promise<void> {
    this.periodicEmit?.stop();
    return super.close();
  }
}
