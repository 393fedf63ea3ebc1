/**
 * Functions that see timers, side outputs and, when keyed, state.
 *
 * Flink: ProcessFunction, KeyedProcessFunction.
 */
import type { Collector, SyncResult } from './functions.ts';
import type { OutputTag } from './output-tag.ts';
import { RichFunction } from './rich-function.ts';

export type TimeDomain = 'event-time' | 'processing-time';

/** Registering a timer twice gives one timer. Timers are part of every checkpoint. */
export interface TimerService {
  currentProcessingTime(): number;
  /** `MIN_TIMESTAMP` before the first watermark. */
  currentWatermark(): number;
  registerEventTimeTimer(time: number): void;
  registerProcessingTimeTimer(time: number): void;
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
}

export interface ProcessContext {
  /** Event time of the record or timer; `undefined` for a record that has none. */
  timestamp(): number | undefined;
  timerService(): TimerService;
  output<X>(tag: OutputTag<X>, value: X): void;
}

export interface KeyedProcessContext<K> extends ProcessContext {
  readonly currentKey: K;
}

export interface OnTimerContext<K> extends KeyedProcessContext<K> {
  readonly timeDomain: TimeDomain;
}

export abstract class ProcessFunction<I, O> extends RichFunction {
  abstract processElement(value: I, context: ProcessContext, out: Collector<O>): SyncResult;
}

export abstract class KeyedProcessFunction<K, I, O> extends RichFunction {
  abstract processElement(value: I, context: KeyedProcessContext<K>, out: Collector<O>): SyncResult;

  onTimer(_timestamp: number, _context: OnTimerContext<K>, _out: Collector<O>): SyncResult {}
}
