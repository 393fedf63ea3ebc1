/**
 * How a stream gets its event time: a generator of watermarks for each subtask or split, and where
 * the timestamps come from.
 *
 * Flink: WatermarkStrategy, TimestampAssigner.
 */
import type { Clock } from './clock.ts';
import type { Duration } from './duration.ts';
import type { WatermarkGenerator } from './watermark-generator.ts';
import {
  AscendingTimestampsWatermarks,
  BoundedOutOfOrdernessWatermarks,
  NoWatermarksGenerator,
} from './watermark-generators.ts';
import { checkIdleTimeout, WatermarksWithIdleness } from './watermarks-with-idleness.ts';

/**
 * Event time of a record in milliseconds since the epoch.
 *
 * The task fails with `TIMESTAMP_MISSING` if the result is no number, `NaN` or `Infinity`;
 * `MIN_TIMESTAMP` stands for no timestamp.
 *
 * @param recordTimestamp - the timestamp that the record had before, `MIN_TIMESTAMP` if none
 */
export type TimestampAssigner<T> = (element: T, recordTimestamp: number) => number;

/** What the engine needs of a strategy. A plain object will do; `WatermarkStrategy` builds one. */
export interface EventTimeStrategy<T> {
  /** Called once for each subtask, and in sources for each split. */
  createWatermarkGenerator(): WatermarkGenerator<T>;
  /** Without one, records keep the timestamps of the source. */
  readonly timestampAssigner?: TimestampAssigner<T> | undefined;
  /** A source without a record for longer than this is idle. Milliseconds. */
  readonly idlenessMs?: number | undefined;
}

/** An immutable strategy; each `with…` gives a new one. */
export class WatermarkStrategy<T> implements EventTimeStrategy<T> {
  readonly createWatermarkGenerator: () => WatermarkGenerator<T>;
  readonly timestampAssigner: TimestampAssigner<T> | undefined;
  readonly idlenessMs: number | undefined;

  private constructor(strategy: EventTimeStrategy<T>) {
    this.createWatermarkGenerator = () => strategy.createWatermarkGenerator();
    this.timestampAssigner = strategy.timestampAssigner;
    this.idlenessMs = strategy.idlenessMs;
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

  static forGenerator<T>(createGenerator: () => WatermarkGenerator<T>): WatermarkStrategy<T> {
    return new WatermarkStrategy({ createWatermarkGenerator: createGenerator });
  }

  withTimestampAssigner(timestampAssigner: TimestampAssigner<T>): WatermarkStrategy<T> {
    return new WatermarkStrategy({
      createWatermarkGenerator: this.createWatermarkGenerator,
      timestampAssigner,
      idlenessMs: this.idlenessMs,
    });
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` unless the timeout is longer than 0 */
  withIdleness(idleTimeout: Duration): WatermarkStrategy<T> {
    return new WatermarkStrategy({
      createWatermarkGenerator: this.createWatermarkGenerator,
      timestampAssigner: this.timestampAssigner,
      idlenessMs: checkIdleTimeout(idleTimeout),
    });
  }
}

/** The generator of one subtask or split, with the strategy's idleness around it. */
export function createWatermarkGenerator<T>(
  strategy: EventTimeStrategy<T>,
  clock: Pick<Clock, 'now'>,
): WatermarkGenerator<T> {
  const generator = strategy.createWatermarkGenerator();
  return strategy.idlenessMs === undefined
    ? generator
    : new WatermarksWithIdleness(generator, strategy.idlenessMs, clock);
}
