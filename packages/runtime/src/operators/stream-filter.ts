// Hot path.

import type { FilterFunction } from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { functionIsAsync, isThenable } from './function-is-async.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

/** Lets the records through for which the function gives true. Flink: StreamFilter. */
export class StreamFilter<T, K = unknown>
  extends AbstractUdfStreamOperator<FilterFunction<T>, T, T, K>
  implements OneInputStreamOperator<T, T>
{
  private readonly filter: (value: T) => boolean;

  constructor(options: UdfStreamOperatorOptions<FilterFunction<T>, T, K>) {
    super(options);
    const fn = this.fn;
    this.filter = typeof fn === 'function' ? fn : (value) => fn.filter(value);
  }

  processElement(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    const filter = this.filter;
    let passes: boolean;
    try {
      this.setKeyContextElement(value);
      passes = filter(value);
      if (isThenable(passes)) {
        throw functionIsAsync(passes, { operatorName: this.name, call: 'filter' });
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
    if (passes) {
      this.emit(value, timestamp);
    }
  }
}
