/**
 * The completed checkpoints that are kept; the snapshot that the job started from, until it has a
 * checkpoint of its own; the savepoint that it stops with, as its sinks commit with it.
 *
 * Invariants:
 * - At most `maxRetained` checkpoints are kept, the newest; a claimed snapshot is one of them, savepoints
 *   and unclaimed snapshots are not counted.
 * - A checkpoint is deleted only after what takes its place is safely recorded.
 * - No file goes that a kept checkpoint names, or a snapshot that is not the job's.
 *
 * Flink: DefaultCompletedCheckpointStore, StandaloneCompletedCheckpointStore.
 */
import { errorMessage } from '@millrace/core';
import {
  filesOf,
  type OperatorSubtaskState,
  type ReleasedFiles,
  SharedStateRegistry,
  snapshotFiles,
} from '@millrace/state';
import { isDiscardedAtEnd, type JobEnd } from './checkpoint-properties.ts';
import { CheckpointsCleaner, type StateFileRemover } from './checkpoints-cleaner.ts';
import { type CompletedCheckpoint, isOwned } from './completed-checkpoint.ts';
import { isPartOfJob } from './savepoint-types.ts';

/** Where the list survives the process; see `FileSystemHighAvailability`. */
export interface CompletedCheckpointPersistence {
  /** @param notOwned - paths that they name and that are not the job's to delete */
  saveCompletedCheckpoints(
    checkpoints: readonly CompletedCheckpoint[],
    notOwned: readonly string[],
  ): Promise<void>;
  /** The job ended for good. */
  clear(): Promise<void>;
}

export interface CompletedCheckpointStoreOptions {
  /** `execution.checkpointing.num-retained`, at least 1. */
  readonly maxRetained: number;
  readonly persistence: CompletedCheckpointPersistence | undefined;
  /** What an earlier process left, oldest first. */
  readonly recovered: readonly CompletedCheckpoint[];
  /** What an earlier process knew of files that are not the job's. */
  readonly notOwned?: readonly string[];
  readonly files: StateFileRemover;
  readonly warn: (message: string) => void;
}

export class CompletedCheckpointStore {
  /** Failed ones that a restart may yet find, so their files must stay. */
  readonly possiblyRecorded: Set<number> = new Set();
  /** Told of each that goes. */
  onDiscarded: (checkpointId: number) => void = () => {};
  private readonly options: CompletedCheckpointStoreOptions;
  private readonly registry = new SharedStateRegistry();
  private readonly cleaner: CheckpointsCleaner;
  private kept: readonly CompletedCheckpoint[];

  constructor(options: CompletedCheckpointStoreOptions) {
    const { recovered, files, warn } = options;
    this.options = options;
    this.cleaner = new CheckpointsCleaner({ registry: this.registry, files, warn });
    this.kept = byId(recovered);
    this.registry.keep(options.notOwned ?? []);
    for (const checkpoint of this.kept) {
      this.register(checkpoint);
    }
  }

  /**
   * Told how many checkpoints are being deleted, each time that changes: the coordinator waits when
   * there are too many.
   */
  set onCleaningChanged(listener: (cleaningCheckpoints: number) => void) {
    this.cleaner.onCleaningChanged = listener;
  }

  /** Oldest first. */
  get checkpoints(): readonly CompletedCheckpoint[] {
    return this.kept;
  }

  /** What a restart restores. */
  get latest(): CompletedCheckpoint | undefined {
    return this.kept.at(-1);
  }

  /** The newest that the job itself took. */
  get latestTaken(): CompletedCheckpoint | undefined {
    return this.kept.findLast(({ restored }) => restored === undefined);
  }

  /** True while nothing but a snapshot is there that checkpoints must not build on. */
  get mustTakeFullCheckpoint(): boolean {
    return this.latest?.restored?.mode === 'NO_CLAIM';
  }

  /**
   * Takes in the snapshot that the job starts from, before it starts. With persistence the next process
   * finds it there, and knows whose it is.
   *
   * @param notOwned - files that must stay though the job may come to own others like them
   */
  async restore(snapshot: CompletedCheckpoint, notOwned: Iterable<string>): Promise<void> {
    this.registry.keep(notOwned);
    this.register(snapshot);
    this.kept = [snapshot];
    await this.save(this.kept);
  }

  /** What a task handed in for a checkpoint of the job. */
  acknowledged(checkpointId: number, states: Iterable<OperatorSubtaskState>): void {
    this.registry.acknowledged(checkpointId, filesOf(states));
  }

  /** What was handed in for a checkpoint that failed, or is handed in after that. */
  aborted(checkpointId: number, states: Iterable<OperatorSubtaskState>): void {
    this.cleaner.deleteFiles(this.registry.abort(checkpointId, filesOf(states)));
  }

