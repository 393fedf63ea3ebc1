/** What a program gives to fill the state of an operator. */
import {
  type BroadcastState,
  type CheckpointedFunction,
  type FunctionInitializationContext,
  type FunctionSnapshotContext,
  type MapStateDescriptor,
  RichFunction,
  type SyncResult,
  type TimerService,
} from '@millrace/core';

/**
 * Fills keyed state: `open` declares the states as the job does, `processElement` writes them for the
 * key of each record, and registers its timers.
 *
 * Each subtask works on a copy of its own. Flink: KeyedStateBootstrapFunction.
 */
export abstract class KeyedStateBootstrapFunction<K, IN> extends RichFunction {
  abstract processElement(value: IN, context: KeyedStateBootstrapContext<K>): SyncResult;
}

/** Flink: KeyedStateBootstrapFunction.Context. */
export interface KeyedStateBootstrapContext<K> {
  readonly currentKey: K;
  /** None fires: they are in the savepoint. The watermark is not known. */
  timerService(): TimerService;
}

/**
 * Fills list and union list state: `initializeState` declares it, `snapshotState` may write it when
 * all records were processed.
 *
 * Flink: StateBootstrapFunction.
 */
export abstract class StateBootstrapFunction<IN>
  extends RichFunction
  implements CheckpointedFunction
{
  abstract processElement(value: IN, context: StateBootstrapContext): SyncResult;
  abstract initializeState(context: FunctionInitializationContext): void | Promise<void>;

  snapshotState(_context: FunctionSnapshotContext): SyncResult {}
}

/** Flink: StateBootstrapFunction.Context. */
export interface StateBootstrapContext {
  /** Milliseconds since the epoch. */
  currentProcessingTime(): number;
}

/** Fills broadcast state. Flink: BroadcastStateBootstrapFunction. */
export abstract class BroadcastStateBootstrapFunction<IN> extends RichFunction {
  abstract processElement(value: IN, context: BroadcastStateBootstrapContext): SyncResult;
}

/** Flink: BroadcastStateBootstrapFunction.Context. */
export interface BroadcastStateBootstrapContext extends StateBootstrapContext {
  /** Also in another call: one descriptor is one state. */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
}
