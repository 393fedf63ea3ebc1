/**
 * Functions on pairs and groups of records of two streams.
 *
 * Flink: JoinFunction, FlatJoinFunction, CoGroupFunction, ProcessJoinFunction.
 */
import type { Collector, SyncResult } from './functions.ts';
import type { OutputTag } from './output-tag.ts';
import { RichFunction } from './rich-function.ts';

/** A pair of records of one key and window in, one record out. */
export type JoinFunction<IN1, IN2, OUT> =
  | ((first: IN1, second: IN2) => OUT)
  | { join(first: IN1, second: IN2): OUT };

/**
 * A pair of records of one key and window in, any number out. It is told from a `JoinFunction` by
 * its three parameters.
 */
export type FlatJoinFunction<IN1, IN2, OUT> =
  | ((first: IN1, second: IN2, out: Collector<OUT>) => SyncResult)
  | { join(first: IN1, second: IN2, out: Collector<OUT>): SyncResult };

/** All records of one key and window, of either stream; one of the two may have none. */
export type CoGroupFunction<IN1, IN2, OUT> =
  | ((first: Iterable<IN1>, second: Iterable<IN2>, out: Collector<OUT>) => SyncResult)
  | { coGroup(first: Iterable<IN1>, second: Iterable<IN2>, out: Collector<OUT>): SyncResult };

export interface ProcessJoinContext {
  readonly leftTimestamp: number;
  readonly rightTimestamp: number;
  /** Of what is emitted: the later one of the two. */
  readonly timestamp: number;
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** Called for each pair that an interval join finds. Flink: ProcessJoinFunction. */
export abstract class ProcessJoinFunction<IN1, IN2, OUT> extends RichFunction {
  abstract processElement(
    left: IN1,
    right: IN2,
    context: ProcessJoinContext,
    out: Collector<OUT>,
  ): SyncResult;
}
