/**
 * What keeps writes in memory before they are in the database: the cache of a state, a timer queue.
 *
 * At a barrier all that is dirty is of the barrier's version. It is written out in slices between
 * records, while newer writes stay in memory, until the database is copied (or a snapshot of it is
 * taken) and holds that version and nothing newer. A write to what still has to be written out writes
 * that out first.
 *
 * Invariants:
 * - Between `fixVersion` and `releaseVersion` only the fixed version is written to the database.
 * - What was given to the batch may be read from the database once the batch is applied.
 *
 * Design: docs/decisions/0008-rocksdb-write-back-cache.md
 */
import type { WriteBatch } from '../database/write-batch.ts';

export interface HeldWrites {
  /** Entries whose newest value is not in the database. */
  readonly dirtyEntries: number;
  /** All that is dirty is now of the version to be written out. */
  fixVersion(): void;
  /**
   * Puts what is left of the fixed version into the batch, until `isOver`, which is asked after each
   * entry. What is thrown for an entry fails the version; the entry stays dirty.
   *
   * @returns true when nothing is left of it
   */
  writeVersion(batch: WriteBatch, isOver: () => boolean): boolean;
  /**
   * The version is copied, or was given up with some of it not written out, which then is dirty as
   * before. Newer writes may go to the database again. Nothing is written here that can wait: what
   * has left its place in memory is written before the next read or write. What is thrown all the
   * same fails the backend.
   */
  releaseVersion(): void;
  /** Puts all that is dirty into the batch; not while a version is fixed. */
  writeAll(batch: WriteBatch): void;
}

/** What makes the copy once the database holds the fixed version and nothing newer. */
export interface VersionCopy {
  start(): Promise<void>;
  /** Blocks until what `start` began is done or failed. For a caller who must write. */
  wait(): void;
}

/** Holds versions fixed, one at a time: a newer one first completes the one that is being written. */
export interface VersionBarrier {
  /**
   * Fixes the version of now, synchronously, once the running one is completed. Nothing of it is
   * written before `FixedVersion.write`, and `copy` is not started.
   *
   * @throws what made the database unfit for further work, now or before
   */
  fix(copy: VersionCopy): FixedVersion;
  /**
   * Completes the running version, if any, at once: for what cannot be held back in memory. A copy that
   * fails is the snapshot's own matter.
   *
   * @throws what made the database unfit for further work, now or before
   */
  complete(): void;
  /** True while only a fixed version may be written to the database. */
  readonly isFixed: boolean;
}

export interface FixedVersion {
  /**
   * Writes out in slices of the backend's slice time, giving records their turn between, then copies.
   * Resolves once the version is copied and released, also when it was completed by somebody else.
   *
   * @throws what an entry, the copy or the database throws; CheckpointError
   *   `CHECKPOINT_ASYNC_EXCEPTION` when it was given up
   */
  write(): Promise<void>;
  /** Gives up: nothing is copied that has not begun. Never throws; without effect once it has ended. */
  cancel(): void;
}
