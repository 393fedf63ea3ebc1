/**
 * The `_metadata` file: all state handles of one snapshot.
 *
 * Invariants:
 * - Versions 2, 3 and 4 are read to the last byte; version 4 is written.
 * - What is read and written again has the same bytes, if it was version 4 with the newest handles.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: Checkpoints, MetadataV4Serializer.
 */
import {
  CheckpointError,
  DataOutputView,
  invariant,
  UPPER_BOUND_MAX_PARALLELISM,
} from '@millrace/core';
import {
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  type MasterState,
  type OperatorState,
  type OperatorSubtaskState,
} from '../snapshot/operator-state.ts';
import {
  readCheckpointProperties,
  writeCheckpointProperties,
} from './checkpoint-properties-format.ts';
import { FormatInput } from './format-input.ts';
import { readKeyedStateHandle, writeKeyedStateHandle } from './keyed-state-handle-format.ts';
import {
  readChannelStateHandles,
  readOperatorStateHandle,
  writeChannelStateHandles,
  writeOperatorStateHandle,
} from './operator-state-handle-format.ts';
import {
  type HandleContext,
  readCoordinatorState,
  writeStreamStateHandle,
} from './stream-state-handle-format.ts';

const HEADER_MAGIC = 0x4960672d;
const MASTER_STATE_MAGIC = 0xc96b1696 | 0;
const VERSION_WRITTEN = 4;
const OPERATOR_ID_BYTES = 16;

/**
 * @param metadataDirectoryUri - the folder of the file, which relative state files are beside
 * @param source - the file as messages name it
 * @throws CheckpointError `SNAPSHOT_CORRUPT` with the offset and field, `SNAPSHOT_VERSION_UNSUPPORTED`
 */
export function readCheckpointMetadata(
  bytes: Uint8Array,
  metadataDirectoryUri: string,
  source: string = `${metadataDirectoryUri}/_metadata`,
): CheckpointMetadata {
  const input = new FormatInput(bytes, source);
  const version = readVersion(input, metadataDirectoryUri);
  const idAt = input.position;
  const checkpointId = input.long('checkpoint id');
  if (checkpointId < 0) {
    throw input.corrupt('checkpoint id', `it is ${checkpointId}`, idAt);
  }
  const context = { version, metadataDirectoryUri, checkpointId };
  const masterStates = readMasterStates(input);
  const count = input.count('number of operators', OPERATOR_ID_BYTES);
  const operatorStates: OperatorState[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    const at = input.position;
    const state = readOperatorState(input, context);
    if (seen.has(state.operatorId)) {
      throw input.corrupt('operator id', `${state.operatorId} is there twice`, at);
    }
    seen.add(state.operatorId);
    operatorStates.push(state);
  }
  const properties = version >= 4 ? readCheckpointProperties(input) : undefined;
  input.expectEnd();
  return { checkpointId, operatorStates, masterStates, properties };
}

/** Whether it begins as one, however damaged the rest. */
export function isCheckpointMetadata(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  return length >= 4 && new DataView(buffer, byteOffset).getInt32(0) === HEADER_MAGIC;
}

interface ReadContext extends HandleContext {
  readonly version: number;
}

function readVersion(input: FormatInput, directory: string): number {
  if (input.int('magic number') !== HEADER_MAGIC) {
    throw input.corrupt('magic number', 'this is no snapshot metadata', 0);
  }
  const version = input.int('version');
  if (version < 2 || version > VERSION_WRITTEN) {
    const writer =
      version === 1
        ? 'Flink 1.2 wrote it; take a savepoint with Flink 1.3 to 1.20'
        : 'versions 2 to 4 can be read; take a canonical savepoint with Flink 1.15 to 1.20';
    throw new CheckpointError(
      'SNAPSHOT_VERSION_UNSUPPORTED',
      `${directory}/_metadata has format version ${version}: ${writer}`,
    );
  }
  return version;
}

function readMasterStates(input: FormatInput): MasterState[] {
  const count = input.count('number of master states', 18);
  const states: MasterState[] = [];
  for (let i = 0; i < count; i++) {
    const at = input.position;
    if (input.int('magic number of a master state') !== MASTER_STATE_MAGIC) {
      throw input.corrupt('magic number of a master state', 'it is another', at);
    }
    const length = input.count('length of a master state', 1);
    const start = input.position;
    const version = input.int('version of a master state');
    const name = input.utf('name of a master state');
    const dataLength = input.count('data length of a master state', 1);
    const bytes = input.bytes('data of a master state', dataLength);
    if (input.position - start !== length) {
      throw input.corrupt('length of a master state', `it is ${length}, not what is there`, at);
    }
    states.push({ version, name, bytes });
  }
  return states;
}

