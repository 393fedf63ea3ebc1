/**
 * Functions of a window that see no more than its bounds and records.
 *
 * Flink: WindowFunction, AllWindowFunction.
 */
import type { Collector, SyncResult } from './functions.ts';

/** Each function has an `apply` of its own, which takes anything: it is none of ours. */
interface NoFunction {
  readonly bind?: never;
}

/** For windows of each key. */
export type WindowFunction<IN, OUT, K, W> =
  | ((key: K, window: W, input: Iterable<IN>, out: Collector<OUT>) => SyncResult)
  | WindowFunctionObject<IN, OUT, K, W>;

export interface WindowFunctionObject<IN, OUT, K, W> extends NoFunction {
  apply(key: K, window: W, input: Iterable<IN>, out: Collector<OUT>): SyncResult;
}

/** For windows of all records. */
export type AllWindowFunction<IN, OUT, W> =
  | ((window: W, values: Iterable<IN>, out: Collector<OUT>) => SyncResult)
  | AllWindowFunctionObject<IN, OUT, W>;

export interface AllWindowFunctionObject<IN, OUT, W> extends NoFunction {
  apply(window: W, values: Iterable<IN>, out: Collector<OUT>): SyncResult;
}
