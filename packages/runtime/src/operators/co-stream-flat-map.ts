// Hot path.

import type { CoFlatMapFunction } from '@millrace/core';
import { AbstractUdfTwoInputStreamOperator } from './abstract-udf-two-input-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';

/** One record of either input in, any number out, all with its timestamp. Flink: CoStreamFlatMap. */
export class CoStreamFlatMap<IN1, IN2, OUT, K = unknown> extends AbstractUdfTwoInputStreamOperator<
  CoFlatMapFunction<IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT,
  K
> {
  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    try {
      this.setKeyContextElement1(value);
      const result: unknown = this.fn.flatMap1(value, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'flatMap1');
      }
    } catch (error) {
      throw this.record1Failed(error, value, timestamp);
    }
  }

  processElement2(value: IN2, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    try {
      this.setKeyContextElement2(value);
      const result: unknown = this.fn.flatMap2(value, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'flatMap2');
      }
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
  }
}
