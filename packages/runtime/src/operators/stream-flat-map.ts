// Hot path.

import type { Collector, FlatMapFunction } from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { refuseAsync } from './function-is-async.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

/** One record in, any number out, all with its timestamp. Flink: StreamFlatMap. */
export class StreamFlatMap<IN, OUT, K = unknown>
  extends AbstractUdfStreamOperator<FlatMapFunction<IN, OUT>, IN, OUT, K>
  implements OneInputStreamOperator<IN, OUT>
{
  private readonly flatMap: (value: IN, out: Collector<OUT>) => unknown;

  constructor(options: UdfStreamOperatorOptions<FlatMapFunction<IN, OUT>, IN, K>) {
    super(options);
    const fn = this.fn;
    this.flatMap = typeof fn === 'function' ? fn : (value, out) => fn.flatMap(value, out);
  }

  processElement(value: IN, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    const flatMap = this.flatMap;
    try {
      this.setKeyContextElement(value);
      const result: unknown = flatMap(value, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'flatMap');
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }
}
