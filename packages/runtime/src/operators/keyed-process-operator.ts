/**
 * Runs a KeyedProcessFunction with its timers.
 *
 * Invariants:
 * - What the function emits for a record has the record's timestamp; for an event-time timer it has
 *   the timer's time, for a processing-time timer it has none.
 *
 * Flink: KeyedProcessOperator.
 */
// Hot path.

import {
  type KeyedProcessFunction,
  MIN_TIMESTAMP,
  type TimeDomain,
  Types,
  type VoidNamespace,
} from '@millrace/core';
import type { HeapTimer, KeyedStateBackend } from '@millrace/state';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import type { Triggerable } from './internal-timer-service.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { Output } from './output.ts';
import { KeyedProcessFunctionContext } from './process-function-context.ts';
import { SimpleTimerService } from './simple-timer-service.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';
import { TimestampedCollector } from './timestamped-collector.ts';

export type KeyedProcessOperatorOptions<K, IN, OUT> = UdfStreamOperatorOptions<
  KeyedProcessFunction<K, IN, OUT>,
  IN,
  K
> &
  KeyedInputOptions<IN, K>;

export class KeyedProcessOperator<K, IN, OUT>
  extends AbstractUdfStreamOperator<KeyedProcessFunction<K, IN, OUT>, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>, Triggerable<K, VoidNamespace>
{
  private collector!: TimestampedCollector<OUT>;
  private functionContext!: KeyedProcessFunctionContext<K>;

  constructor(options: KeyedProcessOperatorOptions<K, IN, OUT>) {
    super(options);
  }

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    this.collector = new TimestampedCollector(output, this.numRecordsOut);
  }

  override async open(): Promise<void> {
    await super.open();
    const timers = this.createTimerService('user-timers', Types.VOID_NAMESPACE, this);
    this.functionContext = new KeyedProcessFunctionContext(
      new SimpleTimerService(timers),
      this,
      this.keyedStateBackend as KeyedStateBackend<K>,
    );
    timers.start();
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.functionContext.eventTime = timestamp;
    try {
      this.setKeyContextElement(value);
      this.fn.processElement(value, this.functionContext, this.collector);
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }

  onEventTime(timer: HeapTimer<K, VoidNamespace>): void {
    this.collector.timestamp = timer.timestamp;
    this.onTimer(timer, 'event-time');
  }

  onProcessingTime(timer: HeapTimer<K, VoidNamespace>): void {
    this.collector.timestamp = MIN_TIMESTAMP;
    this.onTimer(timer, 'processing-time');
  }

  private onTimer(timer: HeapTimer<K, VoidNamespace>, timeDomain: TimeDomain): void {
    this.functionContext.eventTime = timer.timestamp;
    this.functionContext.timeDomain = timeDomain;
    try {
      this.fn.onTimer(timer.timestamp, this.functionContext, this.collector);
    } catch (error) {
      throw this.timerFailed(error, timer.timestamp);
    }
  }
}
