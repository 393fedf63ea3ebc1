/**
 * Gives the states of any backend a time to live, where their descriptors ask for one.
 *
 * Invariants:
 * - State without a time to live is the backend's own object: its accesses cost nothing more.
 * - The backend knows timestamped values only, so snapshots, restores and their checks are its own.
 *
 * Timers have no time to live. Queryable states are told of where states are made, which is here.
 *
 * Flink: TtlStateFactory.createStateAndWrapWithTtlIfEnabled.
 */
// Hot path.
import type {
  AppendingState,
  ListState,
  MapState,
  State,
  StateDescriptor,
  TtlValue,
  TypeInformation,
  ValueState,
} from '@millrace/core';
import { ForwardingKeyedStateBackend } from '../backend/forwarding-keyed-state-backend.ts';
import type { IncrementallyCleanedState, InternalKvState } from '../backend/internal-kv-state.ts';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { TtlRules, type TtlTimeProvider, ttlCleanup } from './expiry.ts';
import { type StoredState, storedDescriptor, takesNull } from './stored-state.ts';
import { TtlAggregatingState, TtlReducingState } from './ttl-folding-states.ts';
import { TtlIncrementalCleanup } from './ttl-incremental-cleanup.ts';
import { TtlListState } from './ttl-list-state.ts';
import { TtlMapState } from './ttl-map-state.ts';
import type { TtlState } from './ttl-state.ts';
import { TtlValueState } from './ttl-value-state.ts';

type AnyState<K> = TtlState<K, unknown, State> & State;

/** Is told of each queryable state when it is made. Flink: TaskKvStateRegistry. */
export type PublishQueryableState = (queryableStateName: string, stateName: string) => void;

/** @param time - the operator's processing time */
export function withTimeToLive<K>(
  backend: KeyedStateBackend<K>,
  time: TtlTimeProvider,
  publish: PublishQueryableState = () => {},
): KeyedStateBackend<K> {
  return new TtlKeyedStateBackend(backend, time, publish);
}

class TtlKeyedStateBackend<K> extends ForwardingKeyedStateBackend<K> {
  private readonly time: TtlTimeProvider;
  private readonly publish: PublishQueryableState;
  private readonly states: Map<string, AnyState<K>>;
  private readonly published: Set<string>;
  /** Run for every record; `undefined` while there are none. */
  private recordCleanups: TtlIncrementalCleanup[] | undefined;

  constructor(
    backend: KeyedStateBackend<K>,
    time: TtlTimeProvider,
    publish: PublishQueryableState,
  ) {
    super(backend);
    this.time = time;
    this.publish = publish;
    this.states = new Map();
    this.published = new Set();
    this.recordCleanups = undefined;
  }

  override setCurrentKey(key: K): void {
    this.backend.setCurrentKey(key);
    if (this.recordCleanups !== undefined) {
      const now = this.time.currentProcessingTime();
      for (let i = 0; i < this.recordCleanups.length; i++) {
        this.recordCleanups[i]?.stateAccessed(now);
      }
    }
  }

  override getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
  ): S & InternalKvState<K, N> {
    const state = descriptor.ttlConfig.isEnabled
      ? this.livingState<N, S>(namespaceType, descriptor)
      : this.backend.getOrCreateKeyedState<N, S>(namespaceType, descriptor);
    const { name, queryableStateName } = descriptor;
    if (queryableStateName !== undefined && !this.published.has(name)) {
      this.published.add(name);
      this.publish(queryableStateName, name);
    }
    return state;
  }

  override dispose(): void | Promise<void> {
    this.states.clear();
    this.published.clear();
    this.recordCleanups = undefined;
    return this.backend.dispose();
  }

  private livingState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
  ): S & InternalKvState<K, N> {
    const rules = new TtlRules(descriptor.ttlConfig, this.time);
    // Asked each time: the backend checks that the name stands for one state.
    const original = this.backend.getOrCreateKeyedState<N, State>(
      namespaceType,
      storedDescriptor(descriptor, rules),
      ttlCleanup(descriptor.ttlConfig, this.time),
    ) as State & InternalKvState<K, unknown>;
    const known = this.states.get(descriptor.name);
    if (known?.original === original) {
      return known as unknown as S & InternalKvState<K, N>;
    }
    const state = this.wrap(descriptor, original, rules);
    this.states.set(descriptor.name, state);
    return state as unknown as S & InternalKvState<K, N>;
  }

  private wrap(
    descriptor: StateDescriptor,
    original: State & InternalKvState<K, unknown>,
    rules: TtlRules,
  ): AnyState<K> {
    const cleanup = this.incrementalCleanup(descriptor, original, rules);
    const stored = { name: descriptor.name, original, rules, cleanup };
    switch (descriptor.kind) {
      case 'value':
        return new TtlValueState(
          original as ValueState<TtlValue<unknown>> & InternalKvState<K, unknown>,
          rules,
          cleanup,
        );
      case 'list':
        return new TtlListState(stored as StoredState<K, unknown, ListState<TtlValue<unknown>>>);
      case 'map':
        return new TtlMapState(
          stored as StoredState<K, unknown, MapState<unknown, TtlValue<unknown>>>,
          takesNull(descriptor.valueType),
        );
      case 'reducing':
        return new TtlReducingState(
          stored as unknown as StoredState<K, unknown, AppendingState<TtlValue<unknown>, unknown>>,
        );
      case 'aggregating':
        return new TtlAggregatingState(
          stored as unknown as StoredState<K, unknown, AppendingState<unknown, unknown>>,
          descriptor.aggregateFunction,
        );
    }
  }

  /** `undefined` where it is switched off or the backend has another way. */
  private incrementalCleanup(
    descriptor: StateDescriptor,
    original: object,
    rules: TtlRules,
  ): TtlIncrementalCleanup | undefined {
    const { incremental } = descriptor.ttlConfig.cleanupStrategies;
    if (incremental === undefined || !('cleanNext' in original)) {
      return undefined;
    }
    const cleaned = original as IncrementallyCleanedState;
    const cleanup = new TtlIncrementalCleanup(cleaned, rules, incremental.cleanupSize);
    if (incremental.runCleanupForEveryRecord) {
      this.recordCleanups = [...(this.recordCleanups ?? []), cleanup];
    }
    return cleanup;
  }
}
