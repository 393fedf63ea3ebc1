/**
 * Which part of a changelog's materialized state each key group is read from.
 *
 * Invariant: a key group is read from one part. After a rescaling, and until the next materialization,
 * the same part may stand there once for each subtask that had some of it; and beside one that a
 * subtask materialized since, older parts that others still need.
 *
 * Flink: ChangelogStateBackendHandleImpl.getIntersection, ChangelogKeyedStateBackend.completeRestore.
 * Design: docs/formats/changelog.md
 */
import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, KeyGroupRange } from '@millrace/core';
import { possiblyCut } from '../formats/key-group-places.ts';
import type {
  ChangelogStateBackendHandle,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';

export interface MaterializedPart {
  readonly handle: KeyedStateHandle;
  /** What is read from it, in ascending order. */
  readonly keyGroups: readonly KeyGroupRange[];
}

/** @throws CheckpointError `SNAPSHOT_CORRUPT` when nothing says which part of a key group is newer */
export function materializedParts(handle: ChangelogStateBackendHandle): MaterializedPart[] {
  const handles: KeyedStateHandle[] = [];
  for (const part of handle.materialized) {
    if (!handles.some((other) => isSame(part, other))) {
      handles.push(part);
    }
  }
  const keyGroups = new Map<KeyedStateHandle, KeyGroupRange[]>(handles.map((part) => [part, []]));
  const { startKeyGroup, endKeyGroup } = handle.keyGroupRange;
  for (let keyGroup = startKeyGroup; keyGroup <= endKeyGroup; keyGroup++) {
    const part = newestOf(handles, keyGroup);
    if (part !== undefined) {
      append(keyGroups.get(part)!, keyGroup);
    }
  }
  return handles.map((part) => ({
    handle: 'offsets' in part ? possiblyCut(part) : part,
    keyGroups: keyGroups.get(part)!,
  }));
}

/** Files that cannot be cut go whole to each subtask that has some of their key groups. */
function isSame(a: KeyedStateHandle, b: KeyedStateHandle): boolean {
  if (a.kind === 'incremental-remote' && b.kind === 'incremental-remote') {
    return (
      a.stateHandleId === b.stateHandleId &&
      a.backendId === b.backendId &&
      a.checkpointId === b.checkpointId &&
      `${a.keyGroupRange}` === `${b.keyGroupRange}`
    );
  }
  return isDeepStrictEqual(a, b);
}

function newestOf(handles: readonly KeyedStateHandle[], keyGroup: number) {
  let newest: KeyedStateHandle | undefined;
  for (const part of handles) {
    if (!part.keyGroupRange.contains(keyGroup)) {
      continue;
    }
    const order = newest === undefined ? 1 : materializationOf(part) - materializationOf(newest);
    if (newest !== undefined && (order === 0 || Number.isNaN(order))) {
      throw new CheckpointError(
        'SNAPSHOT_CORRUPT',
        `the changelog has key group ${keyGroup} in two materialized parts, ${nameOf(newest)} and ` +
          `${nameOf(part)}, and nothing says which is newer; restore another snapshot`,
      );
    }
    newest = order > 0 ? part : newest;
  }
  return newest;
}

/**
 * Each materialization has a greater number than those that its backend was restored from, and stands
 * in its handle as the checkpoint.
 */
function materializationOf(part: KeyedStateHandle): number {
  return part.kind === 'incremental-remote' ? part.checkpointId : Number.NaN;
}

function nameOf(part: KeyedStateHandle): string {
  return `'${'stateHandleId' in part ? part.stateHandleId : part.kind}' of ${part.keyGroupRange}`;
}

function append(ranges: KeyGroupRange[], keyGroup: number): void {
  const last = ranges.at(-1);
  if (last?.endKeyGroup === keyGroup - 1) {
    ranges[ranges.length - 1] = new KeyGroupRange(last.startKeyGroup, keyGroup);
  } else {
    ranges.push(new KeyGroupRange(keyGroup, keyGroup));
  }
}
