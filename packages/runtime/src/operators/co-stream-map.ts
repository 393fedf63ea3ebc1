// Hot path.

import type { CoMapFunction } from '@millrace/core';
import { AbstractUdfTwoInputStreamOperator } from './abstract-udf-two-input-stream-operator.ts';
import { functionIsAsync, isThenable } from './function-is-async.ts';

/** One record in, one out, with the same timestamp, for each of two inputs. Flink: CoStreamMap. */
export class CoStreamMap<IN1, IN2, OUT, K = unknown> extends AbstractUdfTwoInputStreamOperator<
  CoMapFunction<IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT,
  K
> {
  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    let mapped: OUT;
    try {
      this.setKeyContextElement1(value);
      mapped = this.fn.map1(value);
      if (isThenable(mapped)) {
        throw functionIsAsync(mapped, { operatorName: this.name, call: 'map1' });
      }
    } catch (error) {
      throw this.record1Failed(error, value, timestamp);
    }
    this.emit(mapped, timestamp);
  }

  processElement2(value: IN2, timestamp: number): void {
    this.numRecordsIn.inc();
    let mapped: OUT;
    try {
      this.setKeyContextElement2(value);
      mapped = this.fn.map2(value);
      if (isThenable(mapped)) {
        throw functionIsAsync(mapped, { operatorName: this.name, call: 'map2' });
      }
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
    this.emit(mapped, timestamp);
  }
}
