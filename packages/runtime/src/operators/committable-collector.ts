/**
 * The committables of a sink that are not committed yet, by checkpoint and by the subtask whose
 * writer prepared them.
 *
 * Invariant: what was prepared at the end of input belongs to the first snapshot that holds it, so
 * that snapshot's completion commits it and an earlier one's does not.
 *
 * Flink: CommittableCollector, CheckpointCommittableManager, SubtaskCommittableManager.
 */
import { PendingCommitRequest } from './commit-request.ts';
import { type Committables, END_OF_INPUT } from './committables.ts';

export interface CheckpointCommittables<CommT> {
  readonly checkpointId: number;
  readonly numberOfSubtasks: number;
  readonly bySubtask: Map<number, PendingCommitRequest<CommT>[]>;
}

export class CommittableCollector<CommT> {
  private readonly byCheckpoint: Map<number, CheckpointCommittables<CommT>>;

  constructor() {
    this.byCheckpoint = new Map();
  }

  add(message: Committables<CommT>): void {
    const requests = message.committables.map((one) => new PendingCommitRequest(one));
    this.addRequests(message, requests);
  }

  /** Takes over what another collector held, e.g. one that was restored. */
  merge(other: CommittableCollector<CommT>): void {
    for (const checkpoint of other.byCheckpoint.values()) {
      for (const [subtaskId, requests] of checkpoint.bySubtask) {
        this.addRequests({ ...checkpoint, subtaskId }, requests);
      }
    }
  }

  addRequests(
    place: { checkpointId: number; numberOfSubtasks: number; subtaskId: number },
    requests: readonly PendingCommitRequest<CommT>[],
  ): void {
    const { checkpointId, numberOfSubtasks, subtaskId } = place;
    if (requests.length === 0) {
      return;
    }
    let checkpoint = this.byCheckpoint.get(checkpointId);
    if (checkpoint === undefined) {
      checkpoint = { checkpointId, numberOfSubtasks, bySubtask: new Map() };
      this.byCheckpoint.set(checkpointId, checkpoint);
    }
    const known = checkpoint.bySubtask.get(subtaskId) ?? [];
    checkpoint.bySubtask.set(subtaskId, [...known, ...requests]);
  }

  /** Call when a snapshot is taken. */
  assignEndOfInputTo(checkpointId: number): void {
    const atEnd = this.byCheckpoint.get(END_OF_INPUT);
    this.byCheckpoint.delete(END_OF_INPUT);
    for (const [subtaskId, requests] of atEnd?.bySubtask ?? []) {
      const numberOfSubtasks = (atEnd as CheckpointCommittables<CommT>).numberOfSubtasks;
      this.addRequests({ checkpointId, numberOfSubtasks, subtaskId }, requests);
    }
  }

  /** Ascending by checkpoint; all of them without a limit. */
  checkpoints(upTo: number = END_OF_INPUT): CheckpointCommittables<CommT>[] {
    return [...this.byCheckpoint.values()]
      .filter((checkpoint) => checkpoint.checkpointId <= upTo)
      .sort((a, b) => (a.checkpointId < b.checkpointId ? -1 : 1));
  }

  remove(checkpointId: number): void {
    this.byCheckpoint.delete(checkpointId);
  }

  get pendingCount(): number {
    let count = 0;
    for (const checkpoint of this.byCheckpoint.values()) {
      for (const requests of checkpoint.bySubtask.values()) {
        count += requests.length;
      }
    }
    return count;
  }
}
