/**
 * What a backend knows of a state, from what the program declares to what the header of a snapshot
 * says of it.
 *
 * Flink: RegisteredKeyValueStateBackendMetaInfo, RegisteredPriorityQueueStateBackendMetaInfo.
 */
import {
  ListSerializer,
  MapSerializer,
  type StateDescriptor,
  type StateKind,
  type TypeInformation,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  VoidNamespaceSerializer,
} from '@millrace/core';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';

/** What the snapshot says of a state. A restored one has the snapshot's serializers at first. */
export interface StateMeta<N> {
  readonly name: string;
  readonly kind: StateKind;
  readonly namespaceSerializer: TypeSerializer<N>;
  /** Of the whole state: of the list, the map, the accumulator. */
  readonly stateSerializer: TypeSerializer<unknown>;
}

/** A state as the program declares it. */
export function declaredMeta(
  namespaceType: TypeInformation<unknown>,
  descriptor: StateDescriptor,
): StateMeta<unknown> {
  return {
    name: descriptor.name,
    kind: descriptor.kind,
    namespaceSerializer: namespaceType.createSerializer(),
    stateSerializer: stateSerializerOf(descriptor),
  };
}

export function kindMeta(meta: StateMeta<unknown>): StateMetaInfoSnapshot {
  return {
    name: meta.name,
    backendStateType: 'KEY_VALUE',
    options: new Map([['KEYED_STATE_TYPE', meta.kind.toUpperCase()]]),
    serializers: new Map([
      ['NAMESPACE_SERIALIZER', meta.namespaceSerializer.snapshotConfiguration()],
      ['VALUE_SERIALIZER', meta.stateSerializer.snapshotConfiguration()],
    ]),
  };
}

export function timerMeta(queue: {
  readonly name: string;
  readonly serializer: { snapshotConfiguration(): TypeSerializerSnapshot<unknown> };
}): StateMetaInfoSnapshot {
  return {
    name: queue.name,
    backendStateType: 'PRIORITY_QUEUE',
    options: new Map(),
    serializers: new Map([['VALUE_SERIALIZER', queue.serializer.snapshotConfiguration()]]),
  };
}

/** `undefined` for kinds that no backend writes any more. */
export function stateKindOf(option: string | undefined): StateKind | undefined {
  switch (option) {
    case 'VALUE':
      return 'value';
    case 'LIST':
      return 'list';
    case 'MAP':
      return 'map';
    case 'REDUCING':
      return 'reducing';
    case 'AGGREGATING':
      return 'aggregating';
    default:
      return undefined;
  }
}

export function isVoidNamespace(serializer: TypeSerializer<unknown>): boolean {
  return serializer instanceof VoidNamespaceSerializer;
}

function stateSerializerOf(descriptor: StateDescriptor): TypeSerializer<unknown> {
  switch (descriptor.kind) {
    case 'list':
      return new ListSerializer(
        descriptor.elementType.createSerializer(),
      ) as TypeSerializer<unknown>;
    case 'map':
      return new MapSerializer(
        descriptor.keyType.createSerializer(),
        descriptor.valueType.createSerializer(),
      ) as TypeSerializer<unknown>;
    case 'aggregating':
      return descriptor.accumulatorType.createSerializer();
    default:
      return descriptor.type.createSerializer();
  }
}
