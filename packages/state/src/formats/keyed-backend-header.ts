/**
 * The head of every stream of keyed state: the key's serializer and all states, in the order of
 * the state ids that the data uses.
 *
 * Bytes: docs/formats/heap-keyed-state.md. Flink: KeyedBackendSerializationProxy.
 */
import {
  CheckpointError,
  type DataInputView,
  type DataOutputView,
  readSnapshotProxy,
  type TypeSerializerSnapshot,
  writeSnapshotProxy,
} from '@millrace/core';
import {
  readStateMetaInfo,
  type StateMetaInfoSnapshot,
  writeStateMetaInfo,
} from './state-meta-info-snapshot.ts';

const VERSION = 6;
const STATES_MAX = 32767; // the count is a signed 16-bit integer

export interface KeyedBackendHeader {
  /** True when key groups are snappy-framed. */
  readonly compressed: boolean;
  readonly keySerializer: TypeSerializerSnapshot<unknown>;
  /** The index is the state id. */
  readonly states: readonly StateMetaInfoSnapshot[];
}

export function writeKeyedBackendHeader(output: DataOutputView, header: KeyedBackendHeader): void {
  const { length } = header.states;
  if (length > STATES_MAX) {
    const message = `one operator has ${length} keyed states; ${STATES_MAX} is the most`;
    throw new CheckpointError('UNSUPPORTED', message);
  }
  output.writeInt(VERSION);
  output.writeBoolean(header.compressed);
  writeSnapshotProxy(output, header.keySerializer);
  output.writeShort(length);
  for (const state of header.states) {
    writeStateMetaInfo(output, state);
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export function readKeyedBackendHeader(input: DataInputView): KeyedBackendHeader {
  const { compressed, keySerializer, states, error } = readKeyedBackendHeaderStart(input);
  if (error !== undefined || keySerializer === undefined) {
    throw error;
  }
  return { compressed, keySerializer, states };
}

/** A head, up to where it cannot be read. */
export interface KeyedBackendHeaderStart {
  readonly compressed: boolean;
  readonly keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  readonly states: readonly StateMetaInfoSnapshot[];
  /** What `readKeyedBackendHeader` throws; `undefined` when all is there. */
  readonly error: unknown;
}

/** For those who look into a snapshot: nothing but the states before an unknown serializer is known. */
export function readKeyedBackendHeaderStart(input: DataInputView): KeyedBackendHeaderStart {
  const states: StateMetaInfoSnapshot[] = [];
  let compressed = false;
  let keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  try {
    const version = input.readInt();
    if (version !== VERSION) {
      throw new CheckpointError(
        'SNAPSHOT_VERSION_UNSUPPORTED',
        `keyed state has format version ${version}; ${VERSION} can be read (Flink 1.11 to 1.20)`,
      );
    }
    compressed = input.readBoolean();
    keySerializer = readSnapshotProxy(input);
    const count = input.readShort();
    if (count < 0) {
      throw new CheckpointError('SNAPSHOT_CORRUPT', `there cannot be ${count} keyed states`);
    }
    for (let i = 0; i < count; i++) {
      states.push(readStateMetaInfo(input));
    }
    return { compressed, keySerializer, states, error: undefined };
  } catch (error) {
    return { compressed, keySerializer, states, error };
  }
}
