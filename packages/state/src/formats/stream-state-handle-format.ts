/**
 * Stream state handles as bytes.
 *
 * Bytes: docs/formats/checkpoint-metadata.md. Flink: MetadataV2V3SerializerBase.serializeStreamStateHandle.
 */
import { type DataOutputView, joinPath } from '@millrace/core';
import type { ByteStreamStateHandle, StreamStateHandle } from '../snapshot/stream-state-handle.ts';
import type { FormatInput } from './format-input.ts';

const NULL_HANDLE = 0;
const BYTE_STREAM = 1;
const FILE = 2;
const KEY_GROUPS = 3;
const RELATIVE_FILE = 6;
const SEGMENT_FILE = 15;
const EMPTY_SEGMENT_FILE = 16;

const SCOPES = ['exclusive', 'shared'] as const;

export interface HandleContext {
  /** The folder of `_metadata`, which relative files are beside. */
  readonly metadataDirectoryUri: string;
  readonly checkpointId: number;
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`; no handle is corrupt too */
export function readStreamStateHandle(
  input: FormatInput,
  field: string,
  context: HandleContext,
): StreamStateHandle {
  const at = input.position;
  const handle = readOptionalStreamStateHandle(input, field, context);
  if (handle === undefined) {
    throw input.corrupt(field, 'there is no handle', at);
  }
  return handle;
}

export function readOptionalStreamStateHandle(
  input: FormatInput,
  field: string,
  context: HandleContext,
): StreamStateHandle | undefined {
  const at = input.position;
  const type = input.unsignedByte(`type of ${field}`);
  switch (type) {
    case NULL_HANDLE:
      return undefined;
    case BYTE_STREAM: {
      const handleName = input.utf(`name of ${field}`);
      const length = input.count(`length of ${field}`, 1);
      return { kind: 'byte-stream', handleName, data: input.bytes(`data of ${field}`, length) };
    }
    case FILE: {
      const sizeBytes = input.long(`size of ${field}`);
      return { kind: 'file', path: input.utf(`path of ${field}`), sizeBytes };
    }
    case RELATIVE_FILE: {
      const pathAt = input.position;
      const relativePath = input.utf(`path of ${field}`);
      if (relativePath.split('/').includes('..')) {
        throw input.corrupt(`path of ${field}`, `'${relativePath}' leaves the folder`, pathAt);
      }
      const path = joinPath(context.metadataDirectoryUri, relativePath);
      return {
        kind: 'relative-file',
        relativePath,
        path,
        sizeBytes: input.long(`size of ${field}`),
      };
    }
    case KEY_GROUPS: {
      // An old form that wrapped the stream; only what it wraps is used as a stream.
      const range = input.keyGroupRange(`key groups of ${field}`);
      input.longs(`offsets of ${field}`, range.numberOfKeyGroups);
      if (input.peekUnsignedByte() === KEY_GROUPS) {
        throw input.corrupt(`type of ${field}`, 'a wrapped handle is wrapped again');
      }
      return readStreamStateHandle(input, field, context);
    }
    case SEGMENT_FILE:
      return readSegment(input, field);
    case EMPTY_SEGMENT_FILE:
      return { kind: 'empty-segment-file' };
    default:
      throw input.corrupt(`type of ${field}`, `${type} is no type of a stream handle`, at);
  }
}

function readSegment(input: FormatInput, field: string): StreamStateHandle {
  const startPosition = input.long(`start of ${field}`);
  const sizeBytes = input.long(`size of ${field}`);
  const scope = SCOPES[input.intBetween(`scope of ${field}`, 0, 1)] ?? 'exclusive';
  const path = input.utf(`path of ${field}`);
  const logicalFileId = input.utf(`logical file of ${field}`);
  return { kind: 'segment-file', path, startPosition, sizeBytes, scope, logicalFileId };
}

/** Only inline data is allowed: a coordinator's state is small. */
export function readCoordinatorState(
  input: FormatInput,
  context: HandleContext,
): ByteStreamStateHandle | undefined {
  const at = input.position;
  const handle = readOptionalStreamStateHandle(input, 'coordinator state', context);
  if (handle !== undefined && handle.kind !== 'byte-stream') {
    throw input.corrupt('coordinator state', `a ${handle.kind} handle is not allowed here`, at);
  }
  return handle;
}

export function writeStreamStateHandle(
  output: DataOutputView,
  handle: StreamStateHandle | undefined,
): void {
  if (handle === undefined) {
    output.writeByte(NULL_HANDLE);
    return;
  }
  switch (handle.kind) {
    case 'byte-stream':
      output.writeByte(BYTE_STREAM);
      output.writeUTF(handle.handleName);
      output.writeInt(handle.data.length);
      output.write(handle.data);
      return;
    case 'file':
      output.writeByte(FILE);
      output.writeLong(handle.sizeBytes);
      output.writeUTF(handle.path);
      return;
    case 'relative-file':
      output.writeByte(RELATIVE_FILE);
      output.writeUTF(handle.relativePath);
      output.writeLong(handle.sizeBytes);
      return;
    case 'segment-file':
      output.writeByte(SEGMENT_FILE);
      output.writeLong(handle.startPosition);
      output.writeLong(handle.sizeBytes);
      output.writeInt(SCOPES.indexOf(handle.scope));
      output.writeUTF(handle.path);
      output.writeUTF(handle.logicalFileId);
      return;
    case 'empty-segment-file':
      output.writeByte(EMPTY_SEGMENT_FILE);
  }
}
