/** States and types that the conformance tests use. */
import {
  type AggregateFunction,
  type AggregatingState,
  AggregatingStateDescriptor,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  type State,
  type StateDescriptor,
  type StateTtlConfig,
  TIME_WINDOW_SERIALIZER,
  type TimeWindow,
  type TypeInformation,
  type TypeSerializer,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE_SERIALIZER,
  type VoidNamespace,
} from '@millrace/core';
import type { InternalKvState, InternalMergingState } from '../backend/internal-kv-state.ts';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';

export const NO_NAMESPACE: TypeInformation<VoidNamespace> = typeOf(
  'VoidNamespace',
  VOID_NAMESPACE_SERIALIZER,
);
export const WINDOWS: TypeInformation<TimeWindow> = typeOf('TimeWindow', TIME_WINDOW_SERIALIZER);

/** Changed in place by the functions below, as a function of a program may do. */
export type Numbers = number[];
export const NUMBERS: TypeInformation<Numbers> = Types.LIST(Types.LONG);

export const COUNT: ValueStateDescriptor<number> = new ValueStateDescriptor('count', Types.LONG);
export const VALUE: ValueStateDescriptor<Numbers> = new ValueStateDescriptor('value', NUMBERS);
export const LIST: ListStateDescriptor<Numbers> = new ListStateDescriptor('list', NUMBERS);
export const NAMES: ListStateDescriptor<string> = new ListStateDescriptor('names', Types.STRING);
export const MAP: MapStateDescriptor<string, Numbers> = new MapStateDescriptor(
  'map',
  Types.STRING,
  NUMBERS,
);
export const NUMBER_MAP: MapStateDescriptor<number, Numbers> = new MapStateDescriptor(
  'number-map',
  Types.LONG,
  NUMBERS,
);
export const REDUCING: ReducingStateDescriptor<Numbers> = new ReducingStateDescriptor(
  'reducing',
  (a: Numbers, b: Numbers) => {
    a.push(...b);
    return a;
  },
  NUMBERS,
);
const COLLECT: AggregateFunction<number, Numbers, string> = {
  createAccumulator: () => [],
  add: (value, accumulator) => {
    accumulator.push(value);
    return accumulator;
  },
  getResult: (accumulator) => accumulator.join(' '),
  merge: (a, b) => {
    a.push(...b);
    return a;
  },
};
export const AGGREGATING: AggregatingStateDescriptor<number, Numbers, string> =
  new AggregatingStateDescriptor('aggregating', COLLECT, NUMBERS);

/** The same descriptor under another name. */
export function named<D extends StateDescriptor>(descriptor: D, name: string): D {
  return Object.assign(Object.create(Object.getPrototypeOf(descriptor)), descriptor, { name });
}

/** The same descriptor with a time to live. */
export function timeToLive<D extends StateDescriptor>(descriptor: D, config: StateTtlConfig): D {
  const copy = named(descriptor, descriptor.name);
  copy.enableTimeToLive(config);
  return copy;
}

export function valueState<K, T>(
  backend: KeyedStateBackend<K>,
  descriptor: ValueStateDescriptor<T>,
): ValueState<T> {
  return keyed(backend, descriptor);
}

export function listState<K, T>(
  backend: KeyedStateBackend<K>,
  descriptor: ListStateDescriptor<T>,
): ListState<T> {
  return keyed(backend, descriptor);
}

export function mapState<K, UK, UV>(
  backend: KeyedStateBackend<K>,
  descriptor: MapStateDescriptor<UK, UV>,
): MapState<UK, UV> {
  return keyed(backend, descriptor);
}

export function reducingState<K, T>(
  backend: KeyedStateBackend<K>,
  descriptor: ReducingStateDescriptor<T>,
): ReducingState<T> {
  return keyed(backend, descriptor);
}

export function aggregatingState<K, IN, ACC, OUT>(
  backend: KeyedStateBackend<K>,
  descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
): AggregatingState<IN, OUT> {
  return keyed(backend, descriptor);
}

/** State in windows; set the window before each access. */
export function windowed<K, S extends State>(
  backend: KeyedStateBackend<K>,
  descriptor: StateDescriptor,
): S & InternalKvState<K, TimeWindow> & InternalMergingState<TimeWindow> {
  const state: S & InternalKvState<K, TimeWindow> = backend.getOrCreateKeyedState(
    WINDOWS,
    descriptor,
  );
  return state as S & InternalKvState<K, TimeWindow> & InternalMergingState<TimeWindow>;
}

function keyed<K, S extends State>(
  backend: KeyedStateBackend<K>,
  descriptor: StateDescriptor,
): S & InternalKvState<K, VoidNamespace> {
  return backend.getOrCreateKeyedState(NO_NAMESPACE, descriptor);
}

function typeOf<T>(name: string, serializer: TypeSerializer<T>): TypeInformation<T> {
  return { name, isKeyType: false, createSerializer: () => serializer };
}
