/** Items of list states and entries of broadcast states, subtask by subtask. */
import { CheckpointError } from '@millrace/core';
import { type OperatorStateHandle, readOperatorBackendState } from '@millrace/state';
import type { OperatorStateInfo, SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
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
  const handles = operatorStateHandles(operator, state.name);
  const read = new LongRead(options, handles.length);
  const wanted = broadcastKey(state, options.key);
  for (const { subtask, handle } of handles) {
    read.beginPart(1);
    const items = await itemsOfSubtask(snapshot, operator, { subtask, handle, state });
    const entries = items
      .map(({ key, isBroadcast, value }, index): StateEntry => {
        const json = valueToJson(value);
        return isBroadcast
          ? { kind: 'broadcast', subtask, key: valueToJson(key), value: json }
          : { kind: 'item', subtask, index, value: json };
      })
      .filter(
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
