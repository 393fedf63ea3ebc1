// Hot path.

import type { CoProcessFunction } from '@millrace/core';
import { AbstractUdfTwoInputStreamOperator } from './abstract-udf-two-input-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { Output } from './output.ts';
import { ProcessFunctionContext } from './process-function-context.ts';
import { NoTimerService } from './simple-timer-service.ts';
import type { StreamOperatorContext } from './stream-operator.ts';

/** Runs a CoProcessFunction: it sees times and side outputs but has no timers. Flink: CoProcessOperator. */
export class CoProcessOperator<IN1, IN2, OUT> extends AbstractUdfTwoInputStreamOperator<
  CoProcessFunction<IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT
> {
  private functionContext!: ProcessFunctionContext;

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    const timers = new NoTimerService(context.processingTimeService, () => this.currentWatermark);
    this.functionContext = new ProcessFunctionContext(timers, this);
  }

  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.functionContext.eventTime = timestamp;
    try {
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
      const result: unknown = this.fn.processElement2(value, this.functionContext, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processElement2');
      }
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
  }
}
