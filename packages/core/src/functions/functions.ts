/**
 * The function shapes of the DataStream API. Each interface with one method may be given as a
 * plain function too.
 *
 * Flink: org.apache.flink.api.common.functions.
 */

export interface Collector<T> {
  /** Emits a record with the timestamp of the record or timer that is being processed. */
  collect(record: T): void;
}

export type KeySelector<T, K> = (value: T) => K;
export type MapFunction<T, R> = ((value: T) => R) | { map(value: T): R };
export type FilterFunction<T> = ((value: T) => boolean) | { filter(value: T): boolean };
export type FlatMapFunction<T, R> =
  | ((value: T, out: Collector<R>) => void)
  | { flatMap(value: T, out: Collector<R>): void };
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
