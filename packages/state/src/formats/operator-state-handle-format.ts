/**
 * Operator state handles and channel state handles as bytes.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: MetadataV2V3SerializerBase, ChannelStateHandleSerializerV1.
 */
import type { DataOutputView } from '@millrace/core';
import type { ChannelStateHandle } from '../snapshot/operator-state.ts';
import type {
  OperatorStateHandle,
  OperatorStateMetaInfo,
} from '../snapshot/operator-state-handle.ts';
import type { FormatInput } from './format-input.ts';
import {
  type HandleContext,
  readStreamStateHandle,
  writeStreamStateHandle,
} from './stream-state-handle-format.ts';

const NULL_HANDLE = 0;
const PARTITIONABLE_OPERATOR_STATE = 4;
const FILE_MERGING_OPERATOR_STATE = 17;

/** In the order of Flink's OperatorStateHandle.Mode. */
const MODES = ['split-distribute', 'union', 'broadcast'] as const;

export function readOperatorStateHandle(
  input: FormatInput,
  field: string,
  context: HandleContext,
): OperatorStateHandle | undefined {
  const at = input.position;
  const type = input.unsignedByte(`type of ${field}`);
  if (type === NULL_HANDLE) {
    return undefined;
  }
  if (type !== PARTITIONABLE_OPERATOR_STATE && type !== FILE_MERGING_OPERATOR_STATE) {
    throw input.corrupt(`type of ${field}`, `${type} is no type of an operator state handle`, at);
  }
  const stateNameToPartitionOffsets = readStates(input, field);
  if (type === PARTITIONABLE_OPERATOR_STATE) {
    const delegate = readStreamStateHandle(input, `stream of ${field}`, context);
    return { stateNameToPartitionOffsets, delegate };
  }
  const fileMerging = {
    taskOwnedDirectory: input.utf(`task-owned directory of ${field}`),
    sharedDirectory: input.utf(`shared directory of ${field}`),
    isEmpty: input.boolean(`emptiness of ${field}`),
  };
  const delegateAt = input.position;
  const delegate = readStreamStateHandle(input, `stream of ${field}`, context);
  if (delegate.kind !== 'segment-file' && delegate.kind !== 'empty-segment-file') {
    throw input.corrupt(`stream of ${field}`, 'only a segment is allowed here', delegateAt);
  }
  return { stateNameToPartitionOffsets, delegate, fileMerging };
}

function readStates(input: FormatInput, field: string): Map<string, OperatorStateMetaInfo> {
  const count = input.count(`number of states of ${field}`, 7); // name, mode, number of offsets
  const states = new Map<string, OperatorStateMetaInfo>();
  for (let i = 0; i < count; i++) {
    const at = input.position;
    const name = input.utf(`state name of ${field}`);
    const modeAt = input.position;
    const modeIndex = input.unsignedByte(`mode of state '${name}' of ${field}`);
    const mode = MODES[modeIndex];
    if (mode === undefined) {
      throw input.corrupt(`mode of state '${name}' of ${field}`, `${modeIndex} is none`, modeAt);
    }
    if (states.has(name)) {
      throw input.corrupt(`state name of ${field}`, `'${name}' is there twice`, at);
    }
    const offsets = input.count(`number of offsets of state '${name}' of ${field}`, 8);
    states.set(name, { mode, offsets: input.longs(`offsets of state '${name}'`, offsets) });
  }
  return states;
}

export function writeOperatorStateHandle(
  output: DataOutputView,
  handle: OperatorStateHandle | undefined,
): void {
  if (handle === undefined) {
    output.writeByte(NULL_HANDLE);
    return;
  }
  const merging = handle.fileMerging;
  output.writeByte(
    merging === undefined ? PARTITIONABLE_OPERATOR_STATE : FILE_MERGING_OPERATOR_STATE,
  );
  output.writeInt(handle.stateNameToPartitionOffsets.size);
  for (const [name, { mode, offsets }] of handle.stateNameToPartitionOffsets) {
    output.writeUTF(name);
    output.writeByte(MODES.indexOf(mode));
    output.writeInt(offsets.length);
    for (const offset of offsets) {
      output.writeLong(offset);
    }
  }
  if (merging !== undefined) {
    output.writeUTF(merging.taskOwnedDirectory);
    output.writeUTF(merging.sharedDirectory);
    output.writeBoolean(merging.isEmpty);
  }
  writeStreamStateHandle(output, handle.delegate);
}

export function readChannelStateHandles(
  input: FormatInput,
  field: string,
  context: HandleContext,
): ChannelStateHandle[] {
  const count = input.count(`number of ${field}`, 25); // 3 ints, a count, a size and a type
  const handles: ChannelStateHandle[] = [];
  for (let i = 0; i < count; i++) {
    const subtaskIndex = input.int(`subtask of ${field}`);
    const partitionIndex = input.int(`partition of ${field}`);
    const channelIndex = input.int(`channel of ${field}`);
    const offsetCount = input.count(`number of offsets of ${field}`, 8);
    const offsets = input.longs(`offsets of ${field}`, offsetCount);
    const sizeBytes = input.long(`size of ${field}`);
    const delegate = readStreamStateHandle(input, `stream of ${field}`, context);
    handles.push({ subtaskIndex, partitionIndex, channelIndex, offsets, sizeBytes, delegate });
  }
  return handles;
}

export function writeChannelStateHandles(
  output: DataOutputView,
  handles: readonly ChannelStateHandle[],
): void {
  output.writeInt(handles.length);
  for (const handle of handles) {
    output.writeInt(handle.subtaskIndex);
    output.writeInt(handle.partitionIndex);
    output.writeInt(handle.channelIndex);
    output.writeInt(handle.offsets.length);
    for (const offset of handle.offsets) {
      output.writeLong(offset);
    }
    output.writeLong(handle.sizeBytes);
    writeStreamStateHandle(output, handle.delegate);
  }
}
