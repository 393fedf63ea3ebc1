/**
 * Writes the operator state of one operator anew: dealt out to another parallelism, or changed.
 *
 * One subtask's state is in memory at a time. Where nothing changes it is copied as bytes.
 */
import { DataOutputView } from '@millrace/core';
import {
  type BroadcastMapToWrite,
  type CheckpointStreamFactory,
  type OpenStateHandle,
  type OperatorListToWrite,
  type OperatorStateDistributionMode,
  type OperatorStateHandle,
  readOperatorBackendState,
  redistributeOperatorState,
  writeOperatorBackendState,
} from '@millrace/state';

/** What changes on the way. */
export interface OperatorStateChanges {
  keepsState(name: string): boolean;
  /** May give other entries; keys and values are as the snapshot's types read them. */
  entriesOf(name: string, entries: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown>;
}

/**
 * What each new subtask writes, of the handles of the old ones. A union list is dealt out as a split
 * list is: it is all parts together that each subtask gets when a job restores it.
 */
export function dealOutOperatorState(
  old: readonly (OperatorStateHandle | undefined)[],
  parallelism: number,
): OperatorStateHandle[][] {
  const unions = new Set(
    old.flatMap((handle) =>
      [...(handle?.stateNameToPartitionOffsets ?? [])].flatMap(([name, { mode }]) =>
        mode === 'union' ? [name] : [],
      ),
    ),
  );
  const dealt = redistributeOperatorState(
    old.map((handle) => handle && withMode(handle, unions, 'split-distribute')),
    parallelism,
  );
  return dealt.map((handles) => handles.map((handle) => withMode(handle, unions, 'union')));
}

function withMode(
  handle: OperatorStateHandle,
  names: ReadonlySet<string>,
  mode: OperatorStateDistributionMode,
): OperatorStateHandle {
  const changed = [...handle.stateNameToPartitionOffsets].map(
    ([name, meta]) => [name, names.has(name) ? { ...meta, mode } : meta] as const,
  );
  return { ...handle, stateNameToPartitionOffsets: new Map(changed) };
}

/**
 * @param handles - what one new subtask has, of any old ones
 * @throws CheckpointError `SERIALIZER_SNAPSHOT_UNKNOWN` for items of a type that is not known here
 */
export async function rewriteOperatorState(
  handles: readonly OperatorStateHandle[],
  openStateHandle: OpenStateHandle,
  form: {
    readonly streams: CheckpointStreamFactory;
    readonly changes?: OperatorStateChanges | undefined;
  },
): Promise<OperatorStateHandle | undefined> {
  const lists = new Map<string, OperatorListToWrite & { items: unknown[] }>();
  const broadcasts = new Map<string, BroadcastMapToWrite>();
  const { changes, streams } = form;
  const keeps = ({ name }: { readonly name: string }): boolean => changes?.keepsState(name) ?? true;
  for (const handle of handles) {
    const restored = await readOperatorBackendState(handle, openStateHandle);
    for (const list of restored.lists.filter(keeps)) {
      const known = lists.get(list.name);
      if (known === undefined) {
        lists.set(list.name, {
          name: list.name,
          mode: list.mode === 'union' ? 'union' : 'split-distribute',
          elementSerializer: list.elementSerializer.restoreSerializer(),
          items: [...list.items],
        });
      } else {
        known.items.push(...list.items);
      }
    }
    for (const map of restored.broadcasts.filter(keeps)) {
      if (handle.stateNameToPartitionOffsets.has(map.name)) {
        broadcasts.set(map.name, {
          name: map.name,
          keySerializer: map.keySerializer.restoreSerializer(),
          valueSerializer: map.valueSerializer.restoreSerializer(),
          entries: changes?.entriesOf(map.name, map.entries) ?? map.entries,
        });
      }
    }
  }
  if (lists.size + broadcasts.size === 0) {
    return undefined;
  }
  const output = new DataOutputView();
  const stateNameToPartitionOffsets = writeOperatorBackendState(output, {
    lists: [...lists.values()],
    broadcasts: [...broadcasts.values()],
    compressed: streams.snapshotCompression,
  });
  const stream = streams.createCheckpointStateOutputStream('exclusive');
  try {
    await stream.write(output.bytes());
    const delegate = await stream.closeAndGetHandle();
    return delegate && { stateNameToPartitionOffsets, delegate };
  } catch (error) {
    await stream.abort();
    throw error;
  }
}
