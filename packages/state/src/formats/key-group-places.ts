/**
 * Where key groups lie in their stream, as their handle says.
 *
 * Invariant: they follow one another without gaps, so a place that was changed is found when the key
 * group before it does not end there, and no key group is passed over without a word.
 */
import { CheckpointError, type KeyGroupRange } from '@millrace/core';
import type { KeyGroupRangeOffsets } from '../snapshot/keyed-state-handle.ts';

export interface KeyGroupPlace {
  readonly keyGroup: number;
  readonly start: number;
  /** Where the next one begins, or the end of the stream. */
  readonly end: number;
}

/**
 * Of key groups that are there: an offset of 0 is none.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`
 */
export function keyGroupPlaces(
  handle: KeyGroupRangeOffsets,
  stream: { readonly sizeBytes: number; readonly source: string },
): KeyGroupPlace[] {
  const places: KeyGroupPlace[] = [];
  let end = handle.cut?.end ?? stream.sizeBytes;
  for (let index = handle.offsets.length - 1; index >= 0; index--) {
    const start = handle.offsets[index] as number;
    const keyGroup = handle.keyGroupRange.startKeyGroup + index;
    if (start < 0 || start > end) {
      const message =
        `${stream.source} is corrupt: key group ${keyGroup} cannot begin at ${start}, behind the ` +
        `next at ${end}; restore another snapshot`;
      throw new CheckpointError('SNAPSHOT_CORRUPT', message);
    }
    if (start > 0) {
      places.push({ keyGroup, start, end });
      end = start;
    }
  }
  return places.reverse();
}

/** The part of a handle that is of some of its key groups. It knows what it was cut from. */
export function cutKeyGroups(
  handle: KeyGroupRangeOffsets,
  range: KeyGroupRange,
): KeyGroupRangeOffsets {
  const first = range.startKeyGroup - handle.keyGroupRange.startKeyGroup;
  const after = first + range.numberOfKeyGroups;
  const end = handle.offsets.slice(after).find((offset) => offset > 0) ?? handle.cut?.end;
  const start = first > 0 || handle.cut?.start === true;
  const offsets = handle.offsets.slice(first, after);
  return { keyGroupRange: range, offsets, cut: { start, end } };
}
