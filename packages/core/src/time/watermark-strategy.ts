/**
 * How a stream gets its event time: a generator of watermarks for each subtask or split, and where
 * the timestamps come from.
 *
 * Flink: WatermarkStrategy, TimestampAssigner.
 */
import { checkFunctionArgument } from '../errors/check-argument.ts';
import type { Duration } from './duration.ts';
import type {
  ExtractTimestamp,
  TimestampAssigner,
  TimestampAssignerContext,
  TimestampAssignerSupplier,
} from './timestamp-assigner.ts';
import {
  type WatermarkAlignmentParams,
  watermarkAlignmentParams,
} from './watermark-alignment-params.ts';
import type { WatermarkGenerator, WatermarkGeneratorContext } from './watermark-generator.ts';
import {
  AscendingTimestampsWatermarks,
  BoundedOutOfOrdernessWatermarks,
  NoWatermarksGenerator,
} from './watermark-generators.ts';
import { checkIdleTimeout, WatermarksWithIdleness } from './watermarks-with-idleness.ts';

/** What the engine needs of a strategy. A plain object will do; `WatermarkStrategy` builds one. */
export interface EventTimeStrategy<T> {
  /** Called once for each subtask, and in sources for each split. */
  createWatermarkGenerator(context: WatermarkGeneratorContext): WatermarkGenerator<T>;
  /** Called once for each subtask. Without an assigner, records keep the timestamps of the source. */
  createTimestampAssigner?(context: TimestampAssignerContext): TimestampAssigner<T> | undefined;
  /** A source without a record for longer than this is idle. Milliseconds. */
  readonly idlenessMs?: number | undefined;
  /** In `fromSource` alone: holds a source back that runs ahead of others. */
  readonly alignmentParameters?: WatermarkAlignmentParams | undefined;
}

interface Parts<T> {
  readonly createGenerator: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>;
  readonly assigner?: TimestampAssigner<T> | TimestampAssignerSupplier<T>;
  readonly idlenessMs?: number;
  readonly alignmentParameters?: WatermarkAlignmentParams;
}

/** An immutable strategy; each `with…` gives a new one. */
export class WatermarkStrategy<T> implements EventTimeStrategy<T> {
  private readonly parts: Parts<T>;

  private constructor(parts: Parts<T>) {
    this.parts = parts;
  }

  /**
   * Records may come up to `maxOutOfOrderness` after later ones; what comes later still is late.
   *
   * @throws ConfigError `CONFIG_VALUE_INVALID` for a negative or malformed duration
   */
  static forBoundedOutOfOrderness<T>(maxOutOfOrderness: Duration): WatermarkStrategy<T> {
    new BoundedOutOfOrdernessWatermarks(maxOutOfOrderness); // Refuses a bad duration here already.
    return WatermarkStrategy.forGenerator(
      () => new BoundedOutOfOrdernessWatermarks(maxOutOfOrderness),
    );
  }

  /** Timestamps never fall. */
  static forMonotonousTimestamps<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.forGenerator(() => new AscendingTimestampsWatermarks());
  }

  /** No event time: for processing-time programs. */
  static noWatermarks<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.forGenerator(() => new NoWatermarksGenerator());
  }

  /**
   * @param createGenerator - called for each subtask, and in sources for each split
   * @throws ConfigError `INVALID_GRAPH` for what is no function
   */
  static forGenerator<T>(
    createGenerator: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>,
  ): WatermarkStrategy<T> {
    checkFunctionArgument(createGenerator, {
      call: 'WatermarkStrategy.forGenerator',
      expected:
        'a function that makes a generator: () => new BoundedOutOfOrdernessWatermarks(1000)',
    });
    return new WatermarkStrategy({ createGenerator });
  }

  get idlenessMs(): number | undefined {
    return this.parts.idlenessMs;
  }

  get alignmentParameters(): WatermarkAlignmentParams | undefined {
    return this.parts.alignmentParameters;
  }

  createWatermarkGenerator(context: WatermarkGeneratorContext): WatermarkGenerator<T> {
    return this.parts.createGenerator(context);
  }

  createTimestampAssigner(context: TimestampAssignerContext): TimestampAssigner<T> | undefined {
    const { assigner } = this.parts;
    return typeof assigner === 'object' && 'createTimestampAssigner' in assigner
      ? assigner.createTimestampAssigner(context)
      : assigner;
  }

  /** @param assigner - one for all subtasks, or what makes one for each */
  withTimestampAssigner(
    assigner: TimestampAssigner<T> | TimestampAssignerSupplier<T>,
  ): WatermarkStrategy<T> {
    return new WatermarkStrategy({ ...this.parts, assigner });
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the timeout is longer than 0 */
  withIdleness(idleTimeout: Duration): WatermarkStrategy<T> {
    return new WatermarkStrategy({ ...this.parts, idlenessMs: checkIdleTimeout(idleTimeout) });
  }

  /**
   * A source pauses while it is more than `maxDrift` ahead of the slowest source of its group that
   * is not idle. For `fromSource` alone.
   *
   * @param updateInterval - how often sources report how far they are and are told how far to go
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  withWatermarkAlignment(
    watermarkGroup: string,
    maxDrift: Duration,
    updateInterval: Duration = '1 s',
  ): WatermarkStrategy<T> {
    const alignmentParameters = watermarkAlignmentParams(watermarkGroup, {
      maxDrift,
      updateInterval,
    });
    return new WatermarkStrategy({ ...this.parts, alignmentParameters });
  }
}

/** The generator of one subtask or split, with the strategy's idleness around it. */
export function createWatermarkGenerator<T>(
  strategy: EventTimeStrategy<T>,
  context: WatermarkGeneratorContext,
): WatermarkGenerator<T> {
  const generator = strategy.createWatermarkGenerator(context);
  return strategy.idlenessMs === undefined
    ? generator
    : new WatermarksWithIdleness(generator, strategy.idlenessMs, context.inputActivityClock);
}

/** The assigner of one subtask as a plain function; `undefined` keeps timestamps as they are. */
export function createTimestampAssigner<T>(
  strategy: EventTimeStrategy<T>,
  context: TimestampAssignerContext,
): ExtractTimestamp<T> | undefined {
  const assigner = strategy.createTimestampAssigner?.(context);
  return typeof assigner === 'object'
    ? (element, recordTimestamp) => assigner.extractTimestamp(element, recordTimestamp)
    : assigner;
}
