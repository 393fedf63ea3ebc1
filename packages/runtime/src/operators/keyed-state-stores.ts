/**
 * State under one namespace at a time: none for functions, a window for triggers and windows.
 *
 * Flink: DefaultKeyedStateStore, WindowOperator.PerWindowStateStore.
 */
// Hot path.

import {
  type AggregatingState,
  type AggregatingStateDescriptor,
  ConfigError,
  type KeyedStateStore,
  type ListState,
  type ListStateDescriptor,
  type MapState,
  type MapStateDescriptor,
  type ReducingState,
  type ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  type TypeInformation,
  type ValueState,
  type ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';

/** A state by the descriptor that it was asked for with. */
interface DeclaredState<K, N> {
  readonly descriptor: StateDescriptor;
  readonly state: InternalKvState<K, N>;
}

/**
 * A state that is given out has the namespace of the moment; it keeps it until asked for again.
 *
 * Triggers and functions may ask for each record: with the same descriptor object that is a look-up,
 * with another one of the same name the backend checks that both declare one state.
 */
export class NamespacedStateStore<K, N> implements KeyedStateStore {
  /** Of the next state that is asked for. */
  namespace: N;
  private readonly backend: KeyedStateBackend<K>;
  private readonly namespaceType: TypeInformation<N>;
  /** By name, and not by descriptor: a program may make a descriptor for each record. */
  private readonly declared: Map<string, DeclaredState<K, N>>;

  constructor(backend: KeyedStateBackend<K>, namespaceType: TypeInformation<N>, namespace: N) {
    this.namespace = namespace;
    this.backend = backend;
    this.namespaceType = namespaceType;
    this.declared = new Map();
  }

  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    return this.getPartitionedState<ValueState<T>>(descriptor);
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.getPartitionedState<ListState<T>>(descriptor);
  }

  getMapState<UK, UV>(descriptor: MapStateDescriptor<UK, UV>): MapState<UK, UV> {
    return this.getPartitionedState<MapState<UK, UV>>(descriptor);
  }

  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.getPartitionedState<ReducingState<T>>(descriptor);
  }

  getAggregatingState<IN, ACC, OUT>(
    descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
  ): AggregatingState<IN, OUT> {
    return this.getPartitionedState<AggregatingState<IN, OUT>>(descriptor);
  }

  getPartitionedState<S extends State>(descriptor: StateDescriptor): S & InternalKvState<K, N> {
    const known = this.declared.get(descriptor.name);
    const state =
      known?.descriptor === descriptor
        ? (known.state as S & InternalKvState<K, N>)
        : this.declare<S>(descriptor);
    state.setCurrentNamespace(this.namespace);
    return state;
  }

  private declare<S extends State>(descriptor: StateDescriptor): S & InternalKvState<K, N> {
    const state = this.backend.getOrCreateKeyedState<N, S>(this.namespaceType, descriptor);
    this.declared.set(descriptor.name, { descriptor, state });
    return state;
  }
}

/** What functions on a stream without keys get when they ask for keyed state. */
export class NoKeyedStateStore implements KeyedStateStore {
  private readonly operatorName: string;
  private readonly why: string;

  constructor(operatorName: string, why = 'its input has no keys; call keyBy before it') {
    this.operatorName = operatorName;
    this.why = why;
  }

  getState(descriptor: StateDescriptor): never {
    throw this.notKeyed(descriptor);
  }

  getListState(descriptor: StateDescriptor): never {
    throw this.notKeyed(descriptor);
  }

  getMapState(descriptor: StateDescriptor): never {
    throw this.notKeyed(descriptor);
  }

  getReducingState(descriptor: StateDescriptor): never {
    throw this.notKeyed(descriptor);
  }

  getAggregatingState(descriptor: StateDescriptor): never {
    throw this.notKeyed(descriptor);
  }

  private notKeyed(descriptor: StateDescriptor): ConfigError {
    return new ConfigError(
      'NO_CURRENT_KEY',
      `'${this.operatorName}' asks for the keyed state '${descriptor.name}', but ${this.why}`,
    );
  }
}