  /** Records a checkpoint; then it is what a restart restores. Older ones are deleted behind. */
  async add(checkpoint: CompletedCheckpoint): Promise<void> {
    if (!isPartOfJob(checkpoint.properties.snapshotType)) {
      return; // The user's, and the job goes on as if it were not there.
    }
    const owned = byId([...this.kept, checkpoint]).filter(isOwned);
    const kept = owned.slice(-this.options.maxRetained);
    if (!isOwned(checkpoint)) {
      kept.push(checkpoint);
    }
    this.register(checkpoint);
    try {
      await this.save(kept);
    } catch (error) {
      await this.takeBack(checkpoint);
      throw error;
    }
    this.kept = kept;
    const discarded = owned
      .slice(0, -this.options.maxRetained)
      .filter(({ properties }) => properties.discardSubsumed);
    this.discard(discarded, this.registry.subsume(idsOf(kept), [...idsOf(discarded)]));
  }

  /**
   * Deletes what the retention says at the job's end; waits for all deletions. With persistence all
   * stays of a job that is suspended.
   *
   * Unlike Flink, which forgets a failed job: with persistence its checkpoints stay, and the next start
   * of the mended program goes on from them. And a job that failed before its first checkpoint leaves
   * a claimed snapshot, which is all that there is.
   */
  async shutdown(end: JobEnd): Promise<void> {
    const { persistence } = this.options;
    const hasTaken = this.latestTaken !== undefined;
    const goesOn =
      persistence !== undefined && (end === 'SUSPENDED' || (end === 'FAILED' && hasTaken));
    if (!goesOn) {
      const isDiscarded = (checkpoint: CompletedCheckpoint): boolean =>
        isDiscardedAtEnd(checkpoint.properties, end) && (end !== 'FAILED' || hasTaken);
      const discarded = this.kept.filter(isDiscarded);
      const stay = this.kept.filter((checkpoint) => !isDiscarded(checkpoint));
      this.kept = [];
      await persistence?.clear();
      this.discard(discarded, this.registry.end(idsOf(stay), [...idsOf(discarded)]));
    }
    await this.cleaned();
  }

  /** Resolves once no deletion is under way. */
  cleaned(): Promise<void> {
    return this.cleaner.cleaned();
  }

  private discard(checkpoints: readonly CompletedCheckpoint[], released: ReleasedFiles): void {
    for (const { checkpointId } of checkpoints) {
      this.onDiscarded(checkpointId);
    }
    this.cleaner.discard(checkpoints, released);
  }

  private register(checkpoint: CompletedCheckpoint): void {
    const { checkpointId, location, restored } = checkpoint;
    const files = snapshotFiles(location.metadata);
    if (restored !== undefined) {
      this.registry.restore(checkpointId, files, restored.mode);
    } else if (isOwned(checkpoint)) {
      this.registry.complete(checkpointId, files);
    } else {
      this.registry.keep(files.keys());
    }
  }

  private async save(checkpoints: readonly CompletedCheckpoint[]): Promise<void> {
    const notOwned = this.registry.usedButNotOwned();
    await this.options.persistence?.saveCompletedCheckpoints(checkpoints, notOwned);
  }

  /**
   * The failed write may have happened: files go only once the list surely lacks them. What fails here
   * is a warning, as the write is why the checkpoint failed.
   */
  private async takeBack({ checkpointId, location }: CompletedCheckpoint): Promise<void> {
    this.possiblyRecorded.add(checkpointId);
    try {
      await this.save(this.kept);
    } catch (error) {
      this.options.warn(
        `the files of failed checkpoint ${checkpointId} at ${location.externalPointer} are kept, ` +
          `since the list of checkpoints may name them: ${errorMessage(error)}`,
      );
      return;
    }
    this.possiblyRecorded.delete(checkpointId);
    const files = this.registry.abort(checkpointId, snapshotFiles(location.metadata));
    try {
      await location.dispose(files);
    } catch (error) {
      this.options.warn(
        `failed checkpoint ${checkpointId} at ${location.externalPointer} could not be deleted; ` +
          `delete it by hand: ${errorMessage(error)}`,
      );
    }
  }
}

function byId(checkpoints: readonly CompletedCheckpoint[]): CompletedCheckpoint[] {
  return [...checkpoints].sort((a, b) => a.checkpointId - b.checkpointId);
}

function idsOf(checkpoints: readonly CompletedCheckpoint[]): Set<number> {
  return new Set(checkpoints.map(({ checkpointId }) => checkpointId));
}
