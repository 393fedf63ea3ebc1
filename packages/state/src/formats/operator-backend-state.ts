/**
 * The stream of one subtask's operator state: lists and broadcast maps.
 *
 * Invariants:
 * - Items of a list state are written one by one; the handle says where each begins.
 * - A state without items is written too, so that its type is known at a restore.
 *
 * Bytes: docs/formats/operator-state.md. Flink: OperatorBackendSerializationProxy, DefaultOperatorStateBackendSnapshotStrategy.
 */
import {
  CheckpointError,
  type DataInputView,
  DataOutputView,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import type {
  OperatorStateDistributionMode,
  OperatorStateHandle,
  OperatorStateMetaInfo,
} from '../snapshot/operator-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import type { StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import { FormatInput } from './format-input.ts';
import {
  CompressedPartitions,
  type OperatorStatePartitions,
  PlainPartitions,
} from './operator-state-partitions.ts';
import { writeSnappyChunks, writeSnappyStreamIdentifier } from './snappy-framing.ts';
import {
  readStateMetaInfo,
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
  writeStateMetaInfo,
} from './state-meta-info-snapshot.ts';
import { stateNotWritten } from './state-not-written.ts';

const VERSION_WITHOUT_COMPRESSION_FLAG = 5;
const VERSION = 6;

/** A list without what it holds. */
export interface OperatorListMeta<T = unknown> {
  readonly name: string;
  readonly mode: 'split-distribute' | 'union';
  readonly elementSerializer: TypeSerializer<T>;
}

/** A list of one subtask, as it is written. */
export interface OperatorListToWrite<T = unknown> extends OperatorListMeta<T> {
  readonly items: readonly T[];
}

/** A broadcast map without what it holds. */
export interface BroadcastMapMeta<K = unknown, V = unknown> {
  readonly name: string;
  readonly keySerializer: TypeSerializer<K>;
  readonly valueSerializer: TypeSerializer<V>;
}

/** A broadcast map, as it is written. */
export interface BroadcastMapToWrite<K = unknown, V = unknown> extends BroadcastMapMeta<K, V> {
  readonly entries: ReadonlyMap<K, V>;
}

export interface RestoredOperatorList {
  readonly name: string;
  readonly mode: OperatorStateDistributionMode;
  readonly elementSerializer: TypeSerializerSnapshot<unknown>;
  /** Those whose offsets the handle names, in that order. */
  readonly items: readonly unknown[];
}

export interface RestoredBroadcastMap {
  readonly name: string;
  readonly keySerializer: TypeSerializerSnapshot<unknown>;
  readonly valueSerializer: TypeSerializerSnapshot<unknown>;
  readonly entries: ReadonlyMap<unknown, unknown>;
}

export interface RestoredOperatorState {
  readonly lists: readonly RestoredOperatorList[];
  readonly broadcasts: readonly RestoredBroadcastMap[];
}

export interface OperatorBackendHeader {
  readonly compressed: boolean;
  readonly operatorStates: readonly StateMetaInfoSnapshot[];
  readonly broadcastStates: readonly StateMetaInfoSnapshot[];
}

/**
 * Writes the whole stream. The result is what the handle says of it.
 *
 * @param state - `compressed`: false unless given
 */
export function writeOperatorBackendState(
  output: DataOutputView,
  state: {
    readonly lists: readonly OperatorListToWrite[];
    readonly broadcasts: readonly BroadcastMapToWrite[];
    readonly compressed?: boolean | undefined;
  },
): Map<string, OperatorStateMetaInfo> {
  const { compressed = false } = state;
  const start = output.position;
  writeOperatorBackendHeader(output, { compressed, ...operatorMetaInfos(state) });
  const partition = compressed ? compressedPartitions(output) : plainPartitions(output);
  const metaInfos = new Map<string, OperatorStateMetaInfo>();
  for (const list of state.lists) {
    metaInfos.set(
      list.name,
      named(list, () => writeItems(partition, start, list)),
    );
  }
  for (const map of state.broadcasts) {
    metaInfos.set(
      map.name,
      named(map, () => writeEntries(partition, start, map)),
    );
  }
  return metaInfos;
}

/** Writes what one offset names, and gives the place where it begins in the output. */
type WritePartition = (write: (target: DataOutputView) => void) => number;

function plainPartitions(output: DataOutputView): WritePartition {
  return (write) => {
    const { position } = output;
    write(output);
    return position;
  };
}

/** One framed stream, in which each partition begins a chunk. */
function compressedPartitions(output: DataOutputView): WritePartition {
  const plain = new DataOutputView();
  writeSnappyStreamIdentifier(output);
  return (write) => {
    const { position } = output;
    write(plain.reset());
    writeSnappyChunks(output, plain.bytes());
    return position;
  };
}

/** What does not fit is told with the name of its state. */
function named<R>({ name }: { readonly name: string }, write: () => R): R {
  try {
    return write();
  } catch (error) {
    throw stateNotWritten(`operator state '${name}'`, error);
  }
}

function writeItems(
  partition: WritePartition,
  start: number,
  { mode, elementSerializer, items }: OperatorListToWrite,
): OperatorStateMetaInfo {
  const offsets: number[] = [];
  for (const item of items) {
    offsets.push(partition((target) => elementSerializer.serialize(item, target)) - start);
  }
  return { mode, offsets };
}

function writeEntries(
  partition: WritePartition,
  start: number,
  { keySerializer, valueSerializer, entries }: BroadcastMapToWrite,
): OperatorStateMetaInfo {
  const position = partition((target) => {
    target.writeInt(entries.size);
    for (const [key, value] of entries) {
      keySerializer.serialize(key, target);
      valueSerializer.serialize(value, target);
    }
  });
  return { mode: 'broadcast', offsets: [position - start] };
}

/** What their header says of these. */
export function operatorMetaInfos(of: {
  readonly lists: readonly OperatorListMeta[];
  readonly broadcasts: readonly BroadcastMapMeta[];
}): Omit<OperatorBackendHeader, 'compressed'> {
  return {
    operatorStates: of.lists.map(listMetaInfo),
    broadcastStates: of.broadcasts.map(broadcastMetaInfo),
  };
}

function listMetaInfo(list: OperatorListMeta): StateMetaInfoSnapshot {
  const mode = list.mode === 'union' ? 'UNION' : 'SPLIT_DISTRIBUTE';
  return {
    name: list.name,
    backendStateType: 'OPERATOR',
    options: new Map([['OPERATOR_STATE_DISTRIBUTION_MODE', mode]]),
    serializers: new Map([['VALUE_SERIALIZER', list.elementSerializer.snapshotConfiguration()]]),
  };
}

function broadcastMetaInfo(map: BroadcastMapMeta): StateMetaInfoSnapshot {
  return {
    name: map.name,
    backendStateType: 'BROADCAST',
    options: new Map([['OPERATOR_STATE_DISTRIBUTION_MODE', 'BROADCAST']]),
    serializers: new Map([
      ['KEY_SERIALIZER', map.keySerializer.snapshotConfiguration()],
      ['VALUE_SERIALIZER', map.valueSerializer.snapshotConfiguration()],
    ]),
  };
}

export function writeOperatorBackendHeader(
  output: DataOutputView,
  header: OperatorBackendHeader,
): void {
  output.writeInt(VERSION);
  output.writeBoolean(header.compressed);
  for (const states of [header.operatorStates, header.broadcastStates]) {
    output.writeShort(states.length);
    for (const state of states) {
      writeStateMetaInfo(output, state);
    }
  }
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION_UNSUPPORTED`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export function readOperatorBackendHeader(input: DataInputView): OperatorBackendHeader {
  const version = input.readInt();
  if (version !== VERSION && version !== VERSION_WITHOUT_COMPRESSION_FLAG) {
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `operator state has format version ${version}; 5 and 6 can be read (Flink 1.11 to 1.20)`,
    );
  }
  const compressed = version === VERSION ? input.readBoolean() : false;
  const operatorStates = readStates(input, 'OPERATOR');
  return { compressed, operatorStates, broadcastStates: readStates(input, 'BROADCAST') };
}

function readStates(input: DataInputView, kind: 'OPERATOR' | 'BROADCAST'): StateMetaInfoSnapshot[] {
  const states: StateMetaInfoSnapshot[] = [];
  for (let left = input.readShort(); left > 0; left--) {
    const state = readStateMetaInfo(input);
    if (state.backendStateType !== kind) {
      const message = `state '${state.name}' is ${state.backendStateType} among ${kind} states`;
      throw new CheckpointError('SNAPSHOT_CORRUPT', message);
    }
    states.push(state);
  }
  return states;
}

/**
 * Reads what `handle` names of its stream: all of it, or what a redistribution left.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`
 */
export async function readOperatorBackendState(
  handle: OperatorStateHandle,
  openStateHandle: OpenStateHandle,
): Promise<RestoredOperatorState> {
  const reader = await openStateHandle(handle.delegate);
  try {
    const bytes = await reader.read(0, reader.sizeBytes);
    const source = operatorStreamName(handle.delegate);
    return decodeOperatorBackendState(bytes, handle.stateNameToPartitionOffsets, source);
  } finally {
    await reader.close();
  }
}

function operatorStreamName(stream: StreamStateHandle): string {
  switch (stream.kind) {
    case 'byte-stream':
      return `operator state (inline, ${stream.handleName})`;
    case 'empty-segment-file':
      return 'operator state (empty)';
    default:
      return `operator state ${stream.path}`;
  }
}

/** @param source - names the stream in messages */
export function decodeOperatorBackendState(
  bytes: Uint8Array,
  metaInfos: ReadonlyMap<string, OperatorStateMetaInfo>,
  source = 'operator state',
): RestoredOperatorState {
  const input = new FormatInput(bytes, source);
  const header = input.decode('header', readOperatorBackendHeader);
  const partitions = header.compressed
    ? new CompressedPartitions(input, source)
    : new PlainPartitions(input);
  checkNames(input, header, metaInfos);
  const lists: RestoredOperatorList[] = [];
  for (const state of header.operatorStates) {
    const metaInfo = metaInfos.get(state.name);
    const elementSerializer = requireSerializerSnapshot(state, 'VALUE_SERIALIZER');
    const mode = metaInfo?.mode ?? storedMode(state);
    const items = readItems(partitions, state.name, elementSerializer, metaInfo?.offsets ?? []);
    lists.push({ name: state.name, mode, elementSerializer, items });
  }
  const broadcasts: RestoredBroadcastMap[] = [];
  for (const state of header.broadcastStates) {
    broadcasts.push(readBroadcastMap(partitions, state, metaInfos.get(state.name)));
  }
  return { lists, broadcasts };
}

/** The handle must not name what the stream does not have: it would be lost without a word. */
function checkNames(
  input: FormatInput,
  header: OperatorBackendHeader,
  metaInfos: ReadonlyMap<string, OperatorStateMetaInfo>,
): void {
  const lists = new Set(header.operatorStates.map(({ name }) => name));
  const maps = new Set(header.broadcastStates.map(({ name }) => name));
  for (const [name, { mode }] of metaInfos) {
    if (!(mode === 'broadcast' ? maps : lists).has(name)) {
      throw input.corrupt('header', `it has no ${mode} state '${name}', which its handle names`, 0);
    }
  }
}

function storedMode(state: StateMetaInfoSnapshot): OperatorStateDistributionMode {
  const isUnion = state.options.get('OPERATOR_STATE_DISTRIBUTION_MODE') === 'UNION';
  return isUnion ? 'union' : 'split-distribute';
}

function readItems(
  partitions: OperatorStatePartitions,
  name: string,
  elementSerializer: TypeSerializerSnapshot<unknown>,
  offsets: readonly number[],
): unknown[] {
  const serializer = elementSerializer.restoreSerializer();
  return offsets.map((offset) =>
    partitions.read(offset, name, (input) =>
      input.decode(`item of state '${name}'`, (view) => serializer.deserialize(view)),
    ),
  );
}

function readBroadcastMap(
  partitions: OperatorStatePartitions,
  state: StateMetaInfoSnapshot,
  metaInfo: OperatorStateMetaInfo | undefined,
): RestoredBroadcastMap {
  const { name } = state;
  const keySnapshot = requireSerializerSnapshot(state, 'KEY_SERIALIZER');
  const valueSnapshot = requireSerializerSnapshot(state, 'VALUE_SERIALIZER');
  const offset = metaInfo?.offsets[0];
  const entries =
    offset === undefined
      ? new Map<unknown, unknown>()
      : partitions.read(offset, name, (input) =>
          readEntries(input, name, {
            keySerializer: keySnapshot.restoreSerializer(),
            valueSerializer: valueSnapshot.restoreSerializer(),
          }),
        );
  return { name, keySerializer: keySnapshot, valueSerializer: valueSnapshot, entries };
}

function readEntries(
  input: FormatInput,
  name: string,
  of: {
    readonly keySerializer: TypeSerializer<unknown>;
    readonly valueSerializer: TypeSerializer<unknown>;
  },
): Map<unknown, unknown> {
  const { keySerializer, valueSerializer } = of;
  const entries = new Map<unknown, unknown>();
  for (let left = input.count(`number of entries of state '${name}'`, 0); left > 0; left--) {
    const key = input.decode(`key of state '${name}'`, (view) => keySerializer.deserialize(view));
    entries.set(
      key,
      input.decode(`value of state '${name}'`, (view) => valueSerializer.deserialize(view)),
    );
  }
  return entries;
}
