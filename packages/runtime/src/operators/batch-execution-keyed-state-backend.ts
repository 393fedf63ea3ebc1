/**
 * Keyed state of a batch, whose input comes key after key: a key that is over is forgotten, so that
 * only the state of one key is held.
 *
 * Invariants:
 * - Before another key becomes the current one, `endKey` has been called with the old one still set,
 *   and what it wrote is dropped too.
 *
 * Flink: BatchExecutionKeyedStateBackend. It is a backend of its own there; here it stands before
 * the configured one, so that state behaves the same.
 */
// Hot path.
import {
  CheckpointError,
  type KeyGroupRange,
  keyIdentityOf,
  type State,
  type StateDescriptor,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import type {
  HeapTimer,
  InternalKvState,
  KeyedStateBackend,
  KeyedStateSnapshot,
  KeyGroupedInternalPriorityQueue,
} from '@millrace/state';

export class BatchExecutionKeyedStateBackend<K> implements KeyedStateBackend<K> {
  private readonly backend: KeyedStateBackend<K>;
  private readonly identityOf: (key: K) => unknown;
  private readonly endKey: () => void;
  private identity: unknown;
  private key: K | undefined;
  /** The key at hand is set aside. */
  private isUnset: boolean;

  /** @param endKey - fires the timers of the current key */
  constructor(backend: KeyedStateBackend<K>, endKey: () => void) {
    this.backend = backend;
    this.identityOf = keyIdentityOf(backend.keySerializer);
    this.endKey = endKey;
    this.identity = undefined;
    this.key = undefined;
    this.isUnset = false;
  }

  get keySerializer(): TypeSerializer<K> {
    return this.backend.keySerializer;
  }

  get keyGroupRange(): KeyGroupRange {
    return this.backend.keyGroupRange;
  }

  get numberOfKeyGroups(): number {
    return this.backend.numberOfKeyGroups;
  }

  get currentKey(): K {
    return this.backend.currentKey;
  }

  setCurrentKey(key: K): void {
    const identity = this.identityOf(key);
    if (identity === this.identity) {
      if (this.isUnset) {
        this.isUnset = false;
        this.backend.setCurrentKey(key);
      }
      return;
    }
    this.endCurrentKey();
    this.identity = identity;
    this.key = key;
    this.backend.setCurrentKey(key);
  }

  /** The key is not over: its next record finds what it left. */
  unsetCurrentKey(): void {
    this.isUnset = this.identity !== undefined;
    this.backend.unsetCurrentKey();
  }

  /** The input is over, and with it the last key. */
  endCurrentKey(): void {
    if (this.identity !== undefined) {
      if (this.isUnset) {
        this.isUnset = false;
        this.backend.setCurrentKey(this.key as K);
      }
      this.endKey();
      this.backend.clearCurrentKey();
      this.identity = undefined;
    }
  }

  getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
  ): S & InternalKvState<K, N> {
    return this.backend.getOrCreateKeyedState<N, S>(namespaceType, descriptor);
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

  clearCurrentKey(): void {
    this.backend.clearCurrentKey();
  }

  /** @throws CheckpointError `CHECKPOINT_DECLINED` */
  snapshot(): KeyedStateSnapshot {
    throw new CheckpointError(
      'CHECKPOINT_DECLINED',
      'a batch has no checkpoints: the state of its past keys is gone; run the job in STREAMING mode',
    );
  }

  notifyCheckpointComplete(): void {}

  notifyCheckpointAborted(): void {}

  get numberOfEntries(): number {
    return this.backend.numberOfEntries;
  }

  dispose(): void | Promise<void> {
    return this.backend.dispose();
  }
}
