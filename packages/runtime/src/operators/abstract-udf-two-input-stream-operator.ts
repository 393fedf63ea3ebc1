/**
 * An operator with two inputs around a function of the program.
 *
 * Invariants:
 * - Both inputs share the keyed state and the timers; each has its own key selector. An input
 *   without one does not touch the current key.
 * - Event time is the smallest watermark over the inputs that are active.
 *
 * Flink: AbstractUdfStreamOperator, TwoInputStreamOperator.
 */
// Hot path.

import { ConfigError, type KeySelector, type TypeInformation } from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { CombinedWatermarkStatus } from './combined-watermark-status.ts';
import type { Output, WatermarkStatus } from './output.ts';
import type { RecordLookAhead } from './record-look-ahead.ts';
import type { StreamOperatorContext, TwoInputStreamOperator } from './stream-operator.ts';

/** What an operator whose first input, or both, come after `keyBy` is given. */
export interface TwoInputKeys<IN1, IN2, K> {
  readonly keySelector1?: KeySelector<IN1, K> | undefined;
  readonly keySelector2?: KeySelector<IN2, K> | undefined;
  readonly keyType?: TypeInformation<K> | undefined;
  readonly keyedAt?: string | undefined;
}

export interface TwoInputUdfOptions<F, IN1, IN2, K>
  extends TwoInputKeys<IN1, IN2, K>,
    Pick<UdfStreamOperatorOptions<F, IN1, K>, 'name' | 'fn'> {}

export abstract class AbstractUdfTwoInputStreamOperator<F, IN1, IN2, OUT, K = unknown>
  extends AbstractUdfStreamOperator<F, IN1, OUT, K>
  implements TwoInputStreamOperator<IN1, IN2, OUT>
{
  lookAhead2: RecordLookAhead<IN2, K> | undefined;
  private readonly keySelector2: KeySelector<IN2, K> | undefined;
  private readonly watermarks: CombinedWatermarkStatus;

  /** @throws ConfigError `INVALID_GRAPH` for a key selector without a key type, or the reverse */
  constructor(options: TwoInputUdfOptions<F, IN1, IN2, K>) {
    super({
      name: options.name,
      fn: options.fn,
      keySelector: options.keySelector1,
      keyType: options.keyType,
      keyedAt: options.keyedAt,
    });
    this.lookAhead2 = undefined;
    this.keySelector2 = options.keySelector2;
    this.watermarks = new CombinedWatermarkStatus(2);
    if (this.keySelector2 !== undefined && this.keySelector === undefined) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `operator '${this.name}' has a key selector for its second input alone; give both, or exchange the inputs`,
      );
    }
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    context.metricGroup.gauge('currentInput1Watermark', () => this.watermarks.watermarkOf(0));
    context.metricGroup.gauge('currentInput2Watermark', () => this.watermarks.watermarkOf(1));
  }

  override async initializeState(): Promise<void> {
    await super.initializeState();
    this.lookAhead2 = this.lookAheadOf(this.keySelector2);
  }

  get lookAhead1(): RecordLookAhead<IN1, K> | undefined {
    return this.lookAhead;
  }

  abstract processElement1(value: IN1, timestamp: number): void;
  abstract processElement2(value: IN2, timestamp: number): void;

  processWatermark1(watermark: number): void {
    if (this.watermarks.updateWatermark(0, watermark)) {
      this.processWatermark(this.watermarks.combinedWatermark);
    }
  }

  processWatermark2(watermark: number): void {
    if (this.watermarks.updateWatermark(1, watermark)) {
      this.processWatermark(this.watermarks.combinedWatermark);
    }
  }

  processWatermarkStatus1(status: WatermarkStatus): void {
    this.updateStatus(0, status);
  }

  processWatermarkStatus2(status: WatermarkStatus): void {
    this.updateStatus(1, status);
  }

  /** @throws ConfigError `KEY_UNDEFINED` */
  protected setKeyContextElement1(value: IN1): void {
    this.setKeyContextElement(value);
  }

  /** @throws ConfigError `KEY_UNDEFINED` */
  protected setKeyContextElement2(value: IN2): void {
    if (this.keySelector2 !== undefined) {
      this.setCurrentKeyOf(value, this.keySelector2);
    }
  }

  protected record1Failed(error: unknown, value: IN1, timestamp: number): unknown {
    return this.recordFailed(error, value, timestamp);
  }

  protected record2Failed(error: unknown, value: IN2, timestamp: number): unknown {
    return this.recordOfInputFailed(error, value, { timestamp, keySelector: this.keySelector2 });
  }

  private updateStatus(input: number, status: WatermarkStatus): void {
    const wasIdle = this.watermarks.isIdle;
    if (this.watermarks.updateStatus(input, status === 'idle')) {
      this.processWatermark(this.watermarks.combinedWatermark);
    }
    if (wasIdle !== this.watermarks.isIdle) {
      this.processWatermarkStatus(status);
    }
  }
}
