/**
 * What a snapshot says of keys and states, before any entry of it is looked at.
 *
 * Invariant: where keys do not fit, which was reported, nothing is restored but what is known of the
 * states.
 */
import { CheckpointError, TimerSerializer, type TypeSerializer } from '@millrace/core';
import {
  type KeyedBackendHeader,
  type KeyedStateBackendParameters,
  requireSerializerSnapshot,
  resolveKeySerializer,
  type StateMetaInfoSnapshot,
} from '@millrace/state';

const KINDS = ['VALUE', 'LIST', 'MAP', 'REDUCING', 'AGGREGATING'];

export interface RestoredSchema<K> {
  /** That of the program, resolved against the snapshot's. */
  readonly keySerializer: TypeSerializer<K>;
  readonly keysFit: boolean;
  /** By name, in the order of the headers; without timers where keys do not fit. */
  readonly states: ReadonlyMap<string, StateMetaInfoSnapshot>;
}

/**
 * Reports `STATE_INCOMPATIBLE` for keys of another type.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SERIALIZER_SNAPSHOT_UNKNOWN`
 */
export function restoredSchema<K>(
  headers: readonly KeyedBackendHeader[],
  parameters: KeyedStateBackendParameters<K>,
): RestoredSchema<K> {
  const { keySerializer, keysFit } = resolveKeySerializer(parameters, headers);
  const states = new Map<string, StateMetaInfoSnapshot>();
  for (const state of headers.flatMap((header) => header.states)) {
    // Timers hold the key too: what is wrong with them has been said.
    if (!states.has(state.name) && (keysFit || state.backendStateType === 'KEY_VALUE')) {
      checkState(state);
      states.set(state.name, state);
    }
  }
  return { keySerializer, keysFit, states };
}

function checkState(state: StateMetaInfoSnapshot): void {
  const stored = requireSerializerSnapshot(state, 'VALUE_SERIALIZER');
  if (state.backendStateType === 'PRIORITY_QUEUE') {
    if (!((stored.restoreSerializer() as unknown) instanceof TimerSerializer)) {
      throw corrupt(`the queue '${state.name}' does not hold timers`);
    }
    return;
  }
  const kind = state.options.get('KEYED_STATE_TYPE');
  if (kind === undefined || !KINDS.includes(kind)) {
    throw corrupt(`state '${state.name}' has the unknown kind ${kind}`);
  }
  requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
}

function corrupt(what: string): CheckpointError {
  return new CheckpointError('SNAPSHOT_CORRUPT', `${what}; restore another snapshot`);
}
