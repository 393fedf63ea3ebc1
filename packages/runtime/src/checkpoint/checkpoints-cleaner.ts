/**
 * Deletes what the checkpoints of a job do not need any more, in the background.
 *
 * Invariants:
 * - `_metadata` goes before the files that it names, those of `shared/` too: what a crash leaves is a
 *   whole checkpoint, or is none.
 * - A failing deletion is a warning. The files of a checkpoint that could not be deleted stay.
 *
 * Flink: CheckpointsCleaner.
 */
import { errorMessage, parentPath } from '@millrace/core';
import { type ReleasedFiles, type SharedStateRegistry, snapshotFiles } from '@millrace/state';
import type { CompletedCheckpoint } from './completed-checkpoint.ts';

/** Deletes by path; what is gone already is no error. */
export interface StateFileRemover {
  deleteFile(path: string): Promise<void>;
  removeEmptyFolder(path: string): Promise<void>;
}

export class CheckpointsCleaner {
  /** Told how many checkpoints are being deleted, each time that changes. */
  onCleaningChanged: (cleaningCheckpoints: number) => void = () => {};
  private readonly registry: SharedStateRegistry;
  private readonly files: StateFileRemover;
  private readonly warn: (message: string) => void;
  private readonly batches = new Set<Promise<void>>();
  private cleaningCheckpoints = 0;
  /** Of snapshots that are gone; other snapshots still name files in them. */
  private readonly foldersInUse = new Set<string>();

  constructor(options: {
    readonly registry: SharedStateRegistry;
    readonly files: StateFileRemover;
    readonly warn: (message: string) => void;
  }) {
    this.registry = options.registry;
    this.files = options.files;
    this.warn = options.warn;
  }

  /** @param released - what the registry let go with them */
  discard(checkpoints: readonly CompletedCheckpoint[], released: ReleasedFiles): void {
    if (checkpoints.length > 0 || released.shared.length > 0) {
      this.changeCount(checkpoints.length);
      this.track(
        this.discardAll(checkpoints, released).finally(() => this.changeCount(-checkpoints.length)),
      );
    }
  }

  deleteFiles(paths: readonly string[]): void {
    if (paths.length > 0) {
      this.track(this.deleteAll(paths));
    }
  }

  /** Resolves once no deletion is under way. */
  async cleaned(): Promise<void> {
    while (this.batches.size > 0) {
      await Promise.all(this.batches);
    }
  }

  private async discardAll(
    checkpoints: readonly CompletedCheckpoint[],
    { ofCheckpoints, shared }: ReleasedFiles,
  ): Promise<void> {
    const undeleted = new Set<string>();
    for (const checkpoint of checkpoints) {
      const files = ofCheckpoints.get(checkpoint.checkpointId) ?? [];
      if (!(await this.discardOne(checkpoint, files))) {
        for (const path of snapshotFiles(checkpoint.location.metadata).keys()) {
          undeleted.add(path);
        }
      }
    }
    this.registry.keep(undeleted);
    await this.deleteAll(shared.filter((path) => !undeleted.has(path)));
  }

  private async discardOne(
    { checkpointId, location }: CompletedCheckpoint,
    files: readonly string[],
  ): Promise<boolean> {
    this.rememberFolders(location, new Set(files));
    try {
      await location.dispose(files);
      return true;
    } catch (error) {
      this.warn(
        `checkpoint ${checkpointId} at ${location.externalPointer} could not be deleted; ` +
          `delete it by hand: ${errorMessage(error)}`,
      );
      return false;
    }
  }

  private rememberFolders(
    { metadata, externalPointer }: CompletedCheckpoint['location'],
    released: ReadonlySet<string>,
  ): void {
    for (const path of snapshotFiles(metadata).keys()) {
      if (!released.has(path) && parentPath(path) === externalPointer) {
        this.foldersInUse.add(externalPointer);
        break;
      }
    }
    for (const { subtaskStates } of metadata.operatorStates) {
      for (const { managedOperatorState } of subtaskStates.values()) {
        if (managedOperatorState?.fileMerging !== undefined) {
          this.foldersInUse.add(managedOperatorState.fileMerging.taskOwnedDirectory);
          this.foldersInUse.add(managedOperatorState.fileMerging.sharedDirectory);
        }
      }
    }
  }

  private async deleteAll(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      try {
        await this.files.deleteFile(path);
      } catch (error) {
        this.warn(
          `${path}, which no checkpoint needs, could not be deleted: ${errorMessage(error)}`,
        );
      }
    }
    for (const folder of new Set(paths.map(parentPath))) {
      if (folder !== undefined && this.foldersInUse.has(folder)) {
        // What fails here leaves an empty folder.
        await this.files.removeEmptyFolder(folder).catch(() => {});
      }
    }
  }

  private changeCount(by: number): void {
    if (by !== 0) {
      this.cleaningCheckpoints += by;
      this.onCleaningChanged(this.cleaningCheckpoints);
    }
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.batches.delete(tracked));
    this.batches.add(tracked);
  }
}
