/**
 * Knows which files the checkpoints of one job need, and so which may go.
 *
 * Facts in, paths to delete out: it reads and deletes nothing itself.
 *
 * Invariants:
 * - No path is given out that a retained checkpoint names, or a snapshot that the job does not own.
 * - A file goes with the last checkpoint that names it. One that only failed checkpoints have named
 *   stays until a newer one completed, as a task may name it again until then.
 * - Nothing is left of checkpoints that were discarded, except what others need.
 *
 * Files are known by path, so there is nothing here of Flink's placeholders and of its rules for two
 * handles under one key. Where Flink compares the ids of checkpoints to tell which files are not the
 * job's, this goes by the files that the snapshot names.
 *
 * Flink: SharedStateRegistryImpl, CheckpointsCleaner.
 */
import type { RestoreMode } from '@millrace/core';
import type { SnapshotFiles } from '../storage/snapshot-files.ts';

/** Files to delete. */
export interface ReleasedFiles {
  /** With each discarded checkpoint, once its `_metadata` is gone. */
  readonly ofCheckpoints: ReadonlyMap<number, readonly string[]>;
  /** That no checkpoint names any more, once those that did are gone. */
  readonly shared: readonly string[];
}

export class SharedStateRegistry {
  private readonly completed = new Map<number, SnapshotFiles>();
  /** Of each shared file the newest checkpoint that has named it, also one that failed. */
  private readonly lastUsedBy = new Map<string, number>();
  private readonly notOwned = new Set<string>();

  /** What a task handed in for a checkpoint, whatever becomes of that. */
  acknowledged(checkpointId: number, files: SnapshotFiles): void {
    for (const [path, scope] of files) {
      if (scope === 'shared') {
        this.lastUsedBy.set(path, Math.max(checkpointId, this.lastUsedBy.get(path) ?? 0));
      }
    }
  }

  complete(checkpointId: number, files: SnapshotFiles): void {
    this.acknowledged(checkpointId, files);
    this.completed.set(checkpointId, files);
  }

  /** The snapshot that the job starts from. */
  restore(checkpointId: number, files: SnapshotFiles, mode: RestoreMode): void {
    if (mode === 'CLAIM') {
      this.complete(checkpointId, files);
    } else {
      this.keep(files.keys());
    }
  }

  /** Files that are not the job's, or that had better stay, though it may name them. */
  keep(paths: Iterable<string>): void {
    for (const path of paths) {
      this.notOwned.add(path);
    }
  }

  /** Files that are not the job's, and that its checkpoints name. */
  usedButNotOwned(): string[] {
    return [...this.notOwned].filter((path) => this.isNamed(path));
  }

  /**
   * A checkpoint that failed: what was handed in for it, or is handed in after that.
   *
   * @returns paths of files that were its own
   */
  abort(checkpointId: number, files: SnapshotFiles): string[] {
    this.completed.delete(checkpointId);
    this.acknowledged(checkpointId, files);
    return this.unneeded(exclusive(files));
  }

  /** A checkpoint completed and others are retained no longer. */
  subsume(retained: ReadonlySet<number>, discarded: readonly number[]): ReleasedFiles {
    const oldest = Math.min(...retained);
    return this.release(retained, discarded, (lastUsedBy) => lastUsedBy < oldest);
  }

  /** The job is over: what no retained checkpoint names goes. */
  end(retained: ReadonlySet<number>, discarded: readonly number[]): ReleasedFiles {
    return this.release(retained, discarded, () => true);
  }

  private release(
    retained: ReadonlySet<number>,
    discarded: readonly number[],
    isOver: (lastUsedBy: number) => boolean,
  ): ReleasedFiles {
    const exclusives = new Map(
      discarded.map((id) => [id, exclusive(this.completed.get(id) ?? new Map())] as const),
    );
    for (const checkpointId of [...this.completed.keys()]) {
      if (!retained.has(checkpointId)) {
        this.completed.delete(checkpointId);
      }
    }
    const shared: string[] = [];
    for (const [path, lastUsedBy] of this.lastUsedBy) {
      if (isOver(lastUsedBy) && !this.isInCompleted(path)) {
        this.lastUsedBy.delete(path);
        shared.push(path);
      }
    }
    return {
      ofCheckpoints: new Map(
        [...exclusives].map(([checkpointId, paths]) => [checkpointId, this.unneeded(paths)]),
      ),
      shared: this.unneeded(shared),
    };
  }

  private unneeded(paths: readonly string[]): string[] {
    return paths.filter((path) => !this.notOwned.has(path) && !this.isNamed(path));
  }

  private isNamed(path: string): boolean {
    return this.lastUsedBy.has(path) || this.isInCompleted(path);
  }

  private isInCompleted(path: string): boolean {
    for (const files of this.completed.values()) {
      if (files.has(path)) {
        return true;
      }
    }
    return false;
  }
}

function exclusive(files: SnapshotFiles): string[] {
  return [...files].filter(([, scope]) => scope === 'exclusive').map(([path]) => path);
}
