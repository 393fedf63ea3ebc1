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

import type { KeyedProcessFunction } from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { KeyedInputOptions } from './key-context.ts';
import { KeyedProcessFunctionContext } from './process-function-context.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

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
  private functionContext!: KeyedProcessFunctionContext<K>;

  constructor(options: KeyedProcessOperatorOptions<K, IN, OUT>) {
    super(options);
  }

  override async open(): Promise<void> {
    await super.open();
    const backend = this.keyedStateBackend as KeyedStateBackend<K>;
    this.functionContext = this.openUserTimers(
      this.fn,
      (timers) => new KeyedProcessFunctionContext(timers, this, backend),
    );
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
