/**
 * Opens views of a database beside its checkpoints.
 *
 * Invariants:
 * - A checkpoint never waits for a view: a view that is still being fixed is given up for it, and fixed
 *   anew after it.
 * - All views are closed when the backend is disposed.
 */
import { errorCode, TaskError } from '@millrace/core';
import type { KeyedStatesDescription } from '@millrace/state';
import type { DatabaseBarrier } from '../barrier/database-barrier.ts';
import { headerBytes, RocksView } from './rocks-view.ts';
import type { SnapshotSource } from './snapshot-strategy.ts';

export class ViewOpener {
  private readonly source: SnapshotSource;
  private readonly barrier: Pick<DatabaseBarrier, 'isFixed' | 'released'>;
  private readonly open = new Set<RocksView>();
  /** Fixed, and not all of it is in the database. */
  private readonly pending = new Set<RocksView>();
  private isDisposed = false;

  constructor(source: SnapshotSource, barrier: Pick<DatabaseBarrier, 'isFixed' | 'released'>) {
    this.source = source;
    this.barrier = barrier;
  }

  /** @throws TaskError `JOB_NOT_RUNNING` when the backend is disposed before */
  async openView(onFixed: () => void = () => {}): Promise<RocksView> {
    for (;;) {
      while (this.barrier.isFixed && !this.isDisposed) {
        await this.barrier.released();
      }
      if (this.isDisposed) {
        throw disposed();
      }
      const view = new RocksView(this.source, (closed) => this.open.delete(closed));
      this.open.add(view);
      this.pending.add(view);
      onFixed();
      try {
        await view.write();
        return view;
      } catch (error) {
        view.close();
        if (errorCode(error) !== 'CHECKPOINT_ASYNC_EXCEPTION') {
          throw error;
        }
      } finally {
        this.pending.delete(view);
      }
    }
  }

  describe(): KeyedStatesDescription {
    const { source } = this;
    const ttlMs = Array.from(source.ttl, ([name, { config }]) => [name, config.timeToLiveMs]);
    return { header: headerBytes(source), ttlMs: Object.fromEntries(ttlMs) };
  }

  /** Before a checkpoint fixes its version. */
  giveWay(): void {
    for (const view of this.pending) {
      view.close();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    for (const view of [...this.open]) {
      view.close();
    }
  }
}

function disposed(): TaskError {
  return new TaskError(
    'JOB_NOT_RUNNING',
    'the task has ended, and its state with it; ask again once the job runs',
  );
}
