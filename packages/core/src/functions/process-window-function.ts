import type { KeyedStateStore } from '../state/state-store.ts';
import type { Collector, SyncResult } from './functions.ts';
import type { OutputTag } from './output-tag.ts';
import { RichFunction } from './rich-function.ts';

export interface ProcessWindowContext<W> {
  readonly window: W;
  currentProcessingTime(): number;
  currentWatermark(): number;
  /** State of this key and this window; clear it in `clear`. */
  windowState(): KeyedStateStore;
  /** State of this key, shared by all its windows. */
  globalState(): KeyedStateStore;
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** Flink: ProcessWindowFunction. */
export abstract class ProcessWindowFunction<IN, OUT, K, W> extends RichFunction {
  abstract process(
    key: K,
    context: ProcessWindowContext<W>,
    elements: Iterable<IN>,
    out: Collector<OUT>,
  ): SyncResult;

  /** Called when the window is purged for good. */
  clear(_context: ProcessWindowContext<W>): SyncResult {}
}

/** For windows of all records, which have no key. Flink: ProcessAllWindowFunction. */
export abstract class ProcessAllWindowFunction<IN, OUT, W> extends RichFunction {
  abstract process(
    context: ProcessWindowContext<W>,
    elements: Iterable<IN>,
    out: Collector<OUT>,
  ): SyncResult;

  /** Called when the window is purged for good. */
  clear(_context: ProcessWindowContext<W>): SyncResult {}
}
