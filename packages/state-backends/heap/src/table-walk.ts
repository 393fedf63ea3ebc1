/**
 * Walks the rows of a table, a few at a time, in rounds without end.
 *
 * Invariants:
 * - A row that is there for a whole round is met in it at least once, whatever is written between
 *   two steps: groups are walked from their end, so that a removal moves only rows that were met,
 *   and new rows come behind.
 * - One call looks at no row twice, unless a removal moved it.
 *
 * Flink: CopyOnWriteStateMap.StateIncrementalVisitorImpl.
 */
// Hot path.
import type { RowGroup } from '@millrace/state/columns';

/** Groups without rows that one call skips: about a microsecond. */
const EMPTY_GROUPS_MAX = 1024;
const NO_ROW = -1;

export class TableWalk {
  private readonly groups: readonly RowGroup[];
  private groupIndex: number;
  private rowIndex: number;
  private emptyGroups: number;

  /** @param groups - may grow at its end */
  constructor(groups: readonly RowGroup[]) {
    this.groups = groups;
    this.groupIndex = -1;
    this.rowIndex = 0;
    this.emptyGroups = 0;
  }

  /** Before the steps of one call. */
  begin(): void {
    this.emptyGroups = 0;
  }

  /** -1 when there is none, or none near. */
  next(): number {
    let group = this.groups[this.groupIndex];
    if (group !== undefined && this.rowIndex > group.length) {
      this.rowIndex = group.length;
    }
    while (this.rowIndex === 0) {
      if (this.emptyGroups++ > Math.min(this.groups.length, EMPTY_GROUPS_MAX)) {
        return NO_ROW;
      }
      this.groupIndex = this.groupIndex + 1 < this.groups.length ? this.groupIndex + 1 : 0;
      group = this.groups[this.groupIndex];
      this.rowIndex = group === undefined ? 0 : group.length;
    }
    this.rowIndex--;
    return (group as RowGroup).rows[this.rowIndex] as number;
  }
}
