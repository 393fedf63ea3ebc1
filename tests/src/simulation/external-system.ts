/**
 * What a transactional sink writes to: it outlives every crash of the job.
 *
 * Exactly once is what is committed here, no more and no less.
 */
import type {
  CommitRequest,
  Committer,
  SimpleVersionedSerializer,
  Sink,
  SinkWriter,
  WriterInitContext,
} from '@millrace/core';
import type { SimulatedProcess } from './simulated-process.ts';

/** Records of one transaction; what is left over waits in the writer's state. */
const RECORDS_PER_TRANSACTION = 8;

export class ExternalSystem {
  readonly committed: string[] = [];
  private readonly prepared = new Map<number, readonly string[]>();
  private nextTransaction = 1;

  prepare(records: readonly string[]): number {
    const transaction = this.nextTransaction++;
    this.prepared.set(transaction, records);
    return transaction;
  }

  /** False when it was committed before. */
  commit(transaction: number): boolean {
    const records = this.prepared.get(transaction);
    if (records === undefined) {
      return false;
    }
    this.prepared.delete(transaction);
    this.committed.push(...records);
    return true;
  }
}

export interface TransactionalSinkOptions {
  readonly system: ExternalSystem;
  readonly process: SimulatedProcess;
  /** The planted bug: what is prepared is committed before the checkpoint completes. */
  readonly commitsEarly: boolean;
}

/** Full transactions go with each checkpoint; records short of one are writer state. */
export class TransactionalSink implements Sink<string, string, number> {
  readonly writerStateSerializer: SimpleVersionedSerializer<string> = {
    version: 1,
    serialize: (record) => new TextEncoder().encode(record),
    deserialize: (_version, bytes) => new TextDecoder().decode(bytes),
  };
  readonly committableSerializer: SimpleVersionedSerializer<number> = {
    version: 1,
    serialize: (transaction) => new TextEncoder().encode(String(transaction)),
    deserialize: (_version, bytes) => Number(new TextDecoder().decode(bytes)),
  };
  private readonly options: TransactionalSinkOptions;

  constructor(options: TransactionalSinkOptions) {
    this.options = options;
  }

  createWriter(): SinkWriter<string, string, number> {
    return new TransactionalWriter(this.options, []);
  }

  restoreWriter(
    _context: WriterInitContext,
    records: readonly string[],
  ): SinkWriter<string, string, number> {
    return new TransactionalWriter(this.options, records);
  }

  createCommitter(): Committer<number> {
    return new TransactionCommitter(this.options);
  }
}

class TransactionalWriter implements SinkWriter<string, string, number> {
  private readonly options: TransactionalSinkOptions;
  private open: string[];
  private endOfInput = false;

  constructor(options: TransactionalSinkOptions, open: readonly string[]) {
    this.options = options;
    this.open = [...open];
  }

  write(record: string): void {
    this.options.process.checkAlive();
    this.open.push(record);
  }

  flush(endOfInput: boolean): void {
    this.endOfInput ||= endOfInput;
  }

  prepareCommit(): number[] {
    const { process, system, commitsEarly } = this.options;
    process.checkAlive();
    const transactions: number[] = [];
    const enough = this.endOfInput ? 1 : RECORDS_PER_TRANSACTION;
    while (this.open.length >= enough) {
      const records = this.open.splice(0, RECORDS_PER_TRANSACTION);
      const transaction = system.prepare(records);
      process.see(`transaction ${transaction} prepared with ${records.length} records`);
      transactions.push(transaction);
      if (commitsEarly) {
        system.commit(transaction);
      }
    }
    return transactions;
  }

  snapshotState(): string[] {
    return [...this.open];
  }

  close(): void {}
}

class TransactionCommitter implements Committer<number> {
  private readonly options: TransactionalSinkOptions;

  constructor(options: TransactionalSinkOptions) {
    this.options = options;
  }

  async commit(requests: readonly CommitRequest<number>[]): Promise<void> {
    const { process, system } = this.options;
    for (const request of requests) {
      process.checkAlive();
      const transaction = request.committable;
      const fault = process.faults.commit(process.clock.now());
      if (fault === 'retry-later') {
        process.see(`commit of ${transaction} put off`);
        request.retryLater();
        continue;
      }
      if (fault === 'crash-before') {
        process.die('before a commit');
        process.checkAlive();
      }
      if (fault === 'fail-before') {
        throw new Error(`commit of ${transaction} failed as planned`);
      }
      const isFirst = system.commit(transaction);
      process.see(`transaction ${transaction} ${isFirst ? 'committed' : 'was committed before'}`);
      if (!isFirst) {
        request.signalAlreadyCommitted();
      }
      if (fault === 'crash-after') {
        process.die('after a commit');
        process.checkAlive();
      }
      if (fault === 'fail-after') {
        throw new Error(`the answer to the commit of ${transaction} was lost as planned`);
      }
    }
  }

  close(): void {}
}
