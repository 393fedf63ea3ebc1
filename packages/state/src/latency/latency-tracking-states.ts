/**
 * States of each kind whose accesses are measured.
 *
 * Flink: LatencyTrackingValueState, LatencyTrackingListState, LatencyTrackingMapState,
 * LatencyTrackingReducingState, LatencyTrackingAggregatingState. The iterators here have no
 * `hasNext`, so that is part of `mapStateIteratorNextLatency`.
 */
// Hot path.
import type { AppendingState, ListState, ReducingState, State, ValueState } from '@millrace/core';
import type { InternalKvState, InternalMergingState } from '../backend/internal-kv-state.ts';
import { AccessLatency, type StateLatencyMetrics } from './access-latency.ts';

export abstract class LatencyTrackingState<K, N, S extends State> implements InternalKvState<K, N> {
  readonly original: S & InternalKvState<K, N>;
  private readonly clearing: AccessLatency;

  constructor(original: S & InternalKvState<K, N>, metrics: StateLatencyMetrics) {
    this.original = original;
    this.clearing = new AccessLatency(metrics, 'stateClearLatency');
  }

  setCurrentNamespace(namespace: N): void {
    this.original.setCurrentNamespace(namespace);
  }

  clear(): void {
    const began = this.clearing.begin();
    this.original.clear();
    this.clearing.end(began);
  }
}

export class LatencyTrackingValueState<K, N, T>
  extends LatencyTrackingState<K, N, ValueState<T>>
  implements ValueState<T>
{
  private readonly getting: AccessLatency;
  private readonly updating: AccessLatency;

  constructor(original: ValueState<T> & InternalKvState<K, N>, metrics: StateLatencyMetrics) {
    super(original, metrics);
    this.getting = new AccessLatency(metrics, 'valueStateGetLatency');
    this.updating = new AccessLatency(metrics, 'valueStateUpdateLatency');
  }

  value(): T | undefined {
    const began = this.getting.begin();
    const value = this.original.value();
    this.getting.end(began);
    return value;
  }

  update(value: T | undefined | null): void {
    const began = this.updating.begin();
    this.original.update(value);
    this.updating.end(began);
  }
}

/** Reducing and aggregating state, and what list state shares with them. */
export class LatencyTrackingAppendingState<K, N, IN, OUT, S extends AppendingState<IN, OUT>>
  extends LatencyTrackingState<K, N, S>
  implements AppendingState<IN, OUT>, InternalMergingState<N>
{
  private readonly getting: AccessLatency;
  private readonly adding: AccessLatency;
  private readonly merging: AccessLatency;

  /** @param kind - how the names of its metrics begin: `reducingState` */
  constructor(original: S & InternalKvState<K, N>, metrics: StateLatencyMetrics, kind: string) {
    super(original, metrics);
    this.getting = new AccessLatency(metrics, `${kind}GetLatency`);
    this.adding = new AccessLatency(metrics, `${kind}AddLatency`);
    this.merging = new AccessLatency(metrics, `${kind}MergeNamespacesLatency`);
  }

  get(): OUT {
    const began = this.getting.begin();
    const result = this.original.get();
    this.getting.end(began);
    return result;
  }

  add(value: IN): void {
    const began = this.adding.begin();
    this.original.add(value);
    this.adding.end(began);
  }

  mergeNamespaces(target: N, sources: readonly N[]): void {
    const began = this.merging.begin();
    (this.original as unknown as InternalMergingState<N>).mergeNamespaces(target, sources);
    this.merging.end(began);
  }
}

export class LatencyTrackingReducingState<K, N, T>
  extends LatencyTrackingAppendingState<K, N, T, T | undefined, ReducingState<T>>
  implements ReducingState<T> {}

export class LatencyTrackingListState<K, N, T>
  extends LatencyTrackingAppendingState<K, N, T, Iterable<T>, ListState<T>>
  implements ListState<T>
{
  private readonly updating: AccessLatency;
  private readonly addingAll: AccessLatency;

  constructor(original: ListState<T> & InternalKvState<K, N>, metrics: StateLatencyMetrics) {
    super(original, metrics, 'listState');
    this.updating = new AccessLatency(metrics, 'listStateUpdateLatency');
    this.addingAll = new AccessLatency(metrics, 'listStateAddAllLatency');
  }

  update(values: readonly T[]): void {
    const began = this.updating.begin();
    this.original.update(values);
    this.updating.end(began);
  }

  addAll(values: readonly T[]): void {
    const began = this.addingAll.begin();
    this.original.addAll(values);
    this.addingAll.end(began);
  }
}
