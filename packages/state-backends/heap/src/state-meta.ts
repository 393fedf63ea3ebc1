/**
 * Between the states of a backend and what the header of a snapshot says of them.
 *
 * Flink: RegisteredKeyValueStateBackendMetaInfo, RegisteredPriorityQueueStateBackendMetaInfo.
 */
import {
  type StateKind,
  type TypeSerializer,
  type TypeSerializerSnapshot,
  VoidNamespaceSerializer,
} from '@millrace/core';
import type { StateMetaInfoSnapshot } from '@millrace/state';
import type { StateMeta } from './state-table.ts';

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
