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

import { type KeyedProcessFunction, Types } from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { Output } from './output.ts';
import { KeyedProcessFunctionContext } from './process-function-context.ts';
import { SimpleTimerService } from './simple-timer-service.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';
import { TimestampedCollector } from './timestamped-collector.ts';
import { UserTimers } from './user-timers.ts';

export type KeyedProcessOperatorOptions<K, IN, OUT> = UdfStreamOperatorOptions<
  KeyedProcessFunction<K, IN, OUT>,
  IN,
  K
> &
  KeyedInputOptions<IN, K>;

export class KeyedProcessOperator<K, IN, OUT>
  extends AbstractUdfStreamOperator<KeyedProcessFunction<K, IN, OUT>, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>
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
    const userTimers = new UserTimers<K, KeyedProcessFunctionContext<K>, OUT>(
      this.fn,
      this.collector,
      { name: this.name, failed: (error, time) => this.timerFailed(error, time) },
    );
    const timers = this.createTimerService('user-timers', Types.VOID_NAMESPACE, userTimers);
    this.functionContext = new KeyedProcessFunctionContext(
      new SimpleTimerService(timers),
      this,
      this.keyedStateBackend as KeyedStateBackend<K>,
    );
    userTimers.context = this.functionContext;
    timers.start();
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.functionContext.eventTime = timestamp;
    try {
      this.setKeyContextElement(value);
      const result: unknown = this.fn.processElement(value, this.functionContext, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processElement');
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }
}
