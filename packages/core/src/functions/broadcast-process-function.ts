/**
 * Functions on a stream that is connected with a broadcast one: the broadcast pattern.
 *
 * Every subtask gets every broadcast record, in no agreed order, and writes it to its own copy of
 * the broadcast state. The copies are the same only if each write depends on nothing but the
 * broadcast records and on no order among them. The other side reads and must not write.
 *
 * Flink: BroadcastProcessFunction, KeyedBroadcastProcessFunction.
 */
import type { BroadcastState, ReadOnlyBroadcastState } from '../state/state.ts';
import type { MapStateDescriptor, StateDescriptor } from '../state/state-descriptor.ts';
import type { StateOf } from '../state/state-of.ts';
import type { Collector, SyncResult } from './functions.ts';
import type { OutputTag } from './output-tag.ts';
import type { TimeDomain, TimerService } from './process-function.ts';
import { RichFunction } from './rich-function.ts';

export interface BaseBroadcastContext {
  /** Event time of the record or timer; `undefined` for a record that has none. */
  timestamp(): number | undefined;
  currentProcessingTime(): number;
  currentWatermark(): number;
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** Of the broadcast side. */
export interface BroadcastContext extends BaseBroadcastContext {
  /** @throws ConfigError `INVALID_GRAPH` for a descriptor that `broadcast` was not given */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
}

/** Of the other side. */
export interface ReadOnlyBroadcastContext extends BaseBroadcastContext {
  /**
   * Writing fails with `BROADCAST_STATE_READ_ONLY`. Values that are read must not be changed.
   *
   * @throws ConfigError `INVALID_GRAPH` for a descriptor that `broadcast` was not given
   */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}

/** Called with each key that has the state; it may change it. */
export type KeyedStateFunction<K, S> =
  | ((key: K, state: S) => SyncResult)
  | { process(key: K, state: S): SyncResult };

/** Of the broadcast side of a keyed stream. It has no key of its own and no timers. */
export interface KeyedBroadcastContext<K> extends BroadcastContext {
  /** Calls the function for each key of this subtask that has a value of the state. */
  applyToKeyedState<D extends StateDescriptor>(
    descriptor: D,
    fn: KeyedStateFunction<K, StateOf<D>>,
  ): void;
}

/** Of the keyed side. */
export interface KeyedReadOnlyBroadcastContext<K> extends ReadOnlyBroadcastContext {
  readonly currentKey: K;
  timerService(): TimerService;
}

export interface KeyedBroadcastOnTimerContext<K> extends KeyedReadOnlyBroadcastContext<K> {
  readonly timeDomain: TimeDomain;
}

export abstract class BroadcastProcessFunction<IN1, IN2, OUT> extends RichFunction {
  abstract processElement(
    value: IN1,
    context: ReadOnlyBroadcastContext,
    out: Collector<OUT>,
  ): SyncResult;
  /** For each broadcast record, on every subtask. */
  abstract processBroadcastElement(
    value: IN2,
    context: BroadcastContext,
    out: Collector<OUT>,
  ): SyncResult;
}

export abstract class KeyedBroadcastProcessFunction<K, IN1, IN2, OUT> extends RichFunction {
  abstract processElement(
    value: IN1,
    context: KeyedReadOnlyBroadcastContext<K>,
    out: Collector<OUT>,
  ): SyncResult;
  /**
   * For each broadcast record, on every subtask. There is no current key: what the function may do
   * with keyed state it does in `applyToKeyedState`; elsewhere keyed state throws `NO_CURRENT_KEY`.
   * In Flink it silently meets the key of the last record.
   */
  abstract processBroadcastElement(
    value: IN2,
    context: KeyedBroadcastContext<K>,
    out: Collector<OUT>,
  ): SyncResult;

  onTimer(
    _timestamp: number,
    _context: KeyedBroadcastOnTimerContext<K>,
    _out: Collector<OUT>,
  ): SyncResult {}
}
