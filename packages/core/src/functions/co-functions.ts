/**
 * Functions on two connected streams. Between the two there is no order; what both share is the
 * function object and, after `keyBy` of both, the state and timers of the key.
 *
 * Flink: org.apache.flink.streaming.api.functions.co.
 */
import type { Collector, SyncResult } from './functions.ts';
import type { KeyedProcessContext, OnTimerContext, ProcessContext } from './process-function.ts';
import { RichFunction } from './rich-function.ts';

/** One record in, one out, for each of the two streams. */
export interface CoMapFunction<IN1, IN2, OUT> {
  map1(value: IN1): OUT;
  map2(value: IN2): OUT;
}

/** One record in, any number out, for each of the two streams. */
export interface CoFlatMapFunction<IN1, IN2, OUT> {
  flatMap1(value: IN1, out: Collector<OUT>): SyncResult;
  flatMap2(value: IN2, out: Collector<OUT>): SyncResult;
}

/** Sees times and side outputs. State and timers need keys: `KeyedCoProcessFunction`. */
export abstract class CoProcessFunction<IN1, IN2, OUT> extends RichFunction {
  abstract processElement1(value: IN1, context: ProcessContext, out: Collector<OUT>): SyncResult;
  abstract processElement2(value: IN2, context: ProcessContext, out: Collector<OUT>): SyncResult;
}

/** The state and the timers of a key are the same for both streams. */
export abstract class KeyedCoProcessFunction<K, IN1, IN2, OUT> extends RichFunction {
  abstract processElement1(
    value: IN1,
    context: KeyedProcessContext<K>,
    out: Collector<OUT>,
  ): SyncResult;
  abstract processElement2(
    value: IN2,
    context: KeyedProcessContext<K>,
    out: Collector<OUT>,
  ): SyncResult;

  onTimer(_timestamp: number, _context: OnTimerContext<K>, _out: Collector<OUT>): SyncResult {}
}
