// Hot path.

import type { MapFunction } from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { functionIsAsync, isThenable } from './function-is-async.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

/** One record in, one out, with the same timestamp. Flink: StreamMap. */
export class StreamMap<IN, OUT, K = unknown>
  extends AbstractUdfStreamOperator<MapFunction<IN, OUT>, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>
{
  private readonly map: (value: IN) => OUT;

  constructor(options: UdfStreamOperatorOptions<MapFunction<IN, OUT>, IN, K>) {
    super(options);
    const fn = this.fn;
    this.map = typeof fn === 'function' ? fn : (value) => fn.map(value);
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    const map = this.map;
    let mapped: OUT;
    try {
      this.setKeyContextElement(value);
      mapped = map(value);
      if (isThenable(mapped)) {
        throw functionIsAsync(mapped, { operatorName: this.name, call: 'map' });
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
    this.emit(mapped, timestamp);
  }
}
