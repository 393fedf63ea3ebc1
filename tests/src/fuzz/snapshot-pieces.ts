/** What a snapshot holds, handle by handle: read as a restore does, and as the tools do. */
import '@millrace/avro';
import { isDeepStrictEqual } from 'node:util';
import { type TypeSerializerSnapshot, Types } from '@millrace/core';
import {
  type CheckpointMetadata,
  type KeyedStateHandle,
  type OpenStateHandle,
  type OperatorStateHandle,
  openKeyedState,
  readKeyGroups,
  readOperatorBackendState,
  rowCodecs,
  rowInput,
  type StreamStateHandle,
} from '@millrace/state';
import { toJson } from '../compatibility/snapshot-content.ts';

/** By what identifies an entry; its value as text. */
export type Content = ReadonlyMap<string, string>;

/** One handle of one subtask. */
export interface Piece {
  readonly id: string;
  readonly handle: KeyedStateHandle | OperatorStateHandle;
  /** @throws CheckpointError */
  read(openStateHandle: OpenStateHandle): Promise<Content>;
}

/** Where a log does not say it. Both operators of the job that have no timers have such keys. */
const KEY: TypeSerializerSnapshot<unknown> =
  Types.STRING.createSerializer().snapshotConfiguration();

/** Keyed state and operator state; not what was in flight, which needs the types of the job. */
export function piecesOf(metadata: CheckpointMetadata): Map<string, Piece> {
  const pieces = new Map<string, Piece>();
  for (const { operatorId, maxParallelism, subtaskStates } of metadata.operatorStates) {
    for (const [subtask, { managedKeyedState, managedOperatorState }] of subtaskStates) {
      const name = `${operatorId} ${subtask}`;
      if (managedKeyedState !== undefined) {
        const id = `${name} keyed`;
        const handle = managedKeyedState;
        const read = (open: OpenStateHandle) => readKeyed(handle, maxParallelism, open);
        pieces.set(id, { id, handle, read });
      }
      if (managedOperatorState !== undefined) {
        const id = `${name} operator`;
        const handle = managedOperatorState;
        pieces.set(id, { id, handle, read: (open) => readOperatorState(handle, open) });
      }
    }
  }
  return pieces;
}

async function readKeyed(
  handle: KeyedStateHandle,
  numberOfKeyGroups: number,
  openStateHandle: OpenStateHandle,
): Promise<Content> {
  const content = new Map<string, string>();
  const options = { numberOfKeyGroups, openStateHandle, keySerializer: KEY };
  const reader = await openKeyedState(handle, options);
  try {
    for await (const group of readKeyGroups(reader, options)) {
      for (const { state, entries, elements } of group.states) {
        const of = `${group.keyGroup} ${state.name}`;
        for (const { key, namespace, value } of entries) {
          content.set(`${of} ${text(key)} ${text(namespace)}`, text(value));
        }
        for (const timer of elements) {
          content.set(`${of} ${text(timer)}`, '');
        }
      }
    }
    await readRows(reader, options);
    return content;
  } finally {
    await reader.close();
  }
}

/** Decodes each row, which has no more to say than what the restore saw: it must not fail otherwise. */
async function readRows(
  reader: Awaited<ReturnType<typeof openKeyedState>>,
  options: { readonly numberOfKeyGroups: number },
): Promise<void> {
  const codecs = rowCodecs(reader.header, options);
  for await (const batch of reader.rows()) {
    const input = rowInput(reader, batch);
    for (const row of batch.rows) {
      const codec = codecs[row.stateId];
      if (codec?.kind === 'timer') {
        codec.readTimer(input, row);
      } else {
        codec?.readKey(input, row);
        codec?.readValue(input, row);
      }
    }
  }
}

async function readOperatorState(
  handle: OperatorStateHandle,
  openStateHandle: OpenStateHandle,
): Promise<Content> {
  const content = new Map<string, string>();
  const { lists, broadcasts } = await readOperatorBackendState(handle, openStateHandle);
  for (const { name, mode, items } of lists) {
    for (const [index, item] of items.entries()) {
      content.set(`${mode} ${name} ${index}`, text(item));
    }
  }
  for (const { name, entries } of broadcasts) {
    for (const [key, value] of entries) {
      content.set(`broadcast ${name} ${text(key)}`, text(value));
    }
  }
  return content;
}

function text(value: unknown): string {
  return JSON.stringify(toJson(value)) ?? 'undefined';
}

/** Paths of the files of a handle, as it names them. */
export function pathsOf(handle: unknown, paths: Set<string> = new Set()): Set<string> {
  if (Array.isArray(handle)) {
    for (const part of handle) {
      pathsOf(part, paths);
    }
  } else if (typeof handle === 'object' && handle !== null && !ArrayBuffer.isView(handle)) {
    const { path } = handle as Partial<Extract<StreamStateHandle, { path: string }>>;
    if (typeof path === 'string') {
      paths.add(path);
    }
    pathsOf(Object.values(handle), paths);
  }
  return paths;
}

export function isSameHandle(a: Piece | undefined, b: Piece): boolean {
  return a !== undefined && isDeepStrictEqual(a.handle, b.handle);
}
