/**
 * What has left memory and waits to be written to the database together with more.
 *
 * Invariant: it is applied before anything is read from the database, and before anything else is
 * written to it.
 */
// Hot path.
import type { RocksDatabase } from '../database/rocks-database.ts';
import { isBatchFull, WriteBatch } from '../database/write-batch.ts';

export class PendingWrites {
  readonly batch: WriteBatch;
  /**
   * Batches applied so far, and those that were filled for the barrier, which applies its own before
   * anything is read: rows that were read before another one may be old.
   */
  batchesWritten: number;
  private readonly database: Pick<RocksDatabase, 'write'>;
  private readonly batchBytes: number;

  constructor(options: {
    readonly database: Pick<RocksDatabase, 'write'>;
    readonly batchBytes: number;
  }) {
    this.batch = new WriteBatch();
    this.batchesWritten = 0;
    this.database = options.database;
    this.batchBytes = options.batchBytes;
  }

  apply(): void {
    if (this.batch.count > 0) {
      this.applyBatch(this.batch);
    }
  }

  applyIfFull(): void {
    if (this.isFull(this.batch)) {
      this.applyBatch(this.batch);
    }
  }

  isFull(batch: WriteBatch): boolean {
    return isBatchFull(batch, this.batchBytes);
  }

  applyBatch(batch: WriteBatch): void {
    this.batchesWritten++;
    this.database.write(batch);
  }
}
