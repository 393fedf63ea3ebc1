/**
 * The part of a keyed state handle that belongs to some key groups.
 *
 * Flink: KeyedStateHandle.getIntersection.
 */
import type { KeyGroupRange } from '@millrace/core';
import { cutKeyGroups } from '../formats/key-group-places.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';

/**
 * `undefined` when nothing of the handle is in `range`. Files that cannot be cut are given whole:
 * their readers leave out other key groups.
 */
export function intersectKeyedState(
  handle: KeyedStateHandle,
  range: KeyGroupRange,
): KeyedStateHandle | undefined {
  const common = handle.keyGroupRange.intersect(range);
  if (common === undefined) {
    return undefined;
  }
  switch (handle.kind) {
    case 'key-groups':
    case 'key-groups-savepoint':
      return { ...handle, ...cutKeyGroups(handle, common) };
    case 'changelog': {
      const cut = (parts: readonly KeyedStateHandle[]): KeyedStateHandle[] =>
        parts.flatMap((part) => intersectKeyedState(part, range) ?? []);
      return {
        ...handle,
        keyGroupRange: common,
        materialized: cut(handle.materialized),
        nonMaterialized: cut(handle.nonMaterialized),
      };
    }
    case 'with-raw-timers':
      return {
        ...handle,
        keyGroupRange: common,
        managed: handle.managed && intersectKeyedState(handle.managed, range),
        timers: { ...handle.timers, ...cutKeyGroups(handle.timers, common) },
      };
    default:
      return handle;
  }
}
