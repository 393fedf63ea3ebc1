/**
 * Goes through the keyed state of one operator: one subtask's file after the other, batch by batch.
 *
 * Invariants:
 * - Key groups come in ascending order.
 * - What is in memory is one batch.
 */
import type { KeyGroupRange } from '@millrace/core';
import {
  type KeyedStateHandle,
  type KeyedStateRowBatch,
  type KeyedStateRowReader,
  keyedStateOf,
  openKeyedState,
  type RowCodec,
  rowCodecs,
} from '@millrace/state';
import { keyedStateBytes } from '../snapshot/describe-files.ts';
import type { SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import type { LongRead } from './long-read.ts';

export interface ScannedBatch {
  readonly subtask: number;
  readonly reader: KeyedStateRowReader;
  /** By state id. */
  readonly codecs: readonly RowCodec[];
  readonly batch: KeyedStateRowBatch;
}

export interface KeyedPart {
  readonly subtask: number;
  readonly handle: KeyedStateHandle;
}

/** The subtasks with keyed state, by the key groups that they have. */
export function keyedParts(
  operator: SnapshotOperator,
  keyGroups: KeyGroupRange | undefined,
): KeyedPart[] {
  const parts: KeyedPart[] = [];
  for (const [subtask, state] of operator.state.subtaskStates) {
    const handle = keyedStateOf(state);
    const isWanted =
      handle !== undefined &&
      (keyGroups === undefined || handle.keyGroupRange.intersect(keyGroups));
    if (isWanted) {
      parts.push({ subtask, handle });
    }
  }
  const startOf = ({ handle }: KeyedPart) => handle.keyGroupRange.startKeyGroup;
  return parts.sort((a, b) => startOf(a) - startOf(b));
}

/** What the wanted key groups take in files, as far as that is known before the read. */
export function keyedPartBytes(
  { handle }: KeyedPart,
  keyGroups: KeyGroupRange | undefined,
): number {
  const bytes = keyedStateBytes(handle);
  const wanted = keyGroups && handle.keyGroupRange.intersect(keyGroups);
  return wanted === undefined
    ? bytes
    : Math.ceil((bytes * wanted.numberOfKeyGroups) / handle.keyGroupRange.numberOfKeyGroups);
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN` */
export async function* scanKeyedState(
  source: StateSource,
  operator: SnapshotOperator,
  options: { readonly read: LongRead; readonly keyGroups?: KeyGroupRange | undefined },
): AsyncGenerator<ScannedBatch, void, undefined> {
  const { read, keyGroups } = options;
  const openOptions = {
    numberOfKeyGroups: operator.maxParallelism,
    openStateHandle: source.openStateHandle,
  };
  for (const { subtask, reader } of operator.liveParts ?? []) {
    const wanted = keyGroups && reader.keyGroupRange.intersect(keyGroups);
    if (keyGroups !== undefined && wanted === undefined) {
      continue;
    }
    const codecs = rowCodecs(reader.header, openOptions);
    for await (const batch of reader.rows(wanted)) {
      yield { subtask, reader, codecs, batch };
      read.advance(batch.bytes.length);
    }
  }
  for (const part of keyedParts(operator, keyGroups)) {
    read.beginPart(keyedPartBytes(part, keyGroups));
    const reader = await openKeyedState(part.handle, openOptions);
    try {
      const codecs = rowCodecs(reader.header, openOptions);
      const wanted = keyGroups && reader.keyGroupRange.intersect(keyGroups);
      for await (const batch of reader.rows(wanted)) {
        yield { subtask: part.subtask, reader, codecs, batch };
        read.advance(batch.bytes.length);
      }
    } finally {
      await reader.close();
    }
  }
}
