/** Items of list states and entries of broadcast states, subtask by subtask. */
import { CheckpointError, DataInputView, type TypeSerializerSnapshot } from '@millrace/core';
import {
  type KeyedStateRowBatch,
  type OperatorStateHandle,
  readOperatorBackendState,
  rowKey,
  rowValue,
} from '@millrace/state';
import { orOpaque } from '../snapshot/or-opaque.ts';
import type {
  OperatorStateInfo,
  OperatorStateRowReader,
  SnapshotOperator,
  StateSource,
} from '../snapshot/snapshot.ts';
import { valueFromText } from '../snapshot/value-from-json.ts';
import { OpaqueValue, valueToJson } from '../snapshot/value-to-json.ts';
import { LongRead, type LongReadOptions } from './long-read.ts';
import type {
  BroadcastEntry,
  OperatorItem,
  ReadStateOptions,
  StateEntry,
} from './state-entries.ts';

export interface SubtaskHandle {
  readonly subtask: number;
  readonly handle: OperatorStateHandle;
}

/** By subtask; only what names the state. */
export function operatorStateHandles(operator: SnapshotOperator, state: string): SubtaskHandle[] {
  return [...operator.state.subtaskStates]
    .flatMap(([subtask, { managedOperatorState }]) => {
      const offsets = managedOperatorState?.stateNameToPartitionOffsets.get(state);
      return managedOperatorState === undefined || offsets === undefined
        ? []
        : [
            {
              subtask,
              handle: {
                ...managedOperatorState,
                stateNameToPartitionOffsets: new Map([[state, offsets]]),
              },
            },
          ];
    })
    .sort((a, b) => a.subtask - b.subtask);
}

/** One item of a list, or one entry of a broadcast map, decoded. */
export interface RawOperatorItem {
  /** Of a broadcast map. */
  readonly key: unknown;
  readonly isBroadcast: boolean;
  readonly value: unknown;
}

export async function* readOperatorStateItems(
  snapshot: StateSource,
  of: {
    readonly operator: SnapshotOperator;
    readonly state: OperatorStateInfo;
    readonly options: ReadStateOptions;
  },
): AsyncGenerator<StateEntry[], void, undefined> {
  const { operator, state, options } = of;
  const wanted = broadcastKey(state, options.key);
  for await (const { subtask, first, items } of scanOperatorState(snapshot, operator, of)) {
    const entries = items
      .map((item, index) => operatorStateEntry(item, { subtask, index: first + index }))
      .filter(
        (entry) =>
          wanted === undefined ||
          (entry.kind === 'broadcast' && JSON.stringify(entry.key) === wanted),
      );
    if (entries.length > 0) {
      yield entries;
    }
  }
}

/** @param at - `index` in the subtask's list */
function operatorStateEntry(
  { key, isBroadcast, value }: RawOperatorItem,
  { subtask, index }: { readonly subtask: number; readonly index: number },
): OperatorItem | BroadcastEntry {
  const json = valueToJson(value);
  return isBroadcast
    ? { kind: 'broadcast', subtask, key: valueToJson(key), value: json }
    : { kind: 'item', subtask, index, value: json };
}

export interface ScannedItems {
  readonly subtask: number;
  /** Place of the first in the subtask's list. */
  readonly first: number;
  readonly items: readonly RawOperatorItem[];
}

/** One state of all subtasks, one after the other. @throws CheckpointError `SNAPSHOT_CORRUPT` */
export async function* scanOperatorState(
  source: StateSource,
  operator: SnapshotOperator,
  of: { readonly state: OperatorStateInfo; readonly options: LongReadOptions },
): AsyncGenerator<ScannedItems, void, undefined> {
  const { state, options } = of;
  for (const { subtask, reader } of operator.liveOperatorStates ?? []) {
    let first = 0;
    for await (const batch of reader.rows(state.name)) {
      options.signal?.throwIfAborted();
      const items = liveItems(reader, batch, state);
      yield { subtask, first, items };
      first += items.length;
    }
  }
  const handles = operatorStateHandles(operator, state.name);
  const read = new LongRead(options, handles.length);
  for (const { subtask, handle } of handles) {
    read.beginPart(1);
    yield {
      subtask,
      first: 0,
      items: await itemsOfSubtask(source, operator, { subtask, handle, state }),
    };
  }
  read.end();
}

