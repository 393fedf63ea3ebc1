/**
 * Which files a checkpoint may name in place of writing them again.
 *
 * Invariants:
 * - Only files of the newest checkpoint that is known to have completed are named: nothing of one that
 *   failed, or of one of which nothing is known yet.
 * - A file that a checkpoint after that one has written anew is written again, until that one is known
 *   to have completed or failed. With its completion the older file may be gone, though this task has
 *   not heard of it.
 *
 * Flink: RocksIncrementalSnapshotStrategy (uploadedSstFiles, lastCompletedCheckpointId). Design:
 * docs/architecture/checkpointing.md
 */
import type { StreamStateHandle } from '@millrace/state';

/** By the name that the file has in the database: `000012.sst`. */
export type NamedFiles = ReadonlyMap<string, StreamStateHandle>;

export interface CompletedFiles {
  readonly files: NamedFiles;
}

interface Attempt {
  /** What it may name. */
  readonly base: NamedFiles;
  /** `undefined` while it is being written. */
  files: NamedFiles | undefined;
}

const NONE: NamedFiles = new Map();

export class UploadedHistory {
  private completed: NamedFiles;
  /** Since the completed one, by checkpoint id. */
  private readonly attempts = new Map<number, Attempt>();

  /** @param restored - of the checkpoint that the database is restored from, when the job may name its files */
  constructor(restored: CompletedFiles | undefined) {
    this.completed = restored?.files ?? NONE;
  }

  /**
   * A checkpoint whose files later ones may name begins.
   *
   * @param options.mayReuse - false for a full one
   * @returns what it may name
   */
  begin(checkpointId: number, options: { readonly mayReuse: boolean }): NamedFiles {
    const base = options.mayReuse ? this.reusable() : NONE;
    this.attempts.set(checkpointId, { base, files: undefined });
    return base;
  }

  /** All shared files that it names, whether written for it or not. Nothing for one that was aborted. */
  written(checkpointId: number, files: NamedFiles): void {
    const attempt = this.attempts.get(checkpointId);
    if (attempt !== undefined) {
      attempt.files = files;
    }
  }

  complete(checkpointId: number): void {
    const files = this.attempts.get(checkpointId)?.files;
    if (files !== undefined) {
      this.completed = files; // Older attempts are forgotten, so this one is the newest.
    }
    for (const id of [...this.attempts.keys()]) {
      if (id <= checkpointId) {
        this.attempts.delete(id);
      }
    }
  }

  abort(checkpointId: number): void {
    this.attempts.delete(checkpointId);
  }

  private reusable(): NamedFiles {
    const bases = [...this.attempts.values()].map(({ base }) => base);
    const reusable = new Map<string, StreamStateHandle>();
    for (const [name, handle] of this.completed) {
      if (isShareable(handle) && bases.every((base) => base.get(name) === handle)) {
        reusable.set(name, handle);
      }
    }
    return reusable;
  }
}

/** A savepoint's own file goes with the savepoint. */
function isShareable(handle: StreamStateHandle): boolean {
  return handle.kind !== 'relative-file';
}
