/**
 * What a snapshot says of one state: its name, its kind, and the serializers that wrote it.
 *
 * Bytes: docs/formats/heap-keyed-state.md. Flink: StateMetaInfoSnapshot, StateMetaInfoSnapshotReadersWriters.
 */
import {
  CheckpointError,
  type DataInputView,
  type DataOutputView,
  errorCode,
  errorMessage,
  readSnapshotProxy,
  type TypeSerializerSnapshot,
  writeSnapshotProxy,
} from '@millrace/core';

/** In the order of Flink's BackendStateType: the index is what is stored. */
export const BACKEND_STATE_TYPES = [
  'KEY_VALUE',
  'OPERATOR',
  'BROADCAST',
  'PRIORITY_QUEUE',
] as const;
export type BackendStateType = (typeof BACKEND_STATE_TYPES)[number];

/** Flink: CommonOptionsKeys. */
export type StateMetaInfoOption = 'KEYED_STATE_TYPE' | 'OPERATOR_STATE_DISTRIBUTION_MODE';

/** Flink: CommonSerializerKeys. */
export type StateMetaInfoSerializer =
  | 'KEY_SERIALIZER'
  | 'NAMESPACE_SERIALIZER'
  | 'VALUE_SERIALIZER';

export interface StateMetaInfoSnapshot {
  readonly name: string;
  readonly backendStateType: BackendStateType;
  /** By `StateMetaInfoOption`; unknown ones are kept. */
  readonly options: ReadonlyMap<string, string>;
  /** By `StateMetaInfoSerializer`; unknown ones are kept. */
  readonly serializers: ReadonlyMap<string, TypeSerializerSnapshot<unknown>>;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT` when the state's kind needs it and it is not there */
export function requireSerializerSnapshot(
  state: StateMetaInfoSnapshot,
  key: StateMetaInfoSerializer,
): TypeSerializerSnapshot<unknown> {
  const snapshot = state.serializers.get(key);
  if (snapshot === undefined) {
    throw new CheckpointError('SNAPSHOT_CORRUPT', `state '${state.name}' has no ${key}`);
  }
  return snapshot;
}

export function writeStateMetaInfo(output: DataOutputView, state: StateMetaInfoSnapshot): void {
  output.writeUTF(state.name);
  output.writeInt(BACKEND_STATE_TYPES.indexOf(state.backendStateType));
  output.writeInt(state.options.size);
  for (const [key, value] of state.options) {
    output.writeUTF(key);
    output.writeUTF(value);
  }
  output.writeInt(state.serializers.size);
  for (const [key, snapshot] of state.serializers) {
    output.writeUTF(key);
    writeSnapshotProxy(output, snapshot);
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export function readStateMetaInfo(input: DataInputView): StateMetaInfoSnapshot {
  const name = input.readUTF();
  const typeIndex = input.readInt();
  const backendStateType = BACKEND_STATE_TYPES[typeIndex];
  if (backendStateType === undefined) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `state '${name}' has the unknown kind ${typeIndex}`,
    );
  }
  const options = new Map<string, string>();
  for (let left = readCount(input, `options of state '${name}'`); left > 0; left--) {
    options.set(input.readUTF(), input.readUTF());
  }
  const serializers = new Map<string, TypeSerializerSnapshot<unknown>>();
  for (let left = readCount(input, `serializers of state '${name}'`); left > 0; left--) {
    serializers.set(input.readUTF(), readSnapshotOf(name, input));
  }
  return { name, backendStateType, options, serializers };
}

/** Says which state names a serializer that nothing reads. */
function readSnapshotOf(name: string, input: DataInputView): TypeSerializerSnapshot<unknown> {
  try {
    return readSnapshotProxy(input);
  } catch (error) {
    if (errorCode(error) !== 'SERIALIZER_SNAPSHOT_UNKNOWN') {
      throw error;
    }
    const message = `state '${name}': ${errorMessage(error)}`;
    throw new CheckpointError('SERIALIZER_SNAPSHOT_UNKNOWN', message, { cause: error });
  }
}

function readCount(input: DataInputView, what: string): number {
  const count = input.readInt();
  if (count < 0 || count > input.remaining) {
    throw new CheckpointError('SNAPSHOT_CORRUPT', `there cannot be ${count} ${what}`);
  }
  return count;
}
