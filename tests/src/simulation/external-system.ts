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
} from '@millrace/core';

export class ExternalSystem<T> {
  readonly committed: T[] = [];
  private readonly prepared = new Map<number, readonly T[]>();
  private nextTransaction = 1;

  prepare(records: readonly T[]): number {
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

/** A transaction for each checkpoint; its number is what is committed. */
export class TransactionalSink<T> implements Sink<T, never, number> {
  private readonly system: ExternalSystem<T>;
  readonly committableSerializer: SimpleVersionedSerializer<number> = {
    version: 1,
    serialize: (transaction) => new Uint8Array(new Float64Array([transaction]).buffer),
    deserialize: (_version, bytes) => new Float64Array(bytes.slice().buffer)[0] ?? 0,
  };

  constructor(system: ExternalSystem<T>) {
    this.system = system;
  }

  createWriter(): SinkWriter<T, never, number> {
    let buffer: T[] = [];
    return {
      write: (record) => {
        buffer.push(record);
      },
      flush: () => {},
      prepareCommit: () => {
        if (buffer.length === 0) {
          return [];
        }
        const transaction = this.system.prepare(buffer);
        buffer = [];
        return [transaction];
      },
      close: () => {},
    };
  }

  createCommitter(): Committer<number> {
    return {
      commit: (requests: readonly CommitRequest<number>[]) => {
        for (const request of requests) {
          if (!this.system.commit(request.committable)) {
            request.signalAlreadyCommitted();
          }
        }
      },
      close: () => {},
    };
  }
}
