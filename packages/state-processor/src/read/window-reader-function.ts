import {
  type Collector,
  type KeyedStateStore,
  RichFunction,
  type SyncResult,
  type Window,
} from '@millrace/core';

/**
 * Reads what an operator of windows keeps for each key and window.
 *
 * Each slice of key groups is read by a copy of its own. Flink: WindowReaderFunction.
 */
export abstract class WindowReaderFunction<IN, OUT, K, W extends Window> extends RichFunction {
  /** @param elements - the records of the window, or the one that a function made of them */
  abstract readWindow(
    key: K,
    context: WindowReaderContext<W>,
    elements: Iterable<IN>,
    out: Collector<OUT>,
  ): SyncResult;
}

/** Flink: WindowReaderFunction.Context. */
export interface WindowReaderContext<W extends Window> {
  /** Of merging windows the one that they became, where Flink gives the one under which it is kept. */
  readonly window: W;
  /** What the trigger keeps for key and window. */
  triggerState(): KeyedStateStore;
  /** What the window function keeps for key and window. */
  windowState(): KeyedStateStore;
  /** What the window function keeps for the key. */
  globalState(): KeyedStateStore;
  /** In milliseconds, of key and window. */
  registeredEventTimeTimers(): ReadonlySet<number>;
  /** In milliseconds, of key and window. */
  registeredProcessingTimeTimers(): ReadonlySet<number>;
}
