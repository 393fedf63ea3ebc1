/** Sizes by key group, gathered to as many cells as can be seen. */
import type { KeyGroupSize } from '../rest/state.ts';

/** Key groups `first` to `last`, both counted. */
export interface KeyGroupCell {
  readonly first: number;
  readonly last: number;
  /** `null` in a snapshot, which knows none. */
  readonly subtask: number | null;
  readonly entries: number;
  readonly bytes: number;
  /** Bytes as a part of those of the fullest cell, 0 to 1. */
  readonly heat: number;
}

/**
 * Cells in the order of key groups, of about the same width; none crosses from one subtask to the next.
 *
 * @param cellsMax - more come out only where there are more subtasks
 */
export function keyGroupCells(sizes: readonly KeyGroupSize[], cellsMax: number): KeyGroupCell[] {
  const sorted = [...sizes].sort((left, right) => left.keyGroup - right.keyGroup);
  const width = Math.max(1, Math.ceil(sorted.length / cellsMax));
  const cells: Omit<KeyGroupCell, 'heat'>[] = [];
  let taken = 0;
  for (const { keyGroup, subtask, entries, bytes } of sorted) {
    const last = cells.at(-1);
    if (last === undefined || taken === width || last.subtask !== subtask) {
      cells.push({ first: keyGroup, last: keyGroup, subtask, entries, bytes });
      taken = 1;
    } else {
      cells[cells.length - 1] = {
        ...last,
        last: keyGroup,
        entries: last.entries + entries,
        bytes: last.bytes + bytes,
      };
      taken += 1;
    }
  }
  const most = cells.reduce((greatest, { bytes }) => Math.max(greatest, bytes), 0);
  return cells.map((cell) => ({ ...cell, heat: most === 0 ? 0 : cell.bytes / most }));
}

/** How much fuller the fullest subtask is than the mean: 1 is even; `undefined` where there is nothing, or no subtask. */
export function skewOf(sizes: readonly KeyGroupSize[]): number | undefined {
  const bytes = new Map<number, number>();
  for (const { subtask, bytes: some } of sizes) {
    if (subtask !== null) {
      bytes.set(subtask, (bytes.get(subtask) ?? 0) + some);
    }
  }
  const total = [...bytes.values()].reduce((sum, some) => sum + some, 0);
  return total === 0 ? undefined : (Math.max(...bytes.values()) * bytes.size) / total;
}