/** @param reader - that gave the batch, with its types */
export function liveItems(
  { metaInfos }: Pick<OperatorStateRowReader, 'metaInfos'>,
  batch: KeyedStateRowBatch,
  { name, mode, keyType = '?', elementType = '?' }: OperatorStateInfo,
): RawOperatorItem[] {
  const { serializers } = metaInfos.get(name) ?? { serializers: new Map() };
  const decode = (which: 'KEY_SERIALIZER' | 'VALUE_SERIALIZER', type: string) => {
    const snapshot: TypeSerializerSnapshot<unknown> | undefined = serializers.get(which);
    const serializer = snapshot?.restoreSerializer();
    return (bytes: Uint8Array): unknown => {
      const opaque = (): OpaqueValue => new OpaqueValue(type, bytes);
      return serializer === undefined
        ? opaque()
        : orOpaque(() => serializer.deserialize(new DataInputView(bytes)), opaque);
    };
  };
  const keyOf = decode('KEY_SERIALIZER', keyType);
  const contentOf = decode('VALUE_SERIALIZER', elementType);
  const isBroadcast = mode === 'broadcast';
  return batch.rows.map((row) => ({
    key: isBroadcast ? keyOf(rowKey(batch, row)) : undefined,
    isBroadcast,
    value: contentOf(rowValue(batch, row)),
  }));
}

function broadcastKey(state: OperatorStateInfo, text: string | undefined): string | undefined {
  const serializer = state.metaInfo?.serializers.get('KEY_SERIALIZER');
  return text === undefined || serializer === undefined
    ? undefined
    : JSON.stringify(valueToJson(valueFromText(serializer, text)));
}

/** What one subtask has of one state. @throws CheckpointError `SNAPSHOT_CORRUPT` */
export async function itemsOfSubtask(
  snapshot: StateSource,
  operator: SnapshotOperator,
  of: SubtaskHandle & { readonly state: OperatorStateInfo },
): Promise<RawOperatorItem[]> {
  const { handle, state } = of;
  if (state.elementType === undefined || state.elementType.includes('Kryo<')) {
    return opaqueItems(snapshot, operator, of);
  }
  const { lists, broadcasts } = await readOperatorBackendState(handle, snapshot.openStateHandle);
  const items: RawOperatorItem[] = [];
  for (const { name, items: list } of lists) {
    if (name === state.name) {
      items.push(...list.map((value) => ({ key: undefined, isBroadcast: false, value })));
    }
  }
  for (const { name, entries } of broadcasts) {
    if (name === state.name) {
      items.push(...Array.from(entries, ([key, value]) => ({ key, isBroadcast: true, value })));
    }
  }
  return items;
}

/** Of a type that nothing here reads: from each offset to the next one of any state. */
async function opaqueItems(
  snapshot: StateSource,
  operator: SnapshotOperator,
  of: SubtaskHandle & { readonly state: OperatorStateInfo },
): Promise<RawOperatorItem[]> {
  const { subtask, handle, state } = of;
  const whole = operator.state.subtaskStates.get(subtask)?.managedOperatorState;
  const reader = await snapshot.openStateHandle(handle.delegate);
  try {
    const infos = [...(whole?.stateNameToPartitionOffsets.values() ?? [])];
    const all = infos.flatMap(({ offsets }) => [...offsets]);
    const starts = [...all, reader.sizeBytes].sort((a, b) => a - b);
    const endOf = new Map(starts.map((start, index) => [start, starts[index + 1] ?? start]));
    const items: RawOperatorItem[] = [];
    const offsets = handle.stateNameToPartitionOffsets.get(state.name)?.offsets ?? [];
    for (const [index, offset] of offsets.entries()) {
      const end = endOf.get(offset) ?? offset;
      if (offset < 0 || end > reader.sizeBytes) {
        const message = `item ${index} of state '${state.name}' cannot begin at byte ${offset}`;
        throw new CheckpointError('SNAPSHOT_CORRUPT', message);
      }
      const bytes = await reader.read(offset, end - offset);
      const value = new OpaqueValue(state.elementType ?? '?', bytes);
      items.push({ key: undefined, isBroadcast: false, value });
    }
    return items;
  } finally {
    await reader.close();
  }
}
