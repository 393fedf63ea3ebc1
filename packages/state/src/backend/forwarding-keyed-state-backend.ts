/** Stands before a backend and changes some of what it does; everything else is the backend's own. */
// Hot path.
import type {
  KeyGroupRange,
  State,
  StateDescriptor,
  TypeInformation,
  TypeSerializer,
} from '@millrace/core';
import type { CheckpointStreamFactory } from '../storage/checkpoint-storage.ts';
import type { InternalKvState } from './internal-kv-state.ts';
import type {
  KeyedStateBackend,
  KeyedStateSnapshot,
  KeyedStatesDescription,
  KeyLookAhead,
  KeyRows,
  StateTtlCleanup,
} from './keyed-state-backend.ts';
import type { KeyedStateView, RowLimits } from './keyed-state-view.ts';
import type { HeapTimer, KeyGroupedInternalPriorityQueue } from './priority-queue.ts';

export abstract class ForwardingKeyedStateBackend<K> implements KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  protected readonly backend: KeyedStateBackend<K>;

  constructor(backend: KeyedStateBackend<K>) {
    this.keySerializer = backend.keySerializer;
    this.keyGroupRange = backend.keyGroupRange;
    this.numberOfKeyGroups = backend.numberOfKeyGroups;
    this.backend = backend;
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
    return this.backend.getOrCreateKeyedState<N, S>(namespaceType, descriptor, ttl);
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

  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot {
    return this.backend.snapshot(checkpointId, streams);
  }

  describe(): KeyedStatesDescription {
    return this.backend.describe();
  }

  openView(onFixed?: () => void): Promise<KeyedStateView> {
    return this.backend.openView(onFixed);
  }

  readKey(stateName: string, key: K, limits: RowLimits): Promise<KeyRows> {
    return this.backend.readKey(stateName, key, limits);
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.backend.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.backend.notifyCheckpointAborted(checkpointId);
  }

  dispose(): void | Promise<void> {
    return this.backend.dispose();
  }
}
