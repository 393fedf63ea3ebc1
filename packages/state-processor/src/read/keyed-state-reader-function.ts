import { type Collector, RichFunction, type SyncResult } from '@millrace/core';

/**
 * Reads what an operator keeps for each key.
 *
 * `open` declares every state that is read, with the descriptors of the job, through
 * `this.runtimeContext`. `readKey` is called for each key that has a value in one of them; keys that
 * have timers alone are left out, as in Flink. It must not keep changes: the snapshot stays as it is.
 *
 * Each slice of key groups is read by a copy of its own, which is opened and closed, as each subtask
 * of a job has one.
 *
 * Flink: KeyedStateReaderFunction.
 */
export abstract class KeyedStateReaderFunction<K, OUT> extends RichFunction {
  abstract readKey(key: K, context: KeyedStateReaderContext, out: Collector<OUT>): SyncResult;
}

/** Flink: KeyedStateReaderFunction.Context. */
export interface KeyedStateReaderContext {
  /** In milliseconds, of the key, as its function registered them. */
  registeredEventTimeTimers(): ReadonlySet<number>;
  /** In milliseconds, of the key, as its function registered them. */
  registeredProcessingTimeTimers(): ReadonlySet<number>;
}
