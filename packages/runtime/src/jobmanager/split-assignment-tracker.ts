/**
 * Remembers which splits a reader has that no checkpoint holds for it: they go back to the enumerator
 * when the reader is restored from that checkpoint.
 *
 * Pure. Flink: SplitAssignmentTracker.
 */
export class SplitAssignmentTracker<SplitT> {
  /** By checkpoint, those since the one before it; by subtask. */
  private readonly byCheckpoint = new Map<number, Map<number, SplitT[]>>();
  private uncheckpointed = new Map<number, SplitT[]>();

  assigned(subtask: number, split: SplitT): void {
    const splits = this.uncheckpointed.get(subtask) ?? [];
    splits.push(split);
    this.uncheckpointed.set(subtask, splits);
  }

  /** What was assigned before is in the readers' state of this checkpoint, if it completes. */
  snapshot(checkpointId: number): void {
    this.byCheckpoint.set(checkpointId, this.uncheckpointed);
    this.uncheckpointed = new Map();
  }

  completed(checkpointId: number): void {
    for (const id of this.byCheckpoint.keys()) {
      if (id <= checkpointId) {
        this.byCheckpoint.delete(id);
      }
    }
  }

  /**
   * The splits that a reader got after the checkpoint that it is restored from, in their order. They
   * are its own no more.
   *
   * @param checkpointId - `undefined` for a reader that begins with nothing
   */
  takeBack(subtask: number, checkpointId: number | undefined): SplitT[] {
    const splits: SplitT[] = [];
    for (const [id, assignments] of this.byCheckpoint) {
      if (checkpointId === undefined || id > checkpointId) {
        splits.push(...(assignments.get(subtask) ?? []));
        assignments.delete(subtask);
      }
    }
    splits.push(...(this.uncheckpointed.get(subtask) ?? []));
    this.uncheckpointed.delete(subtask);
    return splits;
  }
}
