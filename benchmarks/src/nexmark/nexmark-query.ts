/** A query as a program over the stream of events, and as a plain computation to check it by. */
import type { DataStream } from 'millrace';
import type { NexmarkEvent } from './generator/nexmark-events.ts';

/** How far the clock moves at a time for queries that go by it. */
export const TICK_MS = 1000;

export interface NexmarkQuery<R> {
  /** `q0` */
  readonly name: string;
  readonly title: string;
  program(events: DataStream<NexmarkEvent>): DataStream<R>;
  /**
   * The rows that the program must give, in any order, computed without the engine. Where rows
   * replace each other, only those that remain.
   *
   * @param events - those of each generator in their order
   */
  model(events: Iterable<NexmarkEvent>): Iterable<R>;
  /**
   * Where the query in SQL would update its rows: a row replaces the earlier one of the same
   * number. Without it each row stands for ever.
   */
  upsertKey?(row: R): number;
  /** True where the query goes by the clock. */
  readonly onProcessingTime?: boolean;
  /** Stands for the row in checksums: whole, in `[0, 2^32)`. */
  rowNumber(row: R): number;
}
