/**
 * From the state that a program declares to the one that is stored: each value, element or map
 * value with its timestamp, in Flink's layout.
 *
 * Flink: TtlStateFactory.
 */
import {
  AggregatingStateDescriptor,
  DataOutputView,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  SerializerTypeInformation,
  type State,
  type StateDescriptor,
  type TtlValue,
  TtlValueSerializer,
  type TypeInformation,
  ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState } from '../backend/internal-kv-state.ts';
import type { TtlRules } from './expiry.ts';
import { ttlAggregateFunction, ttlReduceFunction } from './ttl-functions.ts';
import type { TtlIncrementalCleanup } from './ttl-incremental-cleanup.ts';

/** The state of timestamped values, and what goes with it. */
export interface StoredState<K, N, S extends State> {
  readonly name: string;
  readonly original: S & InternalKvState<K, N>;
  readonly rules: TtlRules;
  readonly cleanup: TtlIncrementalCleanup | undefined;
}

export function storedDescriptor(descriptor: StateDescriptor, rules: TtlRules): StateDescriptor {
  const { name } = descriptor;
  switch (descriptor.kind) {
    case 'value':
      return new ValueStateDescriptor(name, ttlTypeOf(descriptor.type));
    case 'list':
      return new ListStateDescriptor(name, ttlTypeOf(descriptor.elementType));
    case 'map':
      return new MapStateDescriptor(name, descriptor.keyType, ttlTypeOf(descriptor.valueType));
    case 'reducing':
      return new ReducingStateDescriptor(
        name,
        ttlReduceFunction(descriptor.reduceFunction, rules),
        ttlTypeOf(descriptor.type),
      );
    case 'aggregating':
      return new AggregatingStateDescriptor(
        name,
        ttlAggregateFunction(descriptor.aggregateFunction, rules),
        ttlTypeOf(descriptor.accumulatorType),
      );
  }
}

/** True when values of the type may be null. */
export function takesNull(type: TypeInformation<unknown>): boolean {
  try {
    type.createSerializer().serialize(null, new DataOutputView());
    return true;
  } catch {
    return false; // how a serializer says no
  }
}

function ttlTypeOf<T>(type: TypeInformation<T>): TypeInformation<TtlValue<T>> {
  return new SerializerTypeInformation(new TtlValueSerializer(type.createSerializer()), {
    name: `${type.name} with a time to live`,
    isKeyType: false,
    javaClassName: 'org.apache.flink.runtime.state.ttl.TtlValue',
  });
}
