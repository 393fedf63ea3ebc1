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
  /** False when others may follow that were cut away: it ends at `end` or before. */
  readonly isEndKnown: boolean;
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
  let isEndKnown = handle.cut?.end !== 'unknown';
  let end = cutEnd(handle) ?? stream.sizeBytes;
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
      places.push({ keyGroup, start, end, isEndKnown });
      end = start;
      isEndKnown = true;
    }
  }
  return places.reverse();
}

/** The place that is known where the first key group begins that is cut away after. */
export function cutEnd({ cut }: KeyGroupRangeOffsets): number | undefined {
  return cut?.end === 'unknown' ? undefined : cut?.end;
}

/**
 * The handle as one that may have been cut before it was stored, which it does not say.
 *
 * Flink: KeyGroupsStateHandle.getIntersection, whose result stands in a checkpoint where it is what a
 * changelog was materialized to.
 */
export function possiblyCut<T extends KeyGroupRangeOffsets>(handle: T): T {
  return { ...handle, cut: { start: true, end: handle.cut?.end ?? 'unknown' } };
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
