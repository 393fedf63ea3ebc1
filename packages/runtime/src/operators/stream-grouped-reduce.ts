// Hot path.

import {
  type ReduceFunction,
  type TypeInformation,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

export interface StreamGroupedReduceOptions<T, K>
  extends UdfStreamOperatorOptions<ReduceFunction<T>, T, K>,
    KeyedInputOptions<T, K> {
  readonly keySelector: KeyedInputOptions<T, K>['keySelector'];
  readonly keyType: TypeInformation<K>;
  readonly elementType: TypeInformation<T>;
}

/** Emits what the function made of all records of the key so far. Flink: StreamGroupedReduceOperator. */
export class StreamGroupedReduce<T, K>
  extends AbstractUdfStreamOperator<ReduceFunction<T>, T, T, K>
  implements OneInputStreamOperator<T, T>
{
  private readonly reduce: (a: T, b: T) => T;
  private readonly descriptor: ValueStateDescriptor<T>;
  private values!: ValueState<T>;

  constructor(options: StreamGroupedReduceOptions<T, K>) {
    super(options);
    const fn = this.fn;
    this.reduce = typeof fn === 'function' ? fn : (a, b) => fn.reduce(a, b);
    this.descriptor = new ValueStateDescriptor('_op_state', options.elementType);
  }

  override async open(): Promise<void> {
    await super.open();
    this.values = this.keyedStateStore.getState(this.descriptor);
  }

  processElement(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    const reduce = this.reduce;
    let reduced: T;
    try {
      this.setKeyContextElement(value);
      const current = this.values.value();
      reduced = current === undefined ? value : reduce(current, value);
      this.values.update(reduced);
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
    this.emit(reduced, timestamp);
  }
}
