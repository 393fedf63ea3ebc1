/**
 * One header for the keyed state of several subtasks, whose headers may list states in any order, or
 * lack some.
 */
import {
  CheckpointError,
  DataOutputView,
  type TypeSerializerSnapshot,
  writeSnapshotProxy,
} from '@millrace/core';
import type {
  KeyedBackendHeader,
  KeyedStateRowReader,
  StateMetaInfoSnapshot,
} from '@millrace/state';

export interface MergedHeader {
  readonly header: KeyedBackendHeader;
  /** By reader, then by the state id there: the state id of `header`. */
  readonly stateIds: ReadonlyMap<KeyedStateRowReader, readonly number[]>;
}

/**
 * @param compressed - as any of them is when it is left out
 * @throws CheckpointError `STATE_INCOMPATIBLE` when two subtasks wrote a state with different types
 */
export function mergeHeaders(
  readers: readonly KeyedStateRowReader[],
  compressed?: boolean,
): MergedHeader {
  const states: StateMetaInfoSnapshot[] = [];
  const idByState = new Map<string, number>();
  const stateIds = new Map<KeyedStateRowReader, number[]>();
  const [first] = readers;
  for (const reader of readers) {
    const { keySerializer } = reader.header;
    checkSame('the key', [first!.header.keySerializer, keySerializer], [first!, reader]);
    const ids: number[] = [];
    for (const state of reader.header.states) {
      let id = idByState.get(keyOf(state));
      if (id === undefined) {
        id = states.length;
        idByState.set(keyOf(state), id);
        states.push(state);
      } else {
        checkSameState(states[id] as StateMetaInfoSnapshot, state, [first!, reader]);
      }
      ids.push(id);
    }
    stateIds.set(reader, ids);
  }
  const header = {
    compressed: compressed ?? readers.some((reader) => reader.header.compressed),
    keySerializer: first!.header.keySerializer,
    states,
  };
  return { header, stateIds };
}

/** The states of all, by the first description of each; their types may differ. */
export function unitedStates(headers: readonly KeyedBackendHeader[]): StateMetaInfoSnapshot[] {
  const byState = new Map<string, StateMetaInfoSnapshot>();
  for (const state of headers.flatMap(({ states }) => states)) {
    byState.set(keyOf(state), byState.get(keyOf(state)) ?? state);
  }
  return [...byState.values()];
}

/** By kind and name: a queue may have the name of a state. */
export function isSameState(a: StateMetaInfoSnapshot, b: StateMetaInfoSnapshot): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf(state: StateMetaInfoSnapshot): string {
  return `${state.backendStateType} ${state.name}`;
}

type Sources = readonly [{ readonly source: string }, { readonly source: string }];

function checkSameState(
  first: StateMetaInfoSnapshot,
  second: StateMetaInfoSnapshot,
  sources: Sources,
): void {
  for (const [name, serializer] of first.serializers) {
    const other = second.serializers.get(name);
    if (other !== undefined) {
      checkSame(`state '${first.name}'`, [serializer, other], sources);
    }
  }
}

function checkSame(
  what: string,
  [a, b]: readonly [TypeSerializerSnapshot<unknown>, TypeSerializerSnapshot<unknown>],
  [first, second]: Sources,
): void {
  if (a !== b && Buffer.compare(bytesOf(a), bytesOf(b)) !== 0) {
    throw new CheckpointError(
      'STATE_INCOMPATIBLE',
      `${what} was written with different types in ${first.source} and ${second.source}; keep the ` +
        'parallelism of the snapshot, so that they stay apart',
    );
  }
}

function bytesOf(snapshot: TypeSerializerSnapshot<unknown>): Uint8Array {
  const output = new DataOutputView();
  writeSnapshotProxy(output, snapshot);
  return output.copyBytes();
}
