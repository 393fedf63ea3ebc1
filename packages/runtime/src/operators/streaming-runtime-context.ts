import {
  type Accumulator,
  type AccumulatorRegistry,
  type AggregatingState,
  type AggregatingStateDescriptor,
  DoubleCounter,
  Histogram,
  IntCounter,
  type JobInfo,
  type KeyedStateStore,
  type ListState,
  type ListStateDescriptor,
  LongCounter,
  type MapState,
  type MapStateDescriptor,
  type MetricGroup,
  type ReducingState,
  type ReducingStateDescriptor,
  type RuntimeContext,
  type TaskInfo,
  type TypeInformation,
  type TypeSerializer,
  type ValueState,
  type ValueStateDescriptor,
} from '@millrace/core';
import type { StreamOperatorContext } from './stream-operator.ts';

/** What a rich function sees of the operator that runs it. Flink: StreamingRuntimeContext. */
export class StreamingRuntimeContext implements RuntimeContext {
  readonly jobInfo: JobInfo;
  readonly taskInfo: TaskInfo;
  readonly metricGroup: MetricGroup;
  readonly isObjectReuseEnabled: boolean;
  readonly globalJobParameters: Readonly<Record<string, string>>;
  private readonly accumulators: AccumulatorRegistry;
  private readonly keyedStateStore: KeyedStateStore;

  constructor(context: StreamOperatorContext, keyedStateStore: KeyedStateStore) {
    this.jobInfo = context.jobInfo;
    this.taskInfo = context.taskInfo;
    this.metricGroup = context.metricGroup;
    this.isObjectReuseEnabled = context.execution.objectReuseEnabled;
    this.globalJobParameters = context.execution.globalJobParameters;
    this.accumulators = context.accumulators;
    this.keyedStateStore = keyedStateStore;
  }

  createSerializer<T>(type: TypeInformation<T>): TypeSerializer<T> {
    return type.createSerializer();
  }

  addAccumulator<V, R>(name: string, accumulator: Accumulator<V, R>): void {
    this.accumulators.add(name, accumulator);
  }

  getAccumulator<V, R>(name: string): Accumulator<V, R> | undefined {
    return this.accumulators.get(name);
  }

  getIntCounter(name: string): IntCounter {
    return this.accumulators.getOrAdd(name, IntCounter);
  }

  getLongCounter(name: string): LongCounter {
    return this.accumulators.getOrAdd(name, LongCounter);
  }

  getDoubleCounter(name: string): DoubleCounter {
    return this.accumulators.getOrAdd(name, DoubleCounter);
  }

  getHistogram(name: string): Histogram {
    return this.accumulators.getOrAdd(name, Histogram);
  }

  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    return this.keyedStateStore.getState(descriptor);
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.keyedStateStore.getListState(descriptor);
  }

  getMapState<UK, UV>(descriptor: MapStateDescriptor<UK, UV>): MapState<UK, UV> {
    return this.keyedStateStore.getMapState(descriptor);
  }

  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.keyedStateStore.getReducingState(descriptor);
  }

  getAggregatingState<IN, ACC, OUT>(
    descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
  ): AggregatingState<IN, OUT> {
    return this.keyedStateStore.getAggregatingState(descriptor);
  }
}
