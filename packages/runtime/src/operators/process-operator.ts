// Hot path.

import type { ProcessFunction } from '@millrace/core';
import { AbstractUdfStreamOperator } from './abstract-udf-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { Output } from './output.ts';
import { ProcessFunctionContext } from './process-function-context.ts';
import { NoTimerService } from './simple-timer-service.ts';
import type { OneInputStreamOperator, StreamOperatorContext } from './stream-operator.ts';

/** Runs a ProcessFunction: it sees times and side outputs but has no timers. Flink: ProcessOperator. */
export class ProcessOperator<IN, OUT, K = unknown>
  extends AbstractUdfStreamOperator<ProcessFunction<IN, OUT>, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>
{
  private functionContext!: ProcessFunctionContext;

  override setup(context: StreamOperatorContext, output: Output<OUT>): void {
    super.setup(context, output);
    const timers = new NoTimerService(context.processingTimeService, () => this.currentWatermark);
    this.functionContext = new ProcessFunctionContext(timers, this);
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
