/** Writes logs as Flink's changelog backend does, for tests. */
import {
  DataOutputView,
  KeyGroupRange,
  keyGroupForKeyHash,
  ListSerializer,
  MapSerializer,
  TimerSerializer,
  type TypeSerializer,
  Types,
} from '@millrace/core';
import { COMMON_KEY_GROUP, STATE_CHANGE_OPERATIONS } from '../formats/changelog-change.ts';
import { writeSnappyChunks, writeSnappyStreamIdentifier } from '../formats/snappy-framing.ts';
import {
  type StateMetaInfoSnapshot,
  writeStateMetaInfo,
} from '../formats/state-meta-info-snapshot.ts';
import type {
  ChangelogStateBackendHandle,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';

export const NUMBER_OF_KEY_GROUPS = 4;
export const KEY_GROUPS: KeyGroupRange = new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1);
export const STRING: TypeSerializer<string> = Types.STRING.createSerializer();
export const LONG: TypeSerializer<number> = Types.LONG.createSerializer();
export const STRINGS: ListSerializer<string> = new ListSerializer(STRING);
export const MAP: MapSerializer<string, string> = new MapSerializer(STRING, STRING);
export const TIMERS: TimerSerializer<string, string> = new TimerSerializer(STRING, STRING);

export function stateOf(
  name: string,
  kind: 'VALUE' | 'LIST' | 'REDUCING' | 'MAP' | 'TIMERS',
  valueSerializer: unknown,
): StateMetaInfoSnapshot {
  const value = (valueSerializer as TypeSerializer<unknown>).snapshotConfiguration();
  return kind === 'TIMERS'
    ? {
        name,
        backendStateType: 'PRIORITY_QUEUE',
        options: new Map(),
        serializers: new Map([['VALUE_SERIALIZER', value]]),
      }
    : {
        name,
        backendStateType: 'KEY_VALUE',
        options: new Map([['KEYED_STATE_TYPE', kind]]),
        serializers: new Map([
          ['NAMESPACE_SERIALIZER', STRING.snapshotConfiguration() as never],
          ['VALUE_SERIALIZER', value],
        ]),
      };
}

export const STATES: readonly StateMetaInfoSnapshot[] = [
  stateOf('value', 'VALUE', LONG),
  stateOf('list', 'LIST', STRINGS),
  stateOf('reducing', 'REDUCING', LONG),
  stateOf('map', 'MAP', MAP),
  stateOf('_timer_state/event_t', 'TIMERS', TIMERS),
];

export type StateName = 'value' | 'list' | 'reducing' | 'map' | '_timer_state/event_t';

export interface Change {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
}

export function keyGroupOf(key: string): number {
  return keyGroupForKeyHash(STRING.hashCode(key), NUMBER_OF_KEY_GROUPS);
}

/** What `write` puts behind the operation and the id of the state. */
export function change(
  operation: (typeof STATE_CHANGE_OPERATIONS)[number],
  state: StateName | number,
  key: string,
  write: (output: DataOutputView) => void,
): Change {
  const output = new DataOutputView();
  output.writeByte(STATE_CHANGE_OPERATIONS.indexOf(operation));
  output.writeShort(
    typeof state === 'number' ? state : STATES.findIndex(({ name }) => name === state),
  );
  write(output);
  return { keyGroup: keyGroupOf(key), bytes: output.copyBytes() };
}

/** With key and namespace, as of all states but timers. */
export function scoped(
  operation: (typeof STATE_CHANGE_OPERATIONS)[number],
  state: StateName | number,
  of: { readonly key: string; readonly namespace: string },
  write: (output: DataOutputView) => void = () => {},
): Change {
  return change(operation, state, of.key, (output) => {
    STRING.serialize(of.key, output);
    STRING.serialize(of.namespace, output);
    write(output);
  });
}

export function metadata(
  state: StateMetaInfoSnapshot,
  id: number,
  more: { readonly timeToLive?: Uint8Array; readonly default?: Uint8Array } = {},
): Change {
  const output = new DataOutputView();
  const isQueue = state.backendStateType === 'PRIORITY_QUEUE';
  output.writeByte(STATE_CHANGE_OPERATIONS.indexOf('METADATA'));
  output.writeInt(7);
  writeStateMetaInfo(output, state);
  for (const part of isQueue ? [] : [more.timeToLive, more.default]) {
    output.writeBoolean(part !== undefined);
    output.write(part ?? new Uint8Array());
  }
  output.writeShort(id);
  output.writeByte(isQueue ? 3 : 0);
  return { keyGroup: COMMON_KEY_GROUP, bytes: output.copyBytes() };
}

export const METADATA: readonly Change[] = STATES.map((state, id) => metadata(state, id));

/** By key group, those of metadata first. */
export function writeChangeSet(output: DataOutputView, changes: readonly Change[]): void {
  const groups = new Map<number, Uint8Array[]>();
  for (const { keyGroup, bytes } of changes) {
    groups.set(keyGroup, [...(groups.get(keyGroup) ?? []), bytes]);
  }
  output.writeInt(groups.size);
  for (const [keyGroup, list] of [...groups].sort(([a], [b]) => a - b)) {
    output.writeInt(list.length);
    output.writeInt(keyGroup);
    for (const bytes of list) {
      output.writeInt(bytes.length);
      output.write(bytes);
    }
  }
}

export type Storage = 'memory' | 'plain' | 'compressed';

/** Each set a change set of its own, all in one file. */
export function logHandle(
  sets: readonly (readonly Change[])[],
  storage: Storage = 'plain',
): KeyedStateHandle {
  const sizeBytes = sets.flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
  const common = { keyGroupRange: KEY_GROUPS, stateHandleId: 'log' };
  if (storage === 'memory') {
    const changes = sets.flat().map(({ keyGroup, bytes }) => ({ keyGroup, change: bytes }));
    const toSequence = changes.length;
    return { ...common, kind: 'in-memory-changelog', fromSequence: 0, toSequence, changes };
  }
  const output = new DataOutputView();
  const offsets = sets.map((changes) => {
    const offset = output.position;
    writeChangeSet(output, changes);
    return offset;
  });
  const file = new DataOutputView();
  file.writeByte(storage === 'plain' ? 0 : 1);
  if (storage === 'compressed') {
    writeSnappyStreamIdentifier(file);
    writeSnappyChunks(file, output.bytes());
  } else {
    file.write(output.bytes());
  }
  const data = file.copyBytes();
  return {
    ...common,
    kind: 'changelog-stream',
    streams: offsets.map((offset) => ({
      offset,
      handle: { kind: 'byte-stream', handleName: `log-${storage}`, data },
    })),
    sizeBytes,
    checkpointedSizeBytes: sizeBytes,
    storageIdentifier: 'filesystem',
  };
}

export function changelogHandle(
  nonMaterialized: readonly KeyedStateHandle[],
  materialized: readonly KeyedStateHandle[] = [],
): ChangelogStateBackendHandle {
  return {
    kind: 'changelog',
    keyGroupRange: KEY_GROUPS,
    checkpointedSizeBytes: 0,
    materialized,
    nonMaterialized,
    materializationId: 0,
    checkpointId: 1,
    stateHandleId: 'changelog',
  };
}
