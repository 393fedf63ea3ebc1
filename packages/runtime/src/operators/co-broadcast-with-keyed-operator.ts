/**
 * Runs a KeyedBroadcastProcessFunction: input 2 writes broadcast state and may visit the state of all
 * keys; input 1 has keys, state and timers, and reads broadcast state.
 *
 * Flink: CoBroadcastWithKeyedOperator.
 */
// Hot path.

import type { KeyedBroadcastProcessFunction, KeySelector, TypeInformation } from '@millrace/core';
import type { KeyedStateBackend, OperatorStateBackend } from '@millrace/state';
import {
  AbstractUdfTwoInputStreamOperator,
  type TwoInputUdfOptions,
} from './abstract-udf-two-input-stream-operator.ts';
import { type BroadcastStateDescriptor, BroadcastStates } from './broadcast-states.ts';
import { refuseAsync } from './function-is-async.ts';
import {
  KeyedBroadcastReadContext,
  KeyedBroadcastWriteContext,
} from './keyed-broadcast-contexts.ts';

export interface CoBroadcastWithKeyedOptions<K, IN1, IN2, OUT>
  extends Pick<
    TwoInputUdfOptions<KeyedBroadcastProcessFunction<K, IN1, IN2, OUT>, IN1, IN2, K>,
    'name' | 'fn'
  > {
  /** Of input 1. */
  readonly keySelector: KeySelector<IN1, K>;
  readonly keyType: TypeInformation<K>;
  readonly keyedAt?: string | undefined;
  readonly broadcastStateDescriptors: readonly BroadcastStateDescriptor[];
}

export class CoBroadcastWithKeyedOperator<
  K,
  IN1,
  IN2,
  OUT,
> extends AbstractUdfTwoInputStreamOperator<
  KeyedBroadcastProcessFunction<K, IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT,
  K
> {
  private readonly descriptors: readonly BroadcastStateDescriptor[];
  private readContext!: KeyedBroadcastReadContext<K>;
  private writeContext!: KeyedBroadcastWriteContext<K>;

  constructor(options: CoBroadcastWithKeyedOptions<K, IN1, IN2, OUT>) {
    super({
      name: options.name,
      fn: options.fn,
      keySelector1: options.keySelector,
      keyType: options.keyType,
      keyedAt: options.keyedAt,
    });
    this.descriptors = options.broadcastStateDescriptors;
  }

  protected override get usesOperatorState(): boolean {
    return true;
  }

  override async open(): Promise<void> {
    await super.open();
    const states = new BroadcastStates(
      this.name,
      this.descriptors,
      this.operatorStateBackend as OperatorStateBackend,
    );
    const backend = this.keyedStateBackend as KeyedStateBackend<K>;
    this.readContext = this.openUserTimers(this.fn, (timers) => {
      this.writeContext = new KeyedBroadcastWriteContext(states, timers, this, {
        backend,
        store: this.keyedStateStore,
        operatorName: this.name,
      });
      return new KeyedBroadcastReadContext(states, timers, this, backend);
    });
  }

  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.readContext.eventTime = timestamp;
    try {
      this.setKeyContextElement1(value);
      const result: unknown = this.fn.processElement(value, this.readContext, this.collector);
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processElement');
      }
    } catch (error) {
      throw this.record1Failed(error, value, timestamp);
    }
  }

  processElement2(value: IN2, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.writeContext.eventTime = timestamp;
    (this.keyedStateBackend as KeyedStateBackend<K>).unsetCurrentKey();
    try {
      const result: unknown = this.fn.processBroadcastElement(
        value,
        this.writeContext,
        this.collector,
      );
      if (result !== undefined) {
        refuseAsync(result, this.name, 'processBroadcastElement');
      }
    } catch (error) {
      throw this.record2Failed(error, value, timestamp);
    }
  }
}
