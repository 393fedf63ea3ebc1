/**
 * Sends the records of a `CollectSink` to the thread of the program, in batches.
 *
 * Invariants:
 * - What was written before a flush has been sent before the flush is over.
 * - Not more than so many records are on their way: beyond that the writer takes none.
 */
import type { Clock } from '../../time/clock.ts';
import type { SinkWriter } from '../sink.ts';

export type CollectEvent<T> =
  /** The writer begins: what came after so many records is taken back. */
  | ({ readonly kind: 'begin' } & CollectWriterState)
  | { readonly kind: 'records'; readonly subtask: number; readonly records: readonly T[] };

/** How many records there were, of the series that a subtask began, when the checkpoint was taken. */
export interface CollectWriterState {
  readonly subtask: number;
  readonly count: number;
}

const BATCH_RECORDS = 512;
const ON_THEIR_WAY_MAX = 8 * BATCH_RECORDS;

export interface RemoteCollectWriterOptions {
  /** At least one: it goes on with the first; the others stay. */
  readonly states: readonly CollectWriterState[];
  readonly clock: Clock;
  readonly send: (event: CollectEvent<unknown>) => Promise<void>;
}

export class RemoteCollectWriter<T> implements SinkWriter<T, CollectWriterState> {
  private readonly options: RemoteCollectWriterOptions;
  private readonly subtask: number;
  private count: number;
  private batch: T[];
  private onTheirWay: number;
  private isFlushDue: boolean;
  private roomAgain: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(options: RemoteCollectWriterOptions) {
    this.options = options;
    const [{ subtask, count }] = options.states as [CollectWriterState];
    this.subtask = subtask;
    this.count = count;
    this.batch = [];
    this.onTheirWay = 0;
    this.isFlushDue = false;
    this.roomAgain = undefined;
    this.failure = undefined;
    for (const state of options.states) {
      this.deliver({ kind: 'begin', ...state }, 0);
    }
  }

  write(element: T): void {
    this.throwFailure();
    this.batch.push(element);
    this.count++;
    if (this.batch.length >= BATCH_RECORDS) {
      this.sendBatch();
    } else if (!this.isFlushDue) {
      this.isFlushDue = true;
      void this.options.clock.yieldTurn().then(() => {
        this.isFlushDue = false;
        this.sendBatch();
      });
    }
  }

  isAvailable(): Promise<void> | undefined {
    const mayWrite = this.onTheirWay < ON_THEIR_WAY_MAX || this.failure !== undefined;
    return mayWrite ? undefined : this.roomAgain;
  }

  flush(): void {
    this.sendBatch();
    this.throwFailure();
  }

  snapshotState(): CollectWriterState[] {
    return [{ subtask: this.subtask, count: this.count }, ...this.options.states.slice(1)];
  }

  close(): void {
    this.batch = [];
  }

  private sendBatch(): void {
    const records = this.batch;
    if (records.length > 0) {
      this.batch = [];
      this.deliver({ kind: 'records', subtask: this.subtask, records }, records.length);
    }
  }

  private deliver(event: CollectEvent<T>, records: number): void {
    this.onTheirWay += records;
    this.roomAgain = this.options.send(event).then(
      () => {
        this.onTheirWay -= records;
      },
      (error: unknown) => {
        this.failure ??= { error };
      },
    );
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }
}
