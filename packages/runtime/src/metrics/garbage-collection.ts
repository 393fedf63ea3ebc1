/**
 * How often and how long this thread collected garbage, by kind of collection.
 *
 * Invariant: counts from `start` on; keeps no thread alive.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { SimpleCounter } from '@millrace/core';

/** V8's collectors, named as a JVM's would be. */
const COLLECTORS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'Scavenge'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'MarkSweepCompact'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'IncrementalMarking'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'WeakCallbacks'],
]);

export interface CollectorTimes {
  readonly name: string;
  readonly count: SimpleCounter;
  readonly timeMs: SimpleCounter;
}

export class GarbageCollection {
  /** `All` and each collector. */
  readonly collectors: readonly CollectorTimes[];
  private readonly byKind: ReadonlyMap<number, CollectorTimes>;
  private readonly all: CollectorTimes;
  private isStarted = false;

  constructor() {
    this.all = collectorTimes('All');
    this.byKind = new Map(Array.from(COLLECTORS, ([kind, name]) => [kind, collectorTimes(name)]));
    this.collectors = [this.all, ...this.byKind.values()];
  }

  start(): void {
    if (!this.isStarted) {
      this.isStarted = true;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
          this.add(kind, entry.duration);
        }
      }).observe({ entryTypes: ['gc'] });
    }
  }

  private add(kind: number, durationMs: number): void {
    for (const times of [this.all, this.byKind.get(kind)]) {
      times?.count.inc();
      times?.timeMs.inc(durationMs);
    }
  }
}

function collectorTimes(name: string): CollectorTimes {
  return { name, count: new SimpleCounter(), timeMs: new SimpleCounter() };
}
