import type {
  AggregatingState,
  AggregatingStateDescriptor,
  JobInfo,
  KeyedStateStore,
  ListState,
  ListStateDescriptor,
  MapState,
  MapStateDescriptor,
  MetricGroup,
  ReducingState,
  ReducingStateDescriptor,
  RuntimeContext,
  TaskInfo,
  ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { StreamOperatorContext } from './stream-operator.ts';

/** What a rich function sees of the operator that runs it. Flink: StreamingRuntimeContext. */
export class StreamingRuntimeContext implements RuntimeContext {
  readonly jobInfo: JobInfo;
  readonly taskInfo: TaskInfo;
  readonly metricGroup: MetricGroup;
  private readonly keyedStateStore: KeyedStateStore;

  constructor(context: StreamOperatorContext, keyedStateStore: KeyedStateStore) {
    this.jobInfo = context.jobInfo;
    this.taskInfo = context.taskInfo;
    this.metricGroup = context.metricGroup;
    this.keyedStateStore = keyedStateStore;
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
