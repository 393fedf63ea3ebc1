/**
 * Measures how long accesses to the keyed state of any backend take, a time to live included.
 *
 * Invariant: nothing but the states that are given out is not the backend's own.
 *
 * Flink: LatencyTrackingStateFactory.
 */
import type { Clock, MetricGroup, State, StateDescriptor, TypeInformation } from '@millrace/core';
import { ForwardingKeyedStateBackend } from '../backend/forwarding-keyed-state-backend.ts';
import type { InternalKvState } from '../backend/internal-kv-state.ts';
import type { KeyedStateBackend, StateTtlCleanup } from '../backend/keyed-state-backend.ts';
import { StateLatencyMetrics, type StateLatencyTracking } from './access-latency.ts';
import { LatencyTrackingMapState } from './latency-tracking-map-state.ts';
import {
  LatencyTrackingAppendingState,
  LatencyTrackingListState,
  LatencyTrackingReducingState,
  type LatencyTrackingState,
  LatencyTrackingValueState,
} from './latency-tracking-states.ts';

type AnyState<K> = LatencyTrackingState<K, unknown, State>;

export interface StateLatencyParts {
  readonly tracking: StateLatencyTracking;
  readonly clock: Clock;
  /** Of the operator. */
  readonly group: MetricGroup;
}

/** @param parts - nothing is measured without them */
export function withLatencyTracking<K>(
  backend: KeyedStateBackend<K>,
  parts: StateLatencyParts | undefined,
): KeyedStateBackend<K> {
  return parts === undefined ? backend : new LatencyTrackingKeyedStateBackend(backend, parts);
}

class LatencyTrackingKeyedStateBackend<K> extends ForwardingKeyedStateBackend<K> {
  private readonly parts: StateLatencyParts;
  private readonly states: Map<string, AnyState<K>>;

  constructor(backend: KeyedStateBackend<K>, parts: StateLatencyParts) {
    super(backend);
    this.parts = parts;
    this.states = new Map();
  }

  override getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
    ttl?: StateTtlCleanup,
  ): S & InternalKvState<K, N> {
    // Asked each time: the backend checks that the name stands for one state.
    const original = this.backend.getOrCreateKeyedState<N, S>(namespaceType, descriptor, ttl);
    const known = this.states.get(descriptor.name);
    if (known?.original === (original as unknown)) {
      return known as unknown as S & InternalKvState<K, N>;
    }
    const state = this.wrap(descriptor, original as never);
    this.states.set(descriptor.name, state as AnyState<K>);
    return state as unknown as S & InternalKvState<K, N>;
  }

  override dispose(): void | Promise<void> {
    this.states.clear();
    return this.backend.dispose();
  }

  private wrap({ kind, name }: StateDescriptor, original: never): object {
    const metrics = new StateLatencyMetrics(name, this.parts);
    switch (kind) {
      case 'value':
        return new LatencyTrackingValueState(original, metrics);
      case 'list':
        return new LatencyTrackingListState(original, metrics);
      case 'map':
        return new LatencyTrackingMapState(original, metrics);
      case 'reducing':
        return new LatencyTrackingReducingState(original, metrics, 'reducingState');
      case 'aggregating':
        return new LatencyTrackingAppendingState(original, metrics, 'aggregatingState');
    }
  }
}
