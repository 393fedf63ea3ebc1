/**
 * Walks the cells of a table, a few at a time, in rounds without end.
 *
 * Invariants:
 * - A cell that is there for a whole round is met in it at least once, whatever is written between
 *   two steps: groups are walked from their end, so that a removal moves only cells that were met,
 *   and new cells come behind.
 * - One call looks at no cell twice, unless a removal moved it.
 *
 * Flink: CopyOnWriteStateMap.StateIncrementalVisitorImpl.
 */
// Hot path.
import type { DenseGroup } from '@millrace/state';
import type { Cell } from './cell.ts';

/** Groups without cells that one call skips: about a microsecond. */
const EMPTY_GROUPS_MAX = 1024;

export class TableWalk {
  private readonly groups: readonly DenseGroup<Cell>[];
  private groupIndex: number;
  private cellIndex: number;
  private emptyGroups: number;

  /** @param groups - may grow at its end */
  constructor(groups: readonly DenseGroup<Cell>[]) {
    this.groups = groups;
    this.groupIndex = -1;
    this.cellIndex = 0;
    this.emptyGroups = 0;
  }

  /** Before the steps of one call. */
  begin(): void {
    this.emptyGroups = 0;
  }

  /** `undefined` when there is none, or none near. */
  next(): Cell | undefined {
    let group = this.groups[this.groupIndex];
    if (group !== undefined && this.cellIndex > group.entries.length) {
      this.cellIndex = group.entries.length;
    }
    while (this.cellIndex === 0) {
      if (this.emptyGroups++ > Math.min(this.groups.length, EMPTY_GROUPS_MAX)) {
        return undefined;
      }
      this.groupIndex = this.groupIndex + 1 < this.groups.length ? this.groupIndex + 1 : 0;
      group = this.groups[this.groupIndex];
      this.cellIndex = group === undefined ? 0 : group.entries.length;
    }
    this.cellIndex--;
    return (group as DenseGroup<Cell>).entries[this.cellIndex];
  }
}
