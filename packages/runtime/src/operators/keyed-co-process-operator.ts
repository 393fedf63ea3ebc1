/**
 * Runs a KeyedCoProcessFunction: both inputs see the state and the timers of one key.
 *
 * Invariants:
 * - What the function emits for a record has the record's timestamp; for an event-time timer it has
 *   the timer's time, for a processing-time timer it has none.
 *
 * Flink: KeyedCoProcessOperator.
 */
// Hot path.

import type { KeyedCoProcessFunction, KeySelector, TypeInformation } from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';
import {
  AbstractUdfTwoInputStreamOperator,
  type TwoInputUdfOptions,
} from './abstract-udf-two-input-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import { KeyedProcessFunctionContext } from './process-function-context.ts';

/** The keys of both inputs, of one type. */
export interface BothKeyed<IN1, IN2, K> {
  readonly keySelector1: KeySelector<IN1, K>;
  readonly keySelector2: KeySelector<IN2, K>;
  readonly keyType: TypeInformation<K>;
  readonly keyedAt?: string | undefined;
}

export type KeyedCoProcessOperatorOptions<K, IN1, IN2, OUT> = Omit<
  TwoInputUdfOptions<KeyedCoProcessFunction<K, IN1, IN2, OUT>, IN1, IN2, K>,
  keyof BothKeyed<IN1, IN2, K>
> &
  BothKeyed<IN1, IN2, K>;

export class KeyedCoProcessOperator<K, IN1, IN2, OUT> extends AbstractUdfTwoInputStreamOperator<
  KeyedCoProcessFunction<K, IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT,
  K
> {
  private functionContext!: KeyedProcessFunctionContext<K>;

  constructor(options: KeyedCoProcessOperatorOptions<K, IN1, IN2, OUT>) {
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

  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.functionContext.eventTime = timestamp;
    try {
      this.setKeyContextElement1(value);
      const result: unknown = this.fn.processElement1(value, this.functionContext, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processElement1');
      }
    } catch (error) {
      throw this.record1Failed(error, value, timestamp);
    }
  }

  processElement2(value: IN2, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.functionContext.eventTime = timestamp;
    try {
      this.setKeyContextElement2(value);
      const result: unknown = this.fn.processElement2(value, this.functionContext, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processElement2');
      }
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
  }
}
