/**
 * Measures how long accesses to the keyed state of any backend take, a time to live included.
 *
 * Invariant: nothing but the states that are given out is not the backend's own.
 *
 * Flink: LatencyTrackingStateFactory.
 */
import type {
  Clock,
  KeyGroupRange,
  MetricGroup,
  State,
  StateDescriptor,
  TypeInformation,
  TypeSerializer,
} from '@millrace/core';
import type { InternalKvState } from '../backend/internal-kv-state.ts';
import type {
  KeyedStateBackend,
  KeyedStateSnapshot,
  KeyLookAhead,
  StateTtlCleanup,
} from '../backend/keyed-state-backend.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from '../backend/priority-queue.ts';
import { StateLatencyMetrics, type StateLatencyTracking } from './access-latency.ts';
import { LatencyTrackingMapState } from './latency-tracking-map-state.ts';
import {
  LatencyTrackingAppendingState,
  LatencyTrackingListState,
  LatencyTrackingReducingState,
  type LatencyTrackingState,
  LatencyTrackingValueState,
} from './latency-tracking-states.ts';

type SnapshotStreams = Parameters<KeyedStateBackend<unknown>['snapshot']>[1];
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

class LatencyTrackingKeyedStateBackend<K> implements KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  private readonly backend: KeyedStateBackend<K>;
  private readonly parts: StateLatencyParts;
  private readonly states: Map<string, AnyState<K>>;

  constructor(backend: KeyedStateBackend<K>, parts: StateLatencyParts) {
    this.keySerializer = backend.keySerializer;
    this.keyGroupRange = backend.keyGroupRange;
    this.numberOfKeyGroups = backend.numberOfKeyGroups;
    this.backend = backend;
    this.parts = parts;
    this.states = new Map();
  }

  setCurrentKey(key: K): void {
    this.backend.setCurrentKey(key);
  }

  unsetCurrentKey(): void {
    this.backend.unsetCurrentKey();
  }

  get currentKey(): K {
    return this.backend.currentKey;
  }

  clearCurrentKey(): void {
    this.backend.clearCurrentKey();
  }

  get numberOfEntries(): number {
    return this.backend.numberOfEntries;
  }

  get lookAhead(): KeyLookAhead<K> | undefined {
    return this.backend.lookAhead;
  }

  getOrCreateKeyedState<N, S extends State>(
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

  createTimerQueue<N>(
    stateName: string,
    namespaceType: TypeInformation<N>,
  ): KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
    return this.backend.createTimerQueue(stateName, namespaceType);
  }

  getKeys<N>(stateName: string, namespace: N): Iterable<K> {
    return this.backend.getKeys(stateName, namespace);
  }

  getKeysAndNamespaces<N>(stateName: string): Iterable<readonly [key: K, namespace: N]> {
    return this.backend.getKeysAndNamespaces(stateName);
  }

  snapshot(checkpointId: number, streams: SnapshotStreams): KeyedStateSnapshot {
    return this.backend.snapshot(checkpointId, streams);
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.backend.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.backend.notifyCheckpointAborted(checkpointId);
  }

  dispose(): void | Promise<void> {
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
