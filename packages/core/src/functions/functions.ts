/**
 * The function shapes of the DataStream API. Each interface with one method may be given as a
 * plain function too.
 *
 * Flink: org.apache.flink.api.common.functions.
 */

/**
 * What a function gives that emits through its collector: nothing. Whatever it gives is ignored, but a
 * promise is refused, by the compiler and, with `FUNCTION_IS_ASYNC`, when the job runs: nobody would
 * wait for it, and what it did later would meet the state of another key. An override is declared
 * `: void`. What has to wait goes through `AsyncDataStream`.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: `void` alone would accept a promise.
export type SyncResult = void | undefined | null | NotThenable;

/** Has what every value has, so that a record need not share a field with it. */
interface NotThenable {
  readonly then?: never;
  toString(): string;
}

export interface Collector<T> {
  /** Emits a record with the timestamp of the record or timer that is being processed. */
  collect(record: T): void;
}

export type KeySelector<T, K> = (value: T) => K;
export type MapFunction<T, R> = ((value: T) => R) | { map(value: T): R };
export type FilterFunction<T> = ((value: T) => boolean) | { filter(value: T): boolean };
export type FlatMapFunction<T, R> =
  | ((value: T, out: Collector<R>) => SyncResult)
  | { flatMap(value: T, out: Collector<R>): SyncResult };
export type ReduceFunction<T> = ((a: T, b: T) => T) | { reduce(a: T, b: T): T };

/** Flink: AggregateFunction. `add` may change and return its accumulator. */
export interface AggregateFunction<IN, ACC, OUT> {
  createAccumulator(): ACC;
  add(value: IN, accumulator: ACC): ACC;
  getResult(accumulator: ACC): OUT;
  /**
   * The accumulator of all values of both; may change and return either. Without it, windows that
   * merge, such as sessions, are refused, and sliding windows keep an accumulator each.
   */
  merge?(a: ACC, b: ACC): ACC;
}

/** Index of the channel that takes a record, in `[0, numPartitions)`. */
export type Partitioner<K> = (key: K, numPartitions: number) => number;