function readOperatorState(input: FormatInput, context: ReadContext): OperatorState {
  const operatorId = Buffer.from(input.bytes('operator id', OPERATOR_ID_BYTES)).toString('hex');
  const of = `of operator ${operatorId}`;
  const parallelism = input.intBetween(`parallelism ${of}`, 1, UPPER_BOUND_MAX_PARALLELISM);
  const maxParallelism = input.intBetween(
    `max parallelism ${of}`,
    parallelism,
    UPPER_BOUND_MAX_PARALLELISM,
  );
  if (context.version === 2) {
    input.intBetween(`chain length ${of}`, 1, 1);
  }
  const coordinatorState = context.version >= 3 ? readCoordinatorState(input, context) : undefined;
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  const head = { operatorId, parallelism, maxParallelism, coordinatorState, subtaskStates };
  const countAt = input.position;
  const count = input.int(`number of subtasks ${of}`);
  if (count === -1 && context.version >= 3) {
    return { ...head, fullyFinished: true };
  }
  input.checkCount(`number of subtasks ${of}`, count, 4, countAt);
  for (let i = 0; i < count; i++) {
    const at = input.position;
    const stored = input.int(`subtask index ${of}`);
    const finished = stored < 0;
    const index = finished ? -stored - 1 : stored;
    if (index >= parallelism || subtaskStates.has(index)) {
      const reason = index >= parallelism ? `parallelism is ${parallelism}` : 'it is there twice';
      throw input.corrupt(`subtask index ${of}`, `it is ${index}, but ${reason}`, at);
    }
    subtaskStates.set(
      index,
      finished
        ? { ...EMPTY_SUBTASK_STATE, finished }
        : readSubtaskState(input, `subtask ${index} ${of}`, context),
    );
  }
  return { ...head, fullyFinished: false };
}

function readSubtaskState(
  input: FormatInput,
  subtask: string,
  context: ReadContext,
): OperatorSubtaskState {
  if (context.version === 2) {
    input.read(`duration of ${subtask}`, (view) => view.readBigLong());
    input.intBetween(`legacy state of ${subtask}`, 0, 0);
  }
  const operatorState = (slot: string) =>
    input.flag(`presence of ${slot} of ${subtask}`)
      ? readOperatorStateHandle(input, `${slot} of ${subtask}`, context)
      : undefined;
  const managedOperatorState = operatorState('managed operator state');
  const rawOperatorState = operatorState('raw operator state');
  const managedKeyedState = readKeyedStateHandle(input, `keyed state of ${subtask}`, context);
  const rawKeyedState = readKeyedStateHandle(input, `raw keyed state of ${subtask}`, context);
  const channels = (slot: string) =>
    context.version >= 3
      ? readChannelStateHandles(input, `${slot} of ${subtask}`, context)
      : EMPTY_SUBTASK_STATE.inputChannelState;
  return {
    finished: false,
    managedOperatorState,
    rawOperatorState,
    managedKeyedState,
    rawKeyedState,
    inputChannelState: channels('input channel state'),
    resultSubpartitionState: channels('result subpartition state'),
  };
}

/** Always version 4. Properties must be there: they say what kind of snapshot it is. */
export function writeCheckpointMetadata(metadata: CheckpointMetadata): Uint8Array {
  const { properties } = metadata;
  invariant(properties !== undefined, 'a snapshot that is written has properties');
  const output = new DataOutputView(64 * 1024);
  output.writeInt(HEADER_MAGIC);
  output.writeInt(VERSION_WRITTEN);
  output.writeLong(metadata.checkpointId);
  output.writeInt(metadata.masterStates.length);
  for (const state of metadata.masterStates) {
    writeMasterState(output, state);
  }
  output.writeInt(metadata.operatorStates.length);
  for (const state of metadata.operatorStates) {
    writeOperatorState(output, state);
  }
  writeCheckpointProperties(output, properties);
  return output.copyBytes();
}

function writeMasterState(output: DataOutputView, state: MasterState): void {
  const inner = new DataOutputView();
  inner.writeInt(state.version);
  inner.writeUTF(state.name);
  inner.writeInt(state.bytes.length);
  inner.write(state.bytes);
  output.writeInt(MASTER_STATE_MAGIC);
  output.writeInt(inner.position);
  output.write(inner.bytes());
}

function writeOperatorState(output: DataOutputView, state: OperatorState): void {
  const operatorId = Buffer.from(state.operatorId, 'hex');
  invariant(operatorId.length === OPERATOR_ID_BYTES, 'an operator id has 32 hexadecimal digits');
  output.write(operatorId);
  output.writeInt(state.parallelism);
  output.writeInt(state.maxParallelism);
  writeStreamStateHandle(output, state.coordinatorState);
  if (state.fullyFinished) {
    output.writeInt(-1);
    return;
  }
  output.writeInt(state.subtaskStates.size);
  for (const [index, subtask] of state.subtaskStates) {
    if (subtask.finished) {
      output.writeInt(-index - 1);
    } else {
      output.writeInt(index);
      writeSubtaskState(output, subtask);
    }
  }
}

function writeSubtaskState(output: DataOutputView, state: OperatorSubtaskState): void {
  for (const handle of [state.managedOperatorState, state.rawOperatorState]) {
    output.writeInt(handle === undefined ? 0 : 1);
    if (handle !== undefined) {
      writeOperatorStateHandle(output, handle);
    }
  }
  writeKeyedStateHandle(output, state.managedKeyedState);
  writeKeyedStateHandle(output, state.rawKeyedState);
  writeChannelStateHandles(output, state.inputChannelState);
  writeChannelStateHandles(output, state.resultSubpartitionState);
}
