/**
 * Two keyed streams whose records meet when their times are close.
 *
 * Flink: KeyedStream.IntervalJoin, KeyedStream.IntervalJoined.
 */
import {
  ConfigError,
  type Duration,
  type FunctionOrFactory,
  type OutputTag,
  type ProcessJoinFunction,
  signedDurationMs,
  type TypeInformation,
} from '@millrace/core';
import { IntervalJoinOperator } from '@millrace/runtime';
import type { SingleOutputStreamOperator } from './data-stream.ts';
import { functionObjectArgument } from './function-argument.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { bothKeyedAt } from './operator-options.ts';

export class IntervalJoin<T1, T2, K> {
  private readonly left: KeyedStream<T1, K>;
  private readonly right: KeyedStream<T2, K>;
  private eventTime = true;

  constructor(left: KeyedStream<T1, K>, right: KeyedStream<T2, K>) {
    this.left = left;
    this.right = right;
  }

  /** As it is without a call. */
  inEventTime(): this {
    this.eventTime = true;
    return this;
  }

  /** `between` then refuses: there is no interval join in processing time. */
  inProcessingTime(): this {
    this.eventTime = false;
    return this;
  }

  /**
   * A left record at time `l` meets the right ones of its key from `l + lowerBound` to
   * `l + upperBound`, both included.
   *
   * @param lowerBound - below 0 for before: `-5000` or `'-5 s'`
   * @throws ConfigError `UNSUPPORTED` in processing time
   * @throws ConfigError `CONFIG_VALUE_INVALID` for a lower bound above the upper one
   */
  between(lowerBound: Duration, upperBound: Duration): IntervalJoined<T1, T2, K> {
    if (!this.eventTime) {
      throw new ConfigError(
        'UNSUPPORTED',
        'an interval join in processing time; leave inProcessingTime() out and give the records event time',
      );
    }
    const lowerMs = signedDurationMs(lowerBound, 'the lower bound of an interval join');
    const upperMs = signedDurationMs(upperBound, 'the upper bound of an interval join');
    if (lowerMs > upperMs) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `an interval join between ${lowerMs} ms and ${upperMs} ms; the lower bound must not be above the upper one`,
      );
    }
    return new IntervalJoined(this.left, this.right, { lowerMs, upperMs });
  }
}

export class IntervalJoined<T1, T2, K> {
  private readonly left: KeyedStream<T1, K>;
  private readonly right: KeyedStream<T2, K>;
  private readonly bounds: { readonly lowerMs: number; readonly upperMs: number };
  private lowerInclusive = true;
  private upperInclusive = true;
  private leftLateTag: OutputTag<T1> | undefined = undefined;
  private rightLateTag: OutputTag<T2> | undefined = undefined;

  constructor(
    left: KeyedStream<T1, K>,
    right: KeyedStream<T2, K>,
    bounds: { readonly lowerMs: number; readonly upperMs: number },
  ) {
    this.left = left;
    this.right = right;
    this.bounds = bounds;
  }

  lowerBoundExclusive(): this {
    this.lowerInclusive = false;
    return this;
  }

  upperBoundExclusive(): this {
    this.upperInclusive = false;
    return this;
  }

  /** Left records below the watermark go there; without it they are dropped. */
  sideOutputLeftLateData(tag: OutputTag<T1>): this {
    this.leftLateTag = tag;
    return this;
  }

  /** Right records below the watermark go there; without it they are dropped. */
  sideOutputRightLateData(tag: OutputTag<T2>): this {
    this.rightLateTag = tag;
    return this;
  }

  /**
   * Calls the function for each pair; what it emits has the later one of the two times.
   *
   * @throws ConfigError `UNSUPPORTED` for an object that cannot be copied
   * @throws ConfigError `INVALID_GRAPH` when the two streams declare different key types
   */
  process<R>(
    joinFunction: FunctionOrFactory<ProcessJoinFunction<T1, T2, R>>,
    type?: TypeInformation<R>,
  ): SingleOutputStreamOperator<R> {
    const role = { call: 'process', method: 'processElement' };
    const options = {
      fn: functionObjectArgument(role, joinFunction),
      keySelector1: this.left.key.keySelector,
      keySelector2: this.right.key.keySelector,
      keyType: this.left.key.keyType,
      keyedAt: bothKeyedAt(this.left.key, this.right.key),
      lowerBound: this.bounds.lowerMs + (this.lowerInclusive ? 0 : 1),
      upperBound: this.bounds.upperMs - (this.upperInclusive ? 0 : 1),
      leftLateDataOutputTag: this.leftLateTag,
      rightLateDataOutputTag: this.rightLateTag,
    };
    return this.left.connect(this.right).transform<R>({
      name: 'Interval Join',
      createOperator: (name) =>
        new IntervalJoinOperator<K, T1, T2, R>({
          name,
          ...options,
          leftType: this.left.type,
          rightType: this.right.type,
        }),
      type,
    });
  }
}
