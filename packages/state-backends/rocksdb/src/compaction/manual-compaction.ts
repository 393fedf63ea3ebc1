/**
 * Makes small files of a database into larger ones now and then, in the background.
 *
 * Invariants:
 * - At most one round runs; the next begins `minIntervalMs` after it ended.
 * - A compaction or a round that fails is given up: the files stay, and RocksDB tells what is wrong
 *   with the disk by the next write.
 *
 * Flink: RocksDBManualCompactionManager, CompactionScheduler. Off unless `manual-compaction.min-interval` is set.
 */
import type { Clock, Timer } from '@millrace/core';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { ManualCompactionOptions } from '../options/rocksdb-resources.ts';
import { type SmallFiles, smallFiles } from './small-files.ts';

const RUNNING_COMPACTIONS = 'rocksdb.num-running-compactions';

export interface ManualCompactionParts {
  readonly database: Pick<RocksDatabase, 'liveFiles' | 'property' | 'compactFiles'>;
  readonly options: ManualCompactionOptions;
  /** Ids of column families by name, as they are at the time of a round. */
  readonly columnFamilies: () => ReadonlyMap<string, number>;
  readonly clock: Clock;
}

export class ManualCompaction {
  private readonly parts: ManualCompactionParts;
  private timer: Timer | undefined;
  private round: Promise<void>;
  private isClosed: boolean;

  constructor(parts: ManualCompactionParts) {
    this.parts = parts;
    this.timer = undefined;
    this.round = Promise.resolve();
    this.isClosed = false;
    this.schedule();
  }

  /** Before the database is closed: nothing more begins; resolves once nothing runs. Never throws. */
  close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    return this.round;
  }

  private schedule(): void {
    const { options, clock } = this.parts;
    if (options.minIntervalMs > 0 && !this.isClosed) {
      this.timer = clock.setTimer(options.minIntervalMs, () => {
        this.round = this.runRound()
          .catch(() => {}) // The next round looks anew.
          .finally(() => this.schedule());
      });
    }
  }

  private async runRound(): Promise<void> {
    const { database, options, columnFamilies } = this.parts;
    const ids = columnFamilies();
    const [first] = ids.values();
    if (first === undefined) {
      return;
    }
    const running = Number(database.property(first, RUNNING_COMPACTIONS) ?? 0);
    if (running > options.maxAutoCompactions) {
      return;
    }
    const left = smallFiles(database.liveFiles(), options).values();
    const worker = async (): Promise<void> => {
      for (const files of left) {
        const columnFamily = ids.get(files.columnFamily);
        if (columnFamily !== undefined && !this.isClosed) {
          await this.compact(columnFamily, files);
        }
      }
    };
    await Promise.all(Array.from({ length: options.maxParallelCompactions }, worker));
  }

  private async compact(columnFamily: number, { names, level }: SmallFiles): Promise<void> {
    const outputFileBytes = this.parts.options.maxOutputFileSizeBytes;
    try {
      await this.parts.database.compactFiles(columnFamily, names, {
        outputLevel: level,
        outputFileBytes,
      });
    } catch {
      // RocksDB compacted one of them meanwhile, or the state was dropped: the next round looks anew.
    }
  }
}
