// Hot path.

import {
  MAX_TIMESTAMP,
  type ReduceFunction,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
  type VoidNamespace,
} from '@millrace/core';
import type { HeapTimer } from '@millrace/state';
import {
  AbstractUdfStreamOperator,
  type UdfStreamOperatorOptions,
} from './abstract-udf-stream-operator.ts';
import { functionIsAsync, isThenable } from './function-is-async.ts';
import type { InternalTimerService, Triggerable } from './internal-timer-service.ts';
import type { KeyedInputOptions } from './key-context.ts';
import type { OneInputStreamOperator } from './stream-operator.ts';

export interface StreamGroupedReduceOptions<T, K>
  extends UdfStreamOperatorOptions<ReduceFunction<T>, T, K>,
    KeyedInputOptions<T, K> {
  readonly keySelector: KeyedInputOptions<T, K>['keySelector'];
  readonly keyType: TypeInformation<K>;
  readonly elementType: TypeInformation<T>;
}

/**
 * Emits what the function made of all records of the key so far; in a batch only what it made of all
 * of them, without a timestamp but the end of time.
 *
 * Flink: StreamGroupedReduceOperator, BatchGroupedReduceOperator.
 */
export class StreamGroupedReduce<T, K>
  extends AbstractUdfStreamOperator<ReduceFunction<T>, T, T, K>
  implements OneInputStreamOperator<T, T>, Triggerable<K, VoidNamespace>
{
  private readonly reduce: (a: T, b: T) => T;
  private readonly descriptor: ValueStateDescriptor<T>;
  private values!: ValueState<T>;
  /** In a batch: one timer for each key, at its end. */
  private endOfKey: InternalTimerService<K, VoidNamespace> | undefined;

  constructor(options: StreamGroupedReduceOptions<T, K>) {
    super(options);
    const fn = this.fn;
    this.reduce = typeof fn === 'function' ? fn : (a, b) => fn.reduce(a, b);
    this.endOfKey = undefined;
    this.descriptor = new ValueStateDescriptor('_op_state', options.elementType);
  }

  override async open(): Promise<void> {
    await super.open();
    this.values = this.keyedStateStore.getState(this.descriptor);
    if (this.context.batchExecution !== undefined) {
      this.endOfKey = this.createTimerService('end-key-timers', Types.VOID_NAMESPACE, this);
    }
  }

  processElement(value: T, timestamp: number): void {
    this.numRecordsIn.inc();
    const reduce = this.reduce;
    let reduced: T;
    try {
      this.setKeyContextElement(value);
      const current = this.values.value();
      reduced = current === undefined ? value : reduce(current, value);
      if (isThenable(reduced)) {
        throw functionIsAsync(reduced, { operatorName: this.name, call: 'reduce' });
      }
      this.values.update(reduced);
      if (this.endOfKey !== undefined) {
        if (current === undefined) {
          this.endOfKey.registerEventTimeTimer(VOID_NAMESPACE, MAX_TIMESTAMP);
        }
        return;
      }
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
    this.emit(reduced, timestamp);
  }

  onEventTime(timer: HeapTimer<K, VoidNamespace>): void {
    const reduced = this.values.value();
    if (reduced !== undefined) {
      this.emit(reduced, timer.timestamp);
    }
  }

  onProcessingTime(): void {}
}
