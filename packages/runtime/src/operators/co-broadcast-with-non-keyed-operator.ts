/**
 * Runs a BroadcastProcessFunction: input 2 writes broadcast state, input 1 reads it.
 *
 * Flink: CoBroadcastWithNonKeyedOperator.
 */
// Hot path.

import type {
  BroadcastContext,
  BroadcastProcessFunction,
  BroadcastState,
  MapStateDescriptor,
  ReadOnlyBroadcastContext,
  ReadOnlyBroadcastState,
} from '@millrace/core';
import type { OperatorStateBackend } from '@millrace/state';
import {
  AbstractUdfTwoInputStreamOperator,
  type TwoInputUdfOptions,
} from './abstract-udf-two-input-stream-operator.ts';
import { BroadcastFunctionContext } from './broadcast-function-context.ts';
import { type BroadcastStateDescriptor, BroadcastStates } from './broadcast-states.ts';
import { refuseAsync } from './function-is-async.ts';

export interface CoBroadcastWithNonKeyedOptions<IN1, IN2, OUT>
  extends Pick<
    TwoInputUdfOptions<BroadcastProcessFunction<IN1, IN2, OUT>, IN1, IN2, unknown>,
    'name' | 'fn'
  > {
  readonly broadcastStateDescriptors: readonly BroadcastStateDescriptor[];
}

export class CoBroadcastWithNonKeyedOperator<
  IN1,
  IN2,
  OUT,
> extends AbstractUdfTwoInputStreamOperator<
  BroadcastProcessFunction<IN1, IN2, OUT>,
  IN1,
  IN2,
  OUT
> {
  private readonly descriptors: readonly BroadcastStateDescriptor[];
  private readContext!: ReadContext;
  private writeContext!: WriteContext;

  constructor(options: CoBroadcastWithNonKeyedOptions<IN1, IN2, OUT>) {
    super(options);
    this.descriptors = options.broadcastStateDescriptors;
  }

  protected override get usesOperatorState(): boolean {
    return true;
  }

  override async open(): Promise<void> {
    await super.open();
    const backend = this.operatorStateBackend as OperatorStateBackend;
    const states = new BroadcastStates(this.name, this.descriptors, backend);
    const times = {
      currentProcessingTime: () => this.context.processingTimeService.currentProcessingTime(),
      currentWatermark: () => this.currentWatermark,
    };
    this.readContext = new ReadContext(states, times, this);
    this.writeContext = new WriteContext(states, times, this);
  }

  processElement1(value: IN1, timestamp: number): void {
    this.numRecordsIn.inc();
    this.collector.timestamp = timestamp;
    this.readContext.eventTime = timestamp;
    try {
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

class ReadContext extends BroadcastFunctionContext implements ReadOnlyBroadcastContext {
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.states.toRead(descriptor);
  }
}

class WriteContext extends BroadcastFunctionContext implements BroadcastContext {
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return this.states.toWrite(descriptor);
  }
}
