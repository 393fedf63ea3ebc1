/**
 * Puts each record of a keyed stream into a state that can be asked for from outside; emits nothing.
 *
 * Flink: QueryableValueStateOperator, QueryableAppendingStateOperator.
 */
// Hot path.

import type {
  ReducingState,
  ReducingStateDescriptor,
  TypeInformation,
  ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { AbstractStreamOperator } from './abstract-stream-operator.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

export interface QueryableStateOperatorOptions<T, K> extends KeyedInputOptions<T, K> {
  readonly name: string;
  readonly keyType: TypeInformation<K>;
  /** With its queryable name. Value state keeps the last record, reducing state folds all. */
  readonly descriptor: ValueStateDescriptor<T> | ReducingStateDescriptor<T>;
}

export class QueryableStateOperator<T, K>
  extends AbstractStreamOperator<T, never, K>
  implements OneInputStreamOperator<T, never>
{
  private readonly descriptor: ValueStateDescriptor<T> | ReducingStateDescriptor<T>;
  private last: ValueState<T> | undefined;
  private folded: ReducingState<T> | undefined;

  constructor(options: QueryableStateOperatorOptions<T, K>) {
    super(options);
    this.descriptor = options.descriptor;
    this.last = undefined;
    this.folded = undefined;
  }

  override open(): void {
    if (this.descriptor.kind === 'value') {
      this.last = this.keyedStateStore.getState(this.descriptor);
    } else {
      this.folded = this.keyedStateStore.getReducingState(this.descriptor);
    }
  }

  processElement(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    try {
      this.setKeyContextElement(value);
      this.last?.update(value);
      this.folded?.add(value);
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }
}
