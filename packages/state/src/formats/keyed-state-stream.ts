/**
 * What streams of keyed state share whatever their layout: how they are opened, named in messages,
 * and begun.
 */
import { CheckpointError, errorCode } from '@millrace/core';
import type { KeyGroupRangeOffsets } from '../snapshot/keyed-state-handle.ts';
import type { StateHandleReader } from '../snapshot/state-handle-reader.ts';
import { type StreamStateHandle, stateHandleSizeBytes } from '../snapshot/stream-state-handle.ts';
import { FormatInput } from './format-input.ts';
import { cutEnd } from './key-group-places.ts';
import { type KeyedBackendHeader, readKeyedBackendHeader } from './keyed-backend-header.ts';

const HEADER_WINDOW_BYTES = 64 * 1024; // doubled until the header fits

/** Key groups in one stream: of the heap backend, or of a canonical savepoint. */
export interface KeyedStateStreamHandle extends KeyGroupRangeOffsets {
  readonly stream: StreamStateHandle;
}

export function keyedStreamName(stream: StreamStateHandle): string {
  switch (stream.kind) {
    case 'byte-stream':
      return `keyed state (inline, ${stream.handleName})`;
    case 'empty-segment-file':
      return 'keyed state (empty)';
    default:
      return `keyed state ${stream.path}`;
  }
}

export function checkKeyedStreamSize(
  reader: StateHandleReader,
  stream: StreamStateHandle,
  source: string,
): void {
  const expected = stateHandleSizeBytes(stream);
  if (reader.sizeBytes !== expected) {
    throw new CheckpointError(
      'SNAPSHOT_CORRUPT',
      `${source} has ${reader.sizeBytes} bytes instead of ${expected}; restore another snapshot`,
    );
  }
}

export async function readHeaderOf(
  reader: StateHandleReader,
  handle: KeyedStateStreamHandle,
  source: string,
): Promise<KeyedBackendHeader> {
  // Where the first key group begins; 0 stands for one that has no entries.
  const first = handle.offsets.find((offset) => offset > 0) ?? cutEnd(handle) ?? reader.sizeBytes;
  const limit = Math.min(reader.sizeBytes, first);
  for (let window = HEADER_WINDOW_BYTES; ; window *= 2) {
    const length = Math.min(window, limit);
    const input = new FormatInput(await reader.read(0, length), source);
    try {
      const header = input.decode('header', readKeyedBackendHeader);
      if (input.position !== limit && handle.cut?.start !== true) {
        throw input.corrupt('header', `it does not end where the key groups begin, at ${first}`);
      }
      return header;
    } catch (error) {
      const mayBeCut = length < limit && errorCode(error) === 'SNAPSHOT_CORRUPT';
      if (!mayBeCut) {
        throw error;
      }
    }
  }
}
