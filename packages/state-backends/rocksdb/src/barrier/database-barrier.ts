/**
 * Holds the versions of a database fixed, one at a time, and has them copied.
 *
 * A version is written out in slices, copied, and released. Whoever cannot wait has the rest done at
 * once by `complete`; `write` then only tells how it ended.
 *
 * Invariants:
 * - From `fix` until the copy is made, failed or given up, nothing but the version is written.
 * - A version ends once: copied, failed or cancelled. All participants are released then, whatever
 *   one of them throws.
 * - After a write that failed, which may have lost entries, every call but `cancel` and `dispose`
 *   throws that failure, whether the barrier wrote or a participant by itself.
 *
 * Design: docs/architecture/rocksdb-backend.md
 */
import { CheckpointError, type Clock } from '@millrace/core';
import { SliceBudget } from '@millrace/state';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';
import type { FixedVersion, HeldWrites, VersionBarrier, VersionCopy } from './held-writes.ts';

/** `writeFailure` tells of what participants wrote by themselves. */
export type BarrierDatabase = Pick<RocksDatabase, 'write'> &
  Partial<Pick<RocksDatabase, 'writeFailure'>>;

export interface DatabaseBarrierOptions {
  readonly database: BarrierDatabase;
  readonly clock: Clock;
  /** Longest time in ms that a slice may hold the thread. */
  readonly snapshotSliceMs: number;
  /** As `isBatchFull` takes it; 0 unless given. */
  readonly writeBatchBytes?: number;
}

export class DatabaseBarrier implements VersionBarrier {
  private readonly database: BarrierDatabase;
  private readonly clock: Clock;
  private readonly budget: SliceBudget;
  private readonly batch: WriteBatch;
  private readonly participants: HeldWrites[];
  private running: RunningVersion | undefined;
  /** A copy of a cancelled version that is still being made: copies are made one at a time. */
  private abandoned: StartedCopy | undefined;
  private broken: unknown;
  /** Told when the running version has ended. */
  private readonly awaitingRelease: (() => void)[];
  // Made once, not for each slice.
  private readonly isBatchFull: () => boolean;
  private readonly isSliceOver: () => boolean;

  constructor(options: DatabaseBarrierOptions) {
    this.database = options.database;
    this.clock = options.clock;
    this.budget = new SliceBudget(options.clock, options.snapshotSliceMs);
    const { writeBatchBytes = 0 } = options;
    this.batch = new WriteBatch();
    this.participants = [];
    this.awaitingRelease = [];
    this.isBatchFull = () => isBatchFull(this.batch, writeBatchBytes);
    this.isSliceOver = () => this.isBatchFull() || this.budget.spend();
  }

  get isFixed(): boolean {
    return this.running !== undefined;
  }

  /** Resolves once no version is fixed, for who can wait for it: another may be fixed right after. */
  async released(): Promise<void> {
    if (this.running !== undefined) {
      await new Promise<void>((resolve) => this.awaitingRelease.push(resolve));
    }
  }

  /** What made the database unfit for further work; `undefined` while it is well. */
  get failure(): unknown {
    return this.broken ?? this.database.writeFailure;
  }

  /** Over all participants. */
  get dirtyEntries(): number {
    return this.participants.reduce((count, participant) => count + participant.dirtyEntries, 0);
  }

  /** At any time. While a version is fixed it has no part in it: its writes are newer. */
  register(participant: HeldWrites): void {
    this.participants.push(participant);
    if (this.running !== undefined) {
      participant.fixVersion();
    }
  }

  fix(copy: VersionCopy): FixedVersion {
    this.complete();
    this.failIfBroken();
    for (const participant of this.participants) {
      participant.fixVersion();
    }
    const version = new RunningVersion(copy, this.participants.slice());
    this.running = version;
    return {
      write: () => this.write(version),
      cancel: () => this.cancel(version),
    };
  }

  complete(): void {
    this.failIfBroken();
    const version = this.running;
    if (version === undefined) {
      return;
    }
    try {
      while (!this.writeSlice(version, this.isBatchFull)) {
        // Batch after batch.
      }
      this.abandoned?.wait();
      version.start().wait();
    } catch (error) {
      this.end(version, error);
      this.failIfBroken();
      return; // A copy that failed is the snapshot's own matter.
    }
    this.end(version, undefined);
    this.failIfBroken();
  }

