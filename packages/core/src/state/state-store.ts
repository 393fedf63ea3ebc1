import type {
  AggregatingState,
  BroadcastState,
  ListState,
  MapState,
  ReducingState,
  ValueState,
} from './state.ts';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from './state-descriptor.ts';

/**
 * State per key. Asking twice for one name gives the same state.
 *
 * @throws ConfigError `STATE_NAME_CONFLICT` for one name with two kinds or types
 * @throws ConfigError `STATE_INCOMPATIBLE` when the snapshot holds it with another type
 *
 * Flink: KeyedStateStore.
 */
export interface KeyedStateStore {
  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  getMapState<UK, UV>(descriptor: MapStateDescriptor<UK, UV>): MapState<UK, UV>;
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T>;
  getAggregatingState<IN, ACC, OUT>(
    descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
  ): AggregatingState<IN, OUT>;
}

/** State per operator subtask, in memory in every backend. Flink: OperatorStateStore. */
export interface OperatorStateStore {
  /** Items are dealt out over the subtasks when the parallelism changes. */
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  /** After every restore each subtask gets the items of all. */
  getUnionListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
  readonly registeredStateNames: ReadonlySet<string>;
  readonly registeredBroadcastStateNames: ReadonlySet<string>;
}
