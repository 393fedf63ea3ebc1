/** A snapshot of RocksDB: what a barrier makes of a version, at once. */
import type { VersionCopy } from '../barrier/held-writes.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { StateRowCursor } from './state-row-cursor.ts';

export class RocksSnapshot implements VersionCopy {
  private readonly database: RocksDatabase;
  private taken: number | undefined;

  constructor(database: RocksDatabase) {
    this.database = database;
    this.taken = undefined;
  }

  get id(): number | undefined {
    return this.taken;
  }

  start(): Promise<void> {
    this.taken = this.database.createSnapshot();
    return Promise.resolve();
  }

  wait(): void {}

  release(): void {
    const { taken } = this;
    this.taken = undefined;
    if (taken !== undefined) {
      unlessClosed(() => this.database.releaseSnapshot(taken));
    }
  }
}

export function closeCursors(cursors: Iterable<StateRowCursor>): void {
  for (const cursor of cursors) {
    unlessClosed(() => cursor.close());
  }
}

/** A closed database has given everything back. */
function unlessClosed(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'CLOSED') {
      throw error;
    }
  }
}
