/**
 * Copies of one database, which begin and end when the seed says, and fail when it says.
 *
 * What is written in the time before a copy begins would be in it, and what is written in the time
 * after it was made comes while the backend still takes it to be running.
 */
import type { NativeDatabase } from '@millrace/state-backend-rocksdb';
import type { SimulatedProcess } from './simulated-process.ts';

const COMPACTION_PROBABILITY = 0.25;

interface Copy {
  readonly path: string;
  begun: Promise<void> | undefined;
  /** Somebody could not wait: the thread was held until it was made. */
  wasAwaited: boolean;
}

export class SimulatedCopies {
  private readonly database: NativeDatabase;
  private readonly process: SimulatedProcess;
  private columnFamilies: number;
  /** The one that is being made, as the backend knows. */
  private current: Copy | undefined;

  constructor(database: NativeDatabase, process: SimulatedProcess, columnFamilies: number) {
    this.database = database;
    this.process = process;
    this.columnFamilies = columnFamilies;
  }

  opened(columnFamily: number): number {
    this.columnFamilies = Math.max(this.columnFamilies, columnFamily + 1);
    return columnFamily;
  }

  async create(path: string): Promise<void> {
    const { process } = this;
    process.checkAlive();
    const copy: Copy = { path, begun: undefined, wasAwaited: false };
    this.current = copy;
    try {
      await process.lag();
      const fault = process.faults.file({ operation: 'create' }, process.clock.now());
      if (fault?.kind === 'crash') {
        process.die('at the copy of a database');
        process.checkAlive();
      }
      const compacts = process.random.next() < COMPACTION_PROBABILITY;
      await process.realWork.run(() => this.make(copy, compacts));
      await process.lag();
      if (fault !== undefined) {
        process.see('the copy of a database fails');
        const code = 'code' in fault && fault.code === 'DISK_FULL' ? 'NO_SPACE' : 'IO_ERROR';
        throw Object.assign(new Error('the copy failed as planned'), { code });
      }
    } finally {
      if (this.current === copy) {
        this.current = undefined;
      }
    }
  }

  wait(): void {
    const copy = this.current;
    if (copy !== undefined) {
      copy.wasAwaited = true;
      this.process.see('a copy of a database is waited for');
      void this.begin(copy).catch(() => {}); // Whoever has the copy's promise is told.
      this.database.waitForCheckpoint();
    }
  }

  private begin(copy: Copy): Promise<void> {
    copy.begun ??= this.database.createCheckpoint(copy.path);
    return copy.begun;
  }

  private async make(copy: Copy, compacts: boolean): Promise<void> {
    await this.begin(copy);
    // Not where the thread goes on: what it writes would be compacted, or not, as it comes.
    if (copy.wasAwaited || !compacts) {
      return;
    }
    for (let columnFamily = 0; columnFamily < this.columnFamilies; columnFamily++) {
      await this.database.compactRange(columnFamily, undefined, undefined);
    }
  }
}
