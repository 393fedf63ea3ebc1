/**
 * Reads heap snapshots and canonical savepoints into a backend, cut to the key groups that it owns.
 *
 * Invariant: values are decoded by the serializers that the snapshot names, whatever the program
 * declares later.
 *
 * Flink: HeapRestoreOperation. Bytes: docs/formats/heap-keyed-state.md, docs/formats/canonical-keyed-state.md
 */
import {
  CheckpointError,
  converter,
  MapSerializer,
  TimerSerializer,
  type TypeSerializer,
} from '@millrace/core';
import {
  type HeapKeyGroupState,
  type HeapStateEntry,
  type HeapTimer,
  type KeyedStateBackendParameters,
  type KeyedStateRowReader,
  openKeyedState,
  readKeyGroups,
  requireSerializerSnapshot,
  resolveKeySerializer,
  type StateMetaInfoSnapshot,
  stateKindOf,
} from '@millrace/state';
import { userKeyIdentityOf } from '@millrace/state/columns';
import { ListContents, MapEntry, type MapValue, mapValueOf } from './contents.ts';
import { HeapKeyedStateBackend } from './heap-keyed-state-backend.ts';
import { smallMapMax } from './map-column.ts';
import type { StateTable } from './state-table.ts';

const RESTORED_VERSION = 0; // older than any snapshot of the new backend

/** Puts what one key group holds of one state into the backend. */
type GroupRestorer = (group: HeapKeyGroupState) => void;

/**
 * Reports `STATE_INCOMPATIBLE` when the keys have another type in the snapshot; the backend then
 * knows what the snapshot says of the states, and holds none.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
 *   `UNSUPPORTED`
 */
export async function restoreHeapBackend<K>(
  parameters: KeyedStateBackendParameters<K>,
): Promise<HeapKeyedStateBackend<K>> {
  const readers: KeyedStateRowReader[] = [];
  const keySerializer = parameters.keyType.createSerializer().snapshotConfiguration();
  try {
    for (const handle of parameters.stateHandles) {
      if (handle.keyGroupRange.intersect(parameters.keyGroupRange) !== undefined) {
        readers.push(await openKeyedState(handle, { ...parameters, keySerializer }));
      }
    }
    return await restoreFrom(readers, parameters);
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

async function restoreFrom<K>(
  readers: readonly KeyedStateRowReader[],
  parameters: KeyedStateBackendParameters<K>,
): Promise<HeapKeyedStateBackend<K>> {
  const { keySerializer, keysFit } = resolveKeySerializer(
    parameters,
    readers.map(({ header }) => header),
  );
  const backend = new HeapKeyedStateBackend(keySerializer, parameters);
  const { keyGroupRange: keyGroups, numberOfKeyGroups } = parameters;
  for (const reader of readers) {
    const { keySerializer: restoredKey, states } = reader.header;
    const keyOf = converter(restoredKey.restoreSerializer() as TypeSerializer<K>, keySerializer);
    if (!keysFit) {
      // Timers hold the key too: what is wrong with them has been said.
      for (const state of states.filter((each) => each.backendStateType === 'KEY_VALUE')) {
        restorerOf(backend, state, keyOf);
      }
      continue;
    }
    const restorers = states.map((state) => restorerOf(backend, state, keyOf));
    if (parameters.schemaOnly === true) {
      continue;
    }
    for await (const keyGroup of readKeyGroups(reader, { keyGroups, numberOfKeyGroups })) {
      for (const state of keyGroup.states) {
        restorers[state.stateId]?.(state);
      }
    }
  }
  return backend;
}

function restorerOf<K>(
  backend: HeapKeyedStateBackend<K>,
  state: StateMetaInfoSnapshot,
  keyOf: (key: K) => K,
): GroupRestorer {
  const stateSerializer = requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer();
  backend.addRestored(state);
  if (state.backendStateType === 'PRIORITY_QUEUE') {
    return timerRestorer(backend, stateSerializer, { state, keyOf });
  }
  const option = state.options.get('KEYED_STATE_TYPE');
  const kind = stateKindOf(option);
  if (kind === undefined) {
    throw corrupt(`state '${state.name}' has the unknown kind ${option}`);
  }
  const namespaceSerializer = requireSerializerSnapshot(
    state,
    'NAMESPACE_SERIALIZER',
  ).restoreSerializer();
  const { name } = state;
  const table = backend.restoredTable({ name, kind, namespaceSerializer, stateSerializer });
  const contentsOf = contentsReader(kind, stateSerializer);
  return (group) => restoreEntries(table, group, { keyOf, contentsOf });
}

function restoreEntries<K>(
  table: StateTable<K, unknown>,
  group: HeapKeyGroupState,
  convert: { keyOf: (key: K) => K; contentsOf: (value: unknown) => unknown },
): void {
  for (const entry of group.entries as readonly HeapStateEntry[]) {
    const value = convert.contentsOf(entry.value);
    if (value !== undefined) {
      const key = convert.keyOf(entry.key as K);
      table.restore({ key, namespace: entry.namespace, keyGroup: group.keyGroup, value });
    }
  }
}

function timerRestorer<K>(
  backend: HeapKeyedStateBackend<K>,
  stateSerializer: TypeSerializer<unknown>,
  restored: { state: StateMetaInfoSnapshot; keyOf: (key: K) => K },
): GroupRestorer {
  const { state, keyOf } = restored;
  const serializer = stateSerializer as unknown;
  if (!(serializer instanceof TimerSerializer)) {
    throw corrupt(`the queue '${state.name}' does not hold timers`);
  }
  const queue = backend.restoredTimerQueue(state.name, serializer);
  return (group) => {
    for (const element of group.elements) {
      const { timestamp, key, namespace } = element as HeapTimer<K, unknown>;
      queue.restore({ timestamp, key: keyOf(key), namespace }, group.keyGroup);
    }
  };
}

/** From a decoded value to what a table keeps; an empty list or map is no value. */
function contentsReader(
  kind: string,
  stateSerializer: TypeSerializer<unknown>,
): (value: unknown) => unknown {
  const serializer = stateSerializer as unknown;
  if (kind === 'list') {
    return (value) => {
      const elements = value as unknown[];
      return elements.length === 0 ? undefined : new ListContents(elements, RESTORED_VERSION);
    };
  }
  if (kind === 'map' && serializer instanceof MapSerializer) {
    const identityOf = userKeyIdentityOf(serializer.keySerializer as TypeSerializer<unknown>);
    const smallMax = smallMapMax(serializer.keySerializer);
    return (value) => mapContents(value as ReadonlyMap<unknown, unknown>, identityOf, smallMax);
  }
  return (value) => value ?? undefined;
}

function mapContents(
  map: ReadonlyMap<unknown, unknown>,
  identityOf: (key: unknown) => unknown,
  smallMax: number,
): MapValue | undefined {
  const entries = new Map<unknown, MapEntry>();
  for (const [userKey, value] of map) {
    entries.set(identityOf(userKey), new MapEntry(userKey, value, RESTORED_VERSION));
  }
  return mapValueOf(entries, RESTORED_VERSION, smallMax);
}

function corrupt(what: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', `${what}; restore another snapshot`);
}
