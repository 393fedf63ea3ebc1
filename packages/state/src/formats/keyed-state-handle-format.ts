/**
 * Keyed state handles as bytes. Old forms are read; the newest ones are written.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: MetadataV2V3SerializerBase.serializeKeyedStateHandle.
 */
import { type DataOutputView, invariant, type KeyGroupRange } from '@millrace/core';
import type {
  ChangelogStateBackendHandle,
  ChangelogStateHandleStream,
  HandleAndLocalPath,
  IncrementalRemoteKeyedStateHandle,
  InMemoryChangelogStateHandle,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { FormatInput } from './format-input.ts';
import {
  type HandleContext,
  readStreamStateHandle,
  writeStreamStateHandle,
} from './stream-state-handle-format.ts';

const NULL_HANDLE = 0;
const KEY_GROUPS_V1 = 3;
const INCREMENTAL_V1 = 5;
const SAVEPOINT_KEY_GROUPS = 7;
const CHANGELOG_V1 = 8;
const CHANGELOG_BYTE_INCREMENT = 9;
const CHANGELOG_FILE_INCREMENT_V1 = 10;
const INCREMENTAL_V2 = 11;
const KEY_GROUPS_V2 = 12;
const CHANGELOG_FILE_INCREMENT_V2 = 13;
const CHANGELOG_V2 = 14;

/** A changelog handle holds others; a file that nests deeper is not one of Flink's. */
const NESTING_MAX = 4;

export function readKeyedStateHandle(
  input: FormatInput,
  field: string,
  context: HandleContext,
  nesting = 0,
): KeyedStateHandle | undefined {
  const at = input.position;
  const type = input.unsignedByte(`type of ${field}`);
  switch (type) {
    case NULL_HANDLE:
      return undefined;
    case KEY_GROUPS_V1:
    case KEY_GROUPS_V2:
    case SAVEPOINT_KEY_GROUPS:
      return readKeyGroups(input, field, context, type);
    case INCREMENTAL_V1:
    case INCREMENTAL_V2:
      return readIncremental(input, field, context, type);
    case CHANGELOG_V1:
    case CHANGELOG_V2:
      if (nesting >= NESTING_MAX) {
        throw input.corrupt(`type of ${field}`, 'changelog handles are nested too deep', at);
      }
      return readChangelog(input, field, context, { type, nesting });
    case CHANGELOG_BYTE_INCREMENT:
      return readInMemoryChangelog(input, field);
    case CHANGELOG_FILE_INCREMENT_V1:
    case CHANGELOG_FILE_INCREMENT_V2:
      return readChangelogStream(input, field, context, type);
    default:
      throw input.corrupt(`type of ${field}`, `${type} is no type of a keyed state handle`, at);
  }
}

/** Old forms have no id; this one differs from all others of the snapshot. */
function idOfOldForm(input: FormatInput, context: HandleContext): string {
  return `checkpoint-${context.checkpointId}-at-${input.position}`;
}

function readKeyGroups(
  input: FormatInput,
  field: string,
  context: HandleContext,
  type: number,
): KeyedStateHandle {
  const keyGroupRange = input.keyGroupRange(`key groups of ${field}`);
  const offsets = input.longs(`offsets of ${field}`, keyGroupRange.numberOfKeyGroups);
  const stream = readStreamStateHandle(input, `stream of ${field}`, context);
  if (type === SAVEPOINT_KEY_GROUPS) {
    return { kind: 'key-groups-savepoint', keyGroupRange, offsets, stream };
  }
  const stateHandleId =
    type === KEY_GROUPS_V1 ? idOfOldForm(input, context) : input.utf(`id of ${field}`);
  return { kind: 'key-groups', keyGroupRange, offsets, stream, stateHandleId };
}

function readIncremental(
  input: FormatInput,
  field: string,
  context: HandleContext,
  type: number,
): IncrementalRemoteKeyedStateHandle {
  const isOld = type === INCREMENTAL_V1;
  return {
    kind: 'incremental-remote',
    checkpointId: input.long(`checkpoint id of ${field}`),
    backendId: input.utf(`backend id of ${field}`),
    keyGroupRange: input.keyGroupRange(`key groups of ${field}`),
    checkpointedSizeBytes: isOld ? -1 : input.long(`checkpointed size of ${field}`),
    meta: readStreamStateHandle(input, `meta stream of ${field}`, context),
    shared: readFiles(input, `shared files of ${field}`, context),
    private: readFiles(input, `private files of ${field}`, context),
    stateHandleId: isOld ? idOfOldForm(input, context) : input.utf(`id of ${field}`),
  };
}

function readFiles(input: FormatInput, field: string, context: HandleContext) {
  const count = input.count(`number of ${field}`, 3); // an empty name and a type
  const files: HandleAndLocalPath[] = [];
  for (let i = 0; i < count; i++) {
    const localPath = input.utf(`name of ${field}`);
    files.push({ localPath, handle: readStreamStateHandle(input, field, context) });
  }
  return files;
}

function readChangelog(
  input: FormatInput,
  field: string,
  context: HandleContext,
  at: { type: number; nesting: number },
): ChangelogStateBackendHandle {
  const keyGroupRange = input.keyGroupRange(`key groups of ${field}`);
  const checkpointedSizeBytes = input.long(`checkpointed size of ${field}`);
  const nested = (part: string): KeyedStateHandle[] => {
    const handles: KeyedStateHandle[] = [];
    const count = input.count(`number of ${part} parts of ${field}`, 1);
    for (let i = 0; i < count; i++) {
      const handle = readKeyedStateHandle(
        input,
        `${part} part of ${field}`,
        context,
        at.nesting + 1,
      );
      // Flink writes none of these, and skips them where it reads them.
      if (handle === undefined) {
        throw input.corrupt(`${part} part of ${field}`, 'there is no handle');
      }
      handles.push(handle);
    }
    return handles;
  };
  const materialized = nested('materialized');
  const nonMaterialized = nested('logged');
  const materializationId = input.long(`materialization id of ${field}`);
  const isOld = at.type === CHANGELOG_V1;
  return {
    kind: 'changelog',
    keyGroupRange,
    checkpointedSizeBytes,
    materialized,
    nonMaterialized,
    materializationId,
    checkpointId: isOld ? materializationId : input.long(`checkpoint id of ${field}`),
    stateHandleId: input.utf(`id of ${field}`),
  };
}

function readInMemoryChangelog(input: FormatInput, field: string): InMemoryChangelogStateHandle {
  const keyGroupRange = input.keyGroupRange(`key groups of ${field}`);
  const fromSequence = input.long(`first sequence number of ${field}`);
  const toSequence = input.long(`last sequence number of ${field}`);
  const count = input.count(`number of changes of ${field}`, 8);
  const changes: { keyGroup: number; change: Uint8Array }[] = [];
  for (let i = 0; i < count; i++) {
    const keyGroup = input.int(`key group of a change of ${field}`);
    const length = input.count(`length of a change of ${field}`, 1);
    changes.push({ keyGroup, change: input.bytes(`change of ${field}`, length) });
  }
  const stateHandleId = input.utf(`id of ${field}`);
  return {
    kind: 'in-memory-changelog',
    keyGroupRange,
    fromSequence,
    toSequence,
    changes,
    stateHandleId,
  };
}

function readChangelogStream(
  input: FormatInput,
  field: string,
  context: HandleContext,
  type: number,
): ChangelogStateHandleStream {
  const keyGroupRange = input.keyGroupRange(`key groups of ${field}`);
  const count = input.count(`number of streams of ${field}`, 9);
  const streams: ChangelogStateHandleStream['streams'][number][] = [];
  for (let i = 0; i < count; i++) {
    const offset = input.long(`offset of a stream of ${field}`);
    streams.push({ offset, handle: readStreamStateHandle(input, `stream of ${field}`, context) });
  }
  return {
    kind: 'changelog-stream',
    keyGroupRange,
    streams,
    sizeBytes: input.long(`size of ${field}`),
    checkpointedSizeBytes: input.long(`checkpointed size of ${field}`),
    stateHandleId: input.utf(`id of ${field}`),
    storageIdentifier:
      type === CHANGELOG_FILE_INCREMENT_V1 ? 'filesystem' : input.utf(`storage of ${field}`),
  };
}

export function writeKeyedStateHandle(
  output: DataOutputView,
  handle: KeyedStateHandle | undefined,
): void {
  if (handle === undefined) {
    output.writeByte(NULL_HANDLE);
    return;
  }
  switch (handle.kind) {
    case 'key-groups':
      output.writeByte(KEY_GROUPS_V2);
      writeKeyGroups(output, handle);
      output.writeUTF(handle.stateHandleId);
      return;
    case 'key-groups-savepoint':
      output.writeByte(SAVEPOINT_KEY_GROUPS);
      writeKeyGroups(output, handle);
      return;
    case 'incremental-remote':
      writeIncremental(output, handle);
      return;
    case 'changelog':
      writeChangelog(output, handle);
      return;
    case 'in-memory-changelog':
      writeInMemoryChangelog(output, handle);
      return;
    case 'with-raw-timers':
      invariant(false, 'a handle that is made where a snapshot is read is never written');
      return;
    case 'changelog-stream':
      writeChangelogStream(output, handle);
  }
}

function writeRange(output: DataOutputView, range: KeyGroupRange): void {
  output.writeInt(range.startKeyGroup);
  output.writeInt(range.numberOfKeyGroups);
}

function writeKeyGroups(
  output: DataOutputView,
  handle: Extract<KeyedStateHandle, { offsets: readonly number[] }>,
): void {
  writeRange(output, handle.keyGroupRange);
  for (const offset of handle.offsets) {
    output.writeLong(offset);
  }
  writeStreamStateHandle(output, handle.stream);
}

function writeIncremental(output: DataOutputView, handle: IncrementalRemoteKeyedStateHandle): void {
  output.writeByte(INCREMENTAL_V2);
  output.writeLong(handle.checkpointId);
  output.writeUTF(handle.backendId);
  writeRange(output, handle.keyGroupRange);
  output.writeLong(handle.checkpointedSizeBytes);
  writeStreamStateHandle(output, handle.meta);
  for (const files of [handle.shared, handle.private]) {
    output.writeInt(files.length);
    for (const file of files) {
      output.writeUTF(file.localPath);
      writeStreamStateHandle(output, file.handle);
    }
  }
  output.writeUTF(handle.stateHandleId);
}

function writeChangelog(output: DataOutputView, handle: ChangelogStateBackendHandle): void {
  output.writeByte(CHANGELOG_V2);
  writeRange(output, handle.keyGroupRange);
  output.writeLong(handle.checkpointedSizeBytes);
  for (const parts of [handle.materialized, handle.nonMaterialized]) {
    output.writeInt(parts.length);
    for (const part of parts) {
      writeKeyedStateHandle(output, part);
    }
  }
  output.writeLong(handle.materializationId);
  output.writeLong(handle.checkpointId);
  output.writeUTF(handle.stateHandleId);
}

function writeInMemoryChangelog(
  output: DataOutputView,
  handle: InMemoryChangelogStateHandle,
): void {
  output.writeByte(CHANGELOG_BYTE_INCREMENT);
  writeRange(output, handle.keyGroupRange);
  output.writeLong(handle.fromSequence);
  output.writeLong(handle.toSequence);
  output.writeInt(handle.changes.length);
  for (const { keyGroup, change } of handle.changes) {
    output.writeInt(keyGroup);
    output.writeInt(change.length);
    output.write(change);
  }
  output.writeUTF(handle.stateHandleId);
}

function writeChangelogStream(output: DataOutputView, handle: ChangelogStateHandleStream): void {
  output.writeByte(CHANGELOG_FILE_INCREMENT_V2);
  writeRange(output, handle.keyGroupRange);
  output.writeInt(handle.streams.length);
  for (const { offset, handle: stream } of handle.streams) {
    output.writeLong(offset);
    writeStreamStateHandle(output, stream);
  }
  output.writeLong(handle.sizeBytes);
  output.writeLong(handle.checkpointedSizeBytes);
  output.writeUTF(handle.stateHandleId);
  output.writeUTF(handle.storageIdentifier);
}
