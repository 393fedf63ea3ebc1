/** What a key has in one live state, now: read between two records of its subtask, without a view. */
import { ConfigError, DataInputView, DataOutputView, type TypeSerializer } from '@millrace/core';
import {
  batchesOfPage,
  type KeyedBackendHeader,
  type KeyedStateRow,
  type KeyedStateRowBatch,
  keyGroupOfKey,
  RowCodec,
  readKeyedBackendHeader,
} from '@millrace/state';
import { findState } from '../inspect/find-state.ts';
import { liveItems } from '../inspect/operator-state-items.ts';
import {
  type BroadcastEntry,
  checkFilters,
  EntryDecoder,
  type KeyedEntry,
  type TimerEntry,
} from '../inspect/state-entries.ts';
import type { OperatorStateInfo } from '../snapshot/snapshot.ts';
import { valueFromText } from '../snapshot/value-from-json.ts';
import { valueToJson } from '../snapshot/value-to-json.ts';
import type { LiveOperator } from './describe-live-state.ts';
import type { LiveState } from './live-state.ts';

/** Rows of one state alone, and what their bytes mean. */
export interface LiveKeyRows {
  readonly subtask: number;
  readonly keyGroup: number;
  readonly codec: RowCodec;
  readonly batches: readonly KeyedStateRowBatch[];
  /** There may be more. */
  readonly truncated: boolean;
}

export interface LiveKeyEntries {
  /** `undefined` of a broadcast state: each subtask has a copy. */
  readonly subtask: number | undefined;
  readonly keyGroup: number | undefined;
  /** None where the key has nothing. */
  readonly entries: readonly (KeyedEntry | TimerEntry | BroadcastEntry)[];
  /** There may be more: a view gives all. */
  readonly truncated: boolean;
}

/**
 * @param of - the state by its name, the key as JSON or plain text
 * @throws CheckpointError `OPERATOR_NOT_IN_SNAPSHOT`, `STATE_NOT_IN_SNAPSHOT` that name the nearest
 * @throws ConfigError `VALUE_NOT_SERIALIZABLE` when the text is no key of the type, `UNSUPPORTED` for a list of
 * operator state, which has no keys
 * @throws TaskError `JOB_NOT_RUNNING`
 */
export async function readLiveKey(
  live: LiveState,
  of: { readonly operator: string; readonly state: string; readonly key: string },
): Promise<LiveKeyEntries> {
  const operator = live.liveOperator(of.operator);
  const found = findState(operator.described, of.state);
  return found.kind === 'operator'
    ? readBroadcastKey(live, operator, { state: found.info, key: of.key })
    : readKeyedKey(live, operator, { stateName: found.info.name, key: of.key });
}

async function readBroadcastKey(
  live: LiveState,
  operator: LiveOperator,
  { state, key: text }: { readonly state: OperatorStateInfo; readonly key: string },
): Promise<LiveKeyEntries> {
  checkFilters({ kind: 'operator', info: state }, { key: text });
  const serializer = state.metaInfo?.serializers.get('KEY_SERIALIZER');
  if (serializer === undefined) {
    throw new ConfigError(
      'VALUE_NOT_SERIALIZABLE',
      `keys of '${state.name}' have a type that nothing here reads; page through its entries instead`,
    );
  }
  const key = bytesOf(serializer.restoreSerializer(), valueFromText(serializer, text));
  const copies = await live.readBroadcastKey(operator, { stateName: state.name, key });
  const metaInfos = new Map(state.metaInfo && [[state.name, state.metaInfo]]);
  const entries = copies.flatMap(({ subtask, rows }) =>
    Array.from(batchesOfPage(rows)).flatMap((batch) =>
      liveItems({ metaInfos }, batch, state).map(
        ({ key, value }): BroadcastEntry => ({
          ...{ kind: 'broadcast', subtask },
          key: valueToJson(key),
          value: valueToJson(value),
        }),
      ),
    ),
  );
  return { subtask: undefined, keyGroup: undefined, entries, truncated: false };
}

async function readKeyedKey(
  live: LiveState,
  operator: LiveOperator,
  of: { readonly stateName: string; readonly key: string },
): Promise<LiveKeyEntries> {
  const { stateName } = of;
  const { keySerializer } = typesOf(operator, stateName);
  const key = valueFromText(keySerializer.snapshotConfiguration(), of.key);
  const found = await readLiveKeyRows(live, operator, { stateName, key });
  const reader = { source: `the live state of ${operator.described.name}` };
  const entries = found.batches.flatMap((batch) => {
    const scanned = { reader, batch, codecs: [found.codec] };
    const decoder = new EntryDecoder(scanned, 0);
    return batch.rows.map((row) => decoder.decode(row));
  });
  const { subtask, keyGroup, truncated } = found;
  return { subtask, keyGroup, entries, truncated };
}

/** @param of - a key of the state's type */
export async function readLiveKeyRows(
  live: LiveState,
  operator: LiveOperator,
  of: { readonly stateName: string; readonly key: unknown },
): Promise<LiveKeyRows> {
  const { stateName, key } = of;
  const { keySerializer, codec } = typesOf(operator, stateName);
  const bytes = bytesOf(keySerializer, key);
  const keyGroup = keyGroupOfKey(keySerializer, key, operator.described.maxParallelism) ?? 0;
  const answer = await live.readKey(operator, { stateName, key: bytes, keyGroup });
  // Each asks for one state: it is the first, whatever its id is in the subtask.
  const renumbered = (row: KeyedStateRow): KeyedStateRow => ({ ...row, stateId: 0 });
  const batches = Array.from(batchesOfPage(answer.rows), (batch) => ({
    ...batch,
    rows: batch.rows.map(renumbered),
  }));
  return { subtask: answer.subtask, keyGroup, codec, batches, truncated: answer.truncated };
}

function bytesOf(serializer: TypeSerializer<unknown>, key: unknown): Uint8Array {
  const output = new DataOutputView(64);
  serializer.serialize(key, output);
  return output.copyBytes();
}

interface StateTypes {
  readonly keySerializer: TypeSerializer<unknown>;
  readonly codec: RowCodec;
}

/** Made once for many keys: of an operator as it was described. */
const typesByOperator = new WeakMap<LiveOperator, Map<string, StateTypes>>();

function typesOf(operator: LiveOperator, stateName: string): StateTypes {
  const known = typesByOperator.get(operator) ?? new Map<string, StateTypes>();
  typesByOperator.set(operator, known);
  let types = known.get(stateName);
  if (types === undefined) {
    const header = headerWith(operator, stateName);
    const keySerializer = header.keySerializer.restoreSerializer();
    const state = header.states.find(({ name }) => name === stateName) as RowCodec['state'];
    const numberOfKeyGroups = operator.described.maxParallelism;
    types = { keySerializer, codec: new RowCodec(state, { keySerializer, numberOfKeyGroups }) };
    known.set(stateName, types);
  }
  return types;
}

/** Of a subtask that has used the state: others may not know it yet. */
export function headerWith(operator: LiveOperator, stateName: string): KeyedBackendHeader {
  const headers = operator.subtasks.flatMap(({ description: { keyed } }) =>
    keyed === undefined ? [] : [readKeyedBackendHeader(new DataInputView(keyed.header))],
  );
  const withState = headers.find(({ states }) => states.some(({ name }) => name === stateName));
  return withState ?? (headers[0] as KeyedBackendHeader);
}
