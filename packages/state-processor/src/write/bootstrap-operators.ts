/**
 * The operators that fill state from records: they emit nothing, and their timers never fire.
 *
 * Flink: KeyedStateBootstrapOperator, StateBootstrapOperator, BroadcastStateBootstrapOperator.
 */
import type {
  BroadcastState,
  KeySelector,
  MapStateDescriptor,
  TypeInformation,
} from '@millrace/core';
import {
  AbstractUdfStreamOperator,
  KeyedProcessFunctionContext,
  type OneInputStreamOperator,
} from '@millrace/runtime';
import type { KeyedStateBackend, OperatorStateBackend } from '@millrace/state';
import { checkNoPromise } from '../read/function-call.ts';
import type {
  BroadcastStateBootstrapContext,
  BroadcastStateBootstrapFunction,
  KeyedStateBootstrapFunction,
  StateBootstrapContext,
  StateBootstrapFunction,
} from './bootstrap-functions.ts';

export class KeyedStateBootstrapOperator<K, IN>
  extends AbstractUdfStreamOperator<KeyedStateBootstrapFunction<K, IN>, IN, never, K>
  implements OneInputStreamOperator<IN, never>
{
  private functionContext!: KeyedProcessFunctionContext<K>;

  constructor(options: {
    readonly name: string;
    readonly fn: KeyedStateBootstrapFunction<K, IN>;
    readonly keySelector: KeySelector<IN, K>;
    readonly keyType: TypeInformation<K>;
  }) {
    super(options);
  }

  override async open(): Promise<void> {
    await super.open();
    const backend = this.keyedStateBackend as KeyedStateBackend<K>;
    this.functionContext = this.openUserTimers(
      { onTimer: () => {} },
      (timers) => new KeyedProcessFunctionContext(timers, this, backend),
    );
  }

  processElement(value: IN, timestamp: number): void {
    this.functionContext.eventTime = timestamp;
    try {
      this.setKeyContextElement(value);
      checkNoPromise(
        `processElement() of '${this.name}'`,
        this.fn.processElement(value, this.functionContext),
      );
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }
}

export class StateBootstrapOperator<IN>
  extends AbstractUdfStreamOperator<StateBootstrapFunction<IN>, IN, never>
  implements OneInputStreamOperator<IN, never>, StateBootstrapContext
{
  processElement(value: IN, timestamp: number): void {
    try {
      checkNoPromise(`processElement() of '${this.name}'`, this.fn.processElement(value, this));
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }

  currentProcessingTime(): number {
    return this.context.processingTimeService.currentProcessingTime();
  }
}

export class BroadcastStateBootstrapOperator<IN>
  extends AbstractUdfStreamOperator<BroadcastStateBootstrapFunction<IN>, IN, never>
  implements OneInputStreamOperator<IN, never>, BroadcastStateBootstrapContext
{
  protected override get usesOperatorState(): boolean {
    return true;
  }

  processElement(value: IN, timestamp: number): void {
    try {
      checkNoPromise(`processElement() of '${this.name}'`, this.fn.processElement(value, this));
    } catch (error) {
      throw this.recordFailed(error, value, timestamp);
    }
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return (this.operatorStateBackend as OperatorStateBackend).getBroadcastState(descriptor);
  }

  currentProcessingTime(): number {
    return this.context.processingTimeService.currentProcessingTime();
  }
}
