/**
 * Functions of a window that see no more than its bounds and records.
 *
 * Flink: WindowFunction, AllWindowFunction.
 */
import type { Collector } from './functions.ts';

/** For windows of each key. */
export type WindowFunction<IN, OUT, K, W> =
  | ((key: K, window: W, input: Iterable<IN>, out: Collector<OUT>) => void)
  | { apply(key: K, window: W, input: Iterable<IN>, out: Collector<OUT>): void };

/** For windows of all records. */
export type AllWindowFunction<IN, OUT, W> =
  | ((window: W, values: Iterable<IN>, out: Collector<OUT>) => void)
  | { apply(window: W, values: Iterable<IN>, out: Collector<OUT>): void };