  /** Completes the running version, then writes all that is dirty. */
  flush(): void {
    this.complete();
    this.failIfBroken();
    for (const participant of this.participants) {
      try {
        participant.writeAll(this.batch);
      } finally {
        this.applyBatch(); // What was given to the batch counts as written.
      }
    }
  }

  /** Gives up the running version. Never throws. */
  dispose(): void {
    if (this.running !== undefined) {
      this.cancel(this.running);
    }
    this.participants.length = 0;
  }

  private async write(version: RunningVersion): Promise<void> {
    try {
      while (this.running === version) {
        this.failIfBroken();
        this.budget.restart();
        if (this.writeSlice(version, this.isSliceOver)) {
          break;
        }
        await this.clock.yieldTurn();
      }
      while (this.running === version && this.abandoned !== undefined) {
        await this.abandoned.settled;
      }
      if (this.running === version) {
        version.start();
      }
      await version.started?.promise;
      this.end(version, undefined);
    } catch (error) {
      this.end(version, error);
      throw version.error ?? error;
    }
    if (version.error !== undefined) {
      throw version.error;
    }
  }

  private cancel(version: RunningVersion): void {
    if (this.running !== version) {
      return;
    }
    const started = version.started;
    if (started !== undefined) {
      this.abandoned = started;
      void started.settled.then(() => {
        if (this.abandoned === started) {
          this.abandoned = undefined;
        }
      });
    }
    this.end(version, cancelled());
  }

  /** The first to tell how it ended is right; later tellings are passed over. Never throws. */
  private end(version: RunningVersion, error: unknown): void {
    if (this.running !== version) {
      return;
    }
    version.error = error;
    this.running = undefined;
    for (const participant of this.participants) {
      try {
        participant.releaseVersion();
      } catch (error) {
        this.broken ??= error; // The others are released all the same.
      }
    }
    for (const resolve of this.awaitingRelease.splice(0)) {
      resolve();
    }
  }

  /** @returns true when nothing is left of the version */
  private writeSlice(version: RunningVersion, isOver: () => boolean): boolean {
    const { participants } = version;
    try {
      while (version.written < participants.length) {
        if (participants[version.written]!.writeVersion(this.batch, isOver)) {
          version.written++;
        } else {
          return false;
        }
      }
      return true;
    } finally {
      // Whatever happened: what was given to the batch counts as written.
      this.applyBatch();
    }
  }

  private applyBatch(): void {
    try {
      this.database.write(this.batch);
    } catch (error) {
      this.broken ??= error;
      this.batch.clear();
      throw error;
    }
  }

  private failIfBroken(): void {
    const { failure } = this;
    if (failure !== undefined) {
      throw failure;
    }
  }
}

/** A version from `fix` to its end. */
class RunningVersion {
  readonly participants: readonly HeldWrites[];
  /** Participants that have nothing left of it. */
  written: number;
  started: StartedCopy | undefined;
  /** Why it was not copied, where that is known before the copy's promise says it. */
  error: unknown;
  private readonly copy: VersionCopy;

  constructor(copy: VersionCopy, participants: readonly HeldWrites[]) {
    this.copy = copy;
    this.participants = participants;
    this.written = 0;
    this.started = undefined;
    this.error = undefined;
  }

  start(): StartedCopy {
    this.started ??= new StartedCopy(this.copy);
    return this.started;
  }
}

class StartedCopy {
  readonly promise: Promise<void>;
  /** Resolved in any case. */
  readonly settled: Promise<void>;
  private readonly copy: VersionCopy;

  constructor(copy: VersionCopy) {
    this.copy = copy;
    this.promise = copy.start();
    this.settled = this.promise.catch(() => {}); // Also keeps it from being unhandled.
  }

  wait(): void {
    this.copy.wait();
  }
}

function cancelled(): CheckpointError {
  return new CheckpointError(
    'CHECKPOINT_ASYNC_EXCEPTION',
    'the snapshot was given up before its version was copied; the next checkpoint takes its place',
  );
}
