/**
 * Keyed state of one subtask in a database of RocksDB, with what is hot in memory.
 *
 * Invariants:
 * - Each state has a column family of its name, in Flink's layout of rows; so have timers, unless
 *   they are on the heap.
 * - Taking a snapshot fixes a version and writes nothing; see `DatabaseBarrier`.
 * - State that the program has not declared since the restore stays as it is and is written on.
 * - After a write that failed, which may have lost entries, no key can be set: the task fails.
 *
 * Flink: RocksDBKeyedStateBackend. Design: docs/architecture/rocksdb-backend.md
 */
// Hot path.
import {
  KeyGroupRange,
  type State,
  type StateDescriptor,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import {
  type CheckpointStreamFactory,
  type HeapTimer,
  type InternalKvState,
  type KeyedStateBackend,
  type KeyedStateSnapshot,
  type KeyedStatesDescription,
  type KeyedStateView,
  type KeyGroupedInternalPriorityQueue,
  type KeyLookAhead,
  type KeyRows,
  type RowLimits,
  RowPageWriter,
  type StateTtlCleanup,
} from '@millrace/state';
import type { DatabaseBarrier } from '../barrier/database-barrier.ts';
import type { SnapshotStrategy } from '../snapshot/snapshot-strategy.ts';
import type { ViewOpener } from '../snapshot/view-opener.ts';
import type { KeyContext } from '../states/key-context.ts';
import type { BackendStates } from './backend-states.ts';
import type { BackendTimers } from './backend-timers.ts';
import type { HeapShare } from './heap-growth.ts';
import { readTimersOfKey } from './read-key.ts';
import type { TtlCompactionTime } from './ttl-compaction.ts';

/** What `openRocksDBKeyedStateBackend` puts together. */
export interface BackendParts<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly keys: KeyContext<K>;
  readonly barrier: DatabaseBarrier;
  readonly states: BackendStates<K>;
  readonly timers: BackendTimers<K>;
  readonly ttlTime: TtlCompactionTime;
  readonly heapShare: HeapShare;
  readonly strategy: SnapshotStrategy;
  readonly views: ViewOpener;
  /** Closes the database, then what it used. */
  close(): Promise<void>;
}

export class RocksDBKeyedStateBackend<K> implements KeyedStateBackend<K> {
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  private readonly keys: KeyContext<K>;
  private readonly barrier: DatabaseBarrier;
  private readonly ttlTime: TtlCompactionTime;
  private readonly heapShare: HeapShare;
  private readonly parts: BackendParts<K>;
  private readonly running: Map<KeyedStateSnapshot, number>;
  private disposal: Promise<void> | undefined;

  constructor(parts: BackendParts<K>) {
    this.keySerializer = parts.keySerializer;
    this.keyGroupRange = parts.keyGroupRange;
    this.numberOfKeyGroups = parts.numberOfKeyGroups;
    this.keys = parts.keys;
    this.barrier = parts.barrier;
    this.ttlTime = parts.ttlTime;
    this.heapShare = parts.heapShare;
    this.parts = parts;
    this.running = new Map();
    this.disposal = undefined;
  }

  setCurrentKey(key: K): void {
    if (this.barrier.failure !== undefined) {
      throw this.barrier.failure;
    }
    this.ttlTime.tick();
    this.heapShare.tick();
    this.keys.setCurrentKey(key);
  }

  unsetCurrentKey(): void {
    this.keys.unsetCurrentKey();
  }

  get currentKey(): K {
    return this.keys.currentKey;
  }

  get lookAhead(): KeyLookAhead<K> {
    return this.parts.states.lookAhead;
  }

  get numberOfEntries(): number {
    return this.parts.states.count();
  }

  getOrCreateKeyedState<N, S extends State>(
    namespaceType: TypeInformation<N>,
    descriptor: StateDescriptor,
    ttl?: StateTtlCleanup,
  ): S & InternalKvState<K, N> {
    const type = namespaceType as TypeInformation<unknown>;
    const state = this.parts.states.getOrCreate(type, descriptor, ttl);
    return state as unknown as S & InternalKvState<K, N>;
  }

  createTimerQueue<N>(
    stateName: string,
    namespaceType: TypeInformation<N>,
  ): KeyGroupedInternalPriorityQueue<HeapTimer<K, N>> {
    const type = namespaceType as TypeInformation<unknown>;
    const queue = this.parts.timers.createQueue(stateName, type) as unknown;
    return queue as KeyGroupedInternalPriorityQueue<HeapTimer<K, N>>;
  }

  getKeys<N>(stateName: string, namespace: N): Iterable<K> {
    return this.parts.states.keysOf(stateName, namespace);
  }

  getKeysAndNamespaces<N>(stateName: string): Iterable<readonly [key: K, namespace: N]> {
    return this.parts.states.keysAndNamespaces<N>(stateName);
  }

  clearCurrentKey(): void {
    this.parts.states.clearCurrentKey();
  }

  snapshot(checkpointId: number, streams: CheckpointStreamFactory): KeyedStateSnapshot {
    this.ttlTime.refresh();
    this.parts.views.giveWay();
    const snapshot = this.parts.strategy.snapshot(checkpointId, streams);
    const running: KeyedStateSnapshot = {
      write: () => snapshot.write().finally(() => this.running.delete(running)),
      cancel: () => {
        this.running.delete(running);
        snapshot.cancel();
      },
    };
    this.running.set(running, checkpointId);
    return running;
  }

  describe(): KeyedStatesDescription {
    return this.parts.views.describe();
  }

  openView(onFixed?: () => void): Promise<KeyedStateView> {
    return this.parts.views.openView(onFixed);
  }

  async readKey(stateName: string, key: K, limits: RowLimits): Promise<KeyRows> {
    const { states, timers, views } = this.parts;
    if (states.isKeyValue(stateName)) {
      for (;;) {
        const rows = states.readKey(stateName, key, limits);
        if (rows !== undefined) {
          return rows;
        }
        await this.barrier.released();
      }
    }
    const stateId = timers.stateIdOf(stateName);
    if (stateId === undefined) {
      return { rows: new RowPageWriter().finish(), truncated: false };
    }
    const { keySerializer, numberOfKeyGroups } = this;
    const keyGroup = this.keys.keyGroupOf(key);
    this.keys.groupIndex(keyGroup);
    const view = await views.openView();
    try {
      const keyGroups = new KeyGroupRange(keyGroup, keyGroup);
      const place = { key, keyGroup, keySerializer, numberOfKeyGroups, limits };
      return readTimersOfKey(view, { ...place, stateId, keyGroups });
    } finally {
      view.close();
    }
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.parts.strategy.notifyCheckpointComplete(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void {
    for (const [snapshot, id] of [...this.running]) {
      if (id === checkpointId) {
        snapshot.cancel();
      }
    }
    this.parts.strategy.notifyCheckpointAborted(checkpointId);
  }

  dispose(): Promise<void> {
    this.disposal ??= this.disposeOnce();
    return this.disposal;
  }

  private async disposeOnce(): Promise<void> {
    const { strategy, barrier, keys, views, close } = this.parts;
    this.running.clear();
    try {
      views.dispose();
      barrier.dispose();
      keys.clear();
    } finally {
      try {
        await strategy.dispose(); // Before the folder that it writes from goes.
      } finally {
        await close();
      }
    }
  }
}
