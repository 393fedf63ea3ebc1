/**
 * The completed checkpoints that are kept.
 *
 * Invariants:
 * - At most `maxRetained` checkpoints are kept, the newest; savepoints are not counted.
 * - A checkpoint is deleted only after what takes its place is safely recorded.
 * - A failing deletion is a warning: the checkpoint is forgotten, its files stay.
 *
 * Flink: DefaultCompletedCheckpointStore, StandaloneCompletedCheckpointStore.
 */
import { errorMessage } from '@millrace/core';
import type { CheckpointProperties, CompletedCheckpointLocation } from '@millrace/state';
import { isDiscardedAtEnd, type JobEnd } from './checkpoint-properties.ts';

export interface CompletedCheckpoint {
  readonly checkpointId: number;
  /** When it was triggered. */
  readonly timestamp: number;
  readonly completedAt: number;
  readonly properties: CheckpointProperties;
  readonly location: CompletedCheckpointLocation;
}

/** Where the list survives the process; see `FileSystemHighAvailability`. */
export interface CompletedCheckpointPersistence {
  saveCompletedCheckpoints(checkpoints: readonly CompletedCheckpoint[]): Promise<void>;
  /** The job ended for good. */
  clear(): Promise<void>;
}

export interface CompletedCheckpointStoreOptions {
  /** `execution.checkpointing.num-retained`, at least 1. */
  readonly maxRetained: number;
  readonly persistence: CompletedCheckpointPersistence | undefined;
  /** What an earlier process left, oldest first. */
  readonly recovered: readonly CompletedCheckpoint[];
  readonly warn: (message: string) => void;
}

export class CompletedCheckpointStore {
  /**
   * Told how many deletions are under way, each time that changes. Set by the coordinator, which
   * waits for them when there are too many.
   */
  onCleaningChanged: (cleaningCheckpoints: number) => void = () => {};
  private readonly options: CompletedCheckpointStoreOptions;
  /** Failed ones that a restart may yet find, so their files must stay. */
  readonly possiblyRecorded: Set<number> = new Set();
  private retained: readonly CompletedCheckpoint[];
  private readonly cleaning = new Set<Promise<void>>();

  constructor(options: CompletedCheckpointStoreOptions) {
    this.options = options;
    this.retained = [...options.recovered].sort((a, b) => a.checkpointId - b.checkpointId);
  }

  /** Oldest first. */
  get checkpoints(): readonly CompletedCheckpoint[] {
    return this.retained;
  }

  get latest(): CompletedCheckpoint | undefined {
    return this.retained.at(-1);
  }

  /** Records a checkpoint; then it is what a restart restores. Older ones are deleted behind. */
  async add(checkpoint: CompletedCheckpoint): Promise<void> {
    if (checkpoint.properties.snapshotType.kind === 'savepoint') {
      return; // The user owns it.
    }
    const all = [...this.retained, checkpoint].sort((a, b) => a.checkpointId - b.checkpointId);
    const kept = all.slice(-this.options.maxRetained);
    try {
      await this.options.persistence?.saveCompletedCheckpoints(kept);
    } catch (error) {
      await this.takeBack(checkpoint);
      throw error;
    }
    this.retained = kept;
    for (const subsumed of all.slice(0, -this.options.maxRetained)) {
      if (subsumed.properties.discardSubsumed) {
        this.discard(subsumed);
      }
    }
  }

  /**
   * Deletes what the retention says at the job's end; waits for all deletions.
   *
   * Unlike Flink, which forgets a failed job: with persistence its checkpoints stay, and the next
   * start of the mended program goes on from them.
   */
  async shutdown(end: JobEnd): Promise<void> {
    const { persistence } = this.options;
    if (end !== 'FAILED' || persistence === undefined) {
      const discarded = this.retained.filter((c) => isDiscardedAtEnd(c.properties, end));
      this.retained = [];
      await persistence?.clear();
      for (const checkpoint of discarded) {
        this.discard(checkpoint);
      }
    }
    await this.cleaned();
  }

  /** Resolves once no deletion is under way. */
  async cleaned(): Promise<void> {
    while (this.cleaning.size > 0) {
      await Promise.all(this.cleaning);
    }
  }

  /** The failed write may have happened: files go only once the list surely lacks them. */
  private async takeBack({ checkpointId, location }: CompletedCheckpoint): Promise<void> {
    this.possiblyRecorded.add(checkpointId);
    try {
      await this.options.persistence?.saveCompletedCheckpoints(this.retained);
    } catch (error) {
      this.options.warn(
        `the files of failed checkpoint ${checkpointId} at ${location.externalPointer} are kept, ` +
          `since the list of checkpoints may name them: ${errorMessage(error)}`,
      );
      return;
    }
    this.possiblyRecorded.delete(checkpointId);
    await location.dispose();
  }

  private discard(checkpoint: CompletedCheckpoint): void {
    const { checkpointId, location } = checkpoint;
    const deletion = location
      .dispose()
      .catch((error: unknown) => {
        this.options.warn(
          `checkpoint ${checkpointId} at ${location.externalPointer} could not be deleted; ` +
            `delete it by hand: ${errorMessage(error)}`,
        );
      })
      .finally(() => {
        this.cleaning.delete(deletion);
        this.onCleaningChanged(this.cleaning.size);
      });
    this.cleaning.add(deletion);
    this.onCleaningChanged(this.cleaning.size);
  }
}
