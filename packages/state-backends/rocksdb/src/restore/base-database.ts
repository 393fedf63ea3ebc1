/**
 * Which of several databases is taken as it is, to be cut to the key groups of a subtask; the others'
 * rows are copied into it.
 *
 * Flink: RocksDBIncrementalCheckpointUtils.chooseTheBestStateHandleForInitial.
 */
import type { KeyGroupRange } from '@millrace/core';
import type { SnapshotPart } from './snapshot-parts.ts';

/**
 * The one with the most key groups of `keyGroupRange`, of several the one with the fewest others;
 * `undefined` when the share of each is below the threshold.
 *
 * @param overlapFractionThreshold - least share of a database's key groups that are wanted, 0 to 1
 */
export function chooseBase(
  parts: readonly SnapshotPart[],
  keyGroupRange: KeyGroupRange,
  overlapFractionThreshold: number,
): SnapshotPart | undefined {
  let best: SnapshotPart | undefined;
  let most = 0;
  let mostFraction = 0;
  for (const part of parts) {
    const range = part.files?.keyGroupRange;
    const wanted = range?.intersect(keyGroupRange)?.numberOfKeyGroups ?? 0;
    const fraction = range === undefined ? 0 : wanted / range.numberOfKeyGroups;
    const isBetter = wanted > most || (wanted === most && fraction > mostFraction);
    if (isBetter && fraction >= overlapFractionThreshold) {
      [best, most, mostFraction] = [part, wanted, fraction];
    }
  }
  return best;
}

/** Whether a database is that of the subtask as it stands: nothing else, and of the same key groups. */
export function isSameRange(parts: readonly SnapshotPart[], keyGroupRange: KeyGroupRange): boolean {
  const ranges = parts.flatMap(({ files }) => files?.keyGroupRange ?? []);
  const [range] = ranges;
  return (
    ranges.length === 1 &&
    range!.startKeyGroup === keyGroupRange.startKeyGroup &&
    range!.endKeyGroup === keyGroupRange.endKeyGroup
  );
}
