/** Items of list states and entries of broadcast states, subtask by subtask. */
import { CheckpointError } from '@millrace/core';
import { type OperatorStateHandle, readOperatorBackendState } from '@millrace/state';
import type { OperatorStateInfo, Snapshot, SnapshotOperator } from '../snapshot/snapshot.ts';
import { valueFromText } from '../snapshot/value-from-json.ts';
import { OpaqueValue, valueToJson } from '../snapshot/value-to-json.ts';
import { LongRead } from './long-read.ts';
import type { ReadStateOptions, StateEntry } from './state-entries.ts';

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

export async function* readOperatorStateItems(
  snapshot: Snapshot,
  of: {
    readonly operator: SnapshotOperator;
    readonly state: OperatorStateInfo;
    readonly options: ReadStateOptions;
  },
): AsyncGenerator<StateEntry[], void, undefined> {
  const { operator, state, options } = of;
  const handles = operatorStateHandles(operator, state.name);
  const read = new LongRead(options, handles.length);
  const wanted = broadcastKey(state, options.key);
  for (const { subtask, handle } of handles) {
    read.beginPart(1);
    const entries = (await itemsOfSubtask(snapshot, operator, { subtask, handle, state })).filter(
      (entry) =>
        wanted === undefined ||
        (entry.kind === 'broadcast' && JSON.stringify(entry.key) === wanted),
    );
    if (entries.length > 0) {
      yield entries;
    }
  }
  read.end();
}

function broadcastKey(state: OperatorStateInfo, text: string | undefined): string | undefined {
  const serializer = state.metaInfo?.serializers.get('KEY_SERIALIZER');
  return text === undefined || serializer === undefined
    ? undefined
    : JSON.stringify(valueToJson(valueFromText(serializer, text)));
}

async function itemsOfSubtask(
  snapshot: Snapshot,
  operator: SnapshotOperator,
  of: SubtaskHandle & { readonly state: OperatorStateInfo },
): Promise<StateEntry[]> {
  const { subtask, handle, state } = of;
  if (state.elementType === undefined || state.elementType.includes('Kryo<')) {
    return opaqueItems(snapshot, operator, of);
  }
  const { lists, broadcasts } = await readOperatorBackendState(handle, snapshot.openStateHandle);
  const entries: StateEntry[] = [];
  for (const { name, items } of lists) {
    if (name === state.name) {
      for (const [index, item] of items.entries()) {
        entries.push({ kind: 'item', subtask, index, value: valueToJson(item) });
      }
    }
  }
  for (const { name, entries: map } of broadcasts) {
    if (name === state.name) {
      for (const [key, value] of map) {
        const json = { key: valueToJson(key), value: valueToJson(value) };
        entries.push({ kind: 'broadcast', subtask, ...json });
      }
    }
  }
  return entries;
}

/** Of a type that nothing here reads: from each offset to the next one of any state. */
async function opaqueItems(
  snapshot: Snapshot,
  operator: SnapshotOperator,
  of: SubtaskHandle & { readonly state: OperatorStateInfo },
): Promise<StateEntry[]> {
  const { subtask, handle, state } = of;
  const whole = operator.state.subtaskStates.get(subtask)?.managedOperatorState;
  const reader = await snapshot.openStateHandle(handle.delegate);
  try {
    const all = [...(whole?.stateNameToPartitionOffsets.values() ?? [])].flatMap((info) => [
      ...info.offsets,
    ]);
    const ends = [...all, reader.sizeBytes].sort((a, b) => a - b);
    const entries: StateEntry[] = [];
    const offsets = handle.stateNameToPartitionOffsets.get(state.name)?.offsets ?? [];
    for (const [index, offset] of offsets.entries()) {
      const end = ends.find((other) => other > offset) ?? reader.sizeBytes;
      if (offset < 0 || offset > end) {
        const message = `item ${index} of state '${state.name}' cannot begin at ${offset}`;
        throw new CheckpointError('SNAPSHOT_CORRUPT', message);
      }
      const bytes = await reader.read(offset, end - offset);
      const value = valueToJson(new OpaqueValue(state.elementType ?? '?', bytes));
      entries.push({ kind: 'item', subtask, index, value });
    }
    return entries;
  } finally {
    await reader.close();
  }
}
