/**
 * Cuts the key groups of an operator into ranges that are loaded one after the other.
 *
 * Invariant: the ranges are ascending, without gaps, and each is one key group or at most `bytesMax`
 * of state as it is stored.
 */
import { KeyGroupRange } from '@millrace/core';
import {
  EMPTY_SUBTASK_STATE,
  type KeyedStateHandle,
  stateHandleSizeBytes,
  streamsOfSubtask,
} from '@millrace/state';

/** @param maxParallelism - the number of key groups */
export function keyGroupSlices(
  handles: readonly KeyedStateHandle[],
  maxParallelism: number,
  bytesMax: number,
): KeyGroupRange[] {
  const sizes = keyGroupSizes(handles, maxParallelism);
  const slices: KeyGroupRange[] = [];
  let start = 0;
  let bytes = 0;
  for (const [keyGroup, size] of sizes.entries()) {
    if (keyGroup > start && bytes + size > bytesMax) {
      slices.push(new KeyGroupRange(start, keyGroup - 1));
      start = keyGroup;
      bytes = 0;
    }
    bytes += size;
  }
  slices.push(new KeyGroupRange(start, maxParallelism - 1));
  return slices;
}

/** Bytes by key group; of files that do not say it, as if all were equal. */
function keyGroupSizes(handles: readonly KeyedStateHandle[], maxParallelism: number): number[] {
  const sizes = new Array<number>(maxParallelism).fill(0);
  const add = (keyGroup: number, bytes: number): void => {
    if (keyGroup < maxParallelism) {
      sizes[keyGroup] = (sizes[keyGroup] as number) + bytes;
    }
  };
  for (const handle of handles) {
    const { startKeyGroup, numberOfKeyGroups } = handle.keyGroupRange;
    if (handle.kind === 'key-groups' || handle.kind === 'key-groups-savepoint') {
      let end = stateHandleSizeBytes(handle.stream);
      for (let index = numberOfKeyGroups - 1; index >= 0; index--) {
        const offset = handle.offsets[index] ?? 0;
        if (offset > 0) {
          add(startKeyGroup + index, Math.max(0, end - offset));
          end = offset;
        }
      }
      continue;
    }
    const streams = streamsOfSubtask({ ...EMPTY_SUBTASK_STATE, managedKeyedState: handle });
    const total = streams.reduce((sum, stream) => sum + stateHandleSizeBytes(stream), 0);
    for (let index = 0; index < numberOfKeyGroups; index++) {
      add(startKeyGroup + index, Math.ceil(total / numberOfKeyGroups));
    }
  }
  return sizes;
}
