/** The timer queues of a backend: in the database, or on the heap beside it. */
import {
  type KeyGroupRange,
  TimerSerializer,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import {
  type HeapTimer,
  type KeyGroupedInternalPriorityQueue,
  type StateDeclarations,
  type StateMetaInfoSnapshot,
  timerMeta,
} from '@millrace/state';
import type { DatabaseBarrier } from '../barrier/database-barrier.ts';
import type { StoredState } from '../database/column-families.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import type { RestoredTimers } from '../restore/restored-database.ts';
import type { HeapTimers } from '../snapshot/snapshot-strategy.ts';
import { RocksDBTimerQueue } from '../timers/rocksdb-timer-queue.ts';
import { VersionedHeapTimerQueue } from '../timers/versioned-heap-timer-queue.ts';

export interface BackendTimersOptions<K> {
  readonly isOnHeap: boolean;
  readonly database: RocksDatabase;
  readonly stored: Map<string, StoredState>;
  readonly restored: ReadonlyMap<string, RestoredTimers>;
  readonly resources: RocksDBResources;
  readonly declarations: StateDeclarations;
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly keyGroupOf: (key: K) => number;
  readonly barrier: DatabaseBarrier;
  /** Told of each that is made. */
  readonly onColumnFamily: (name: string, columnFamily: number) => void;
}

type Timer<K> = HeapTimer<K, unknown>;

export class BackendTimers<K> {
  /** All that a snapshot writes beside the database; those not declared as they were restored. */
  readonly onHeap: HeapTimers[] = [];
  private readonly options: BackendTimersOptions<K>;
  /** What snapshots say of those on the heap, in their order. */
  private readonly heapInfos: StateMetaInfoSnapshot[] = [];
  private readonly queues: Map<string, KeyGroupedInternalPriorityQueue<Timer<K>>> = new Map();

  constructor(options: BackendTimersOptions<K>) {
    this.options = options;
    for (const [name, { info, byKeyGroup }] of options.restored) {
      const fixed = { of: (keyGroup: number) => byKeyGroup.get(keyGroup) ?? [], release: () => {} };
      this.setOnHeap({ name, fix: () => fixed }, info);
    }
  }

  get infosOnHeap(): readonly StateMetaInfoSnapshot[] {
    return this.heapInfos;
  }

  /** In headers: states of the database first, then timers on the heap. */
  stateIdOf(name: string): number | undefined {
    const { stored } = this.options;
    const names = [...stored.keys(), ...this.onHeap.map((timers) => timers.name)];
    const stateId = names.indexOf(name);
    return stateId < 0 ? undefined : stateId;
  }

  createQueue(
    name: string,
    namespaceType: TypeInformation<unknown>,
  ): KeyGroupedInternalPriorityQueue<Timer<K>> {
    const { declarations, keySerializer, isOnHeap } = this.options;
    const known = this.queues.get(name);
    if (declarations.areTimersDeclared(name, namespaceType) && known !== undefined) {
      return known;
    }
    const namespaceSerializer = namespaceType.createSerializer();
    const { serializer, isAdopted } = declarations.declareTimers(
      name,
      namespaceType,
      new TimerSerializer(keySerializer, namespaceSerializer) as TypeSerializer<Timer<K>>,
    );
    const declared = { name, serializer, namespaceSerializer, isAdopted };
    const queue = isOnHeap ? this.heapQueue(declared) : this.databaseQueue(declared);
    this.queues.set(name, queue);
    return queue;
  }

  private heapQueue(declared: DeclaredTimers<K>): VersionedHeapTimerQueue<K, unknown> {
    const { restored, keySerializer, keyGroupRange, keyGroupOf } = this.options;
    const queue = new VersionedHeapTimerQueue<K, unknown>({
      ...declared,
      keySerializer,
      keyGroupRange,
      keyGroupOf,
    });
    if (declared.isAdopted) {
      for (const [keyGroup, timers] of restored.get(declared.name)?.byKeyGroup ?? []) {
        queue.restoreGroup(keyGroup, timers);
      }
    }
    this.setOnHeap(queue, timerMeta(declared));
    return queue;
  }

  private databaseQueue(declared: DeclaredTimers<K>): RocksDBTimerQueue<K, unknown> {
    const { barrier, resources, database } = this.options;
    const { keyGroupRange, numberOfKeyGroups, keyGroupOf } = this.options;
    const queue = new RocksDBTimerQueue<K, unknown>({
      ...declared,
      database,
      columnFamily: this.columnFamilyOf(declared),
      keyGroupRange,
      numberOfKeyGroups,
      keyGroupOf,
      cacheSize: resources.timerCacheSize,
      writeBatchBytes: resources.writeBatchBytes,
      barrier,
    });
    barrier.register(queue);
    return queue;
  }

  private columnFamilyOf(declared: DeclaredTimers<K>): number {
    const { barrier, database, stored, resources } = this.options;
    const { name, isAdopted } = declared;
    const info = timerMeta(declared);
    const before = stored.get(name);
    if (before !== undefined && isAdopted) {
      before.info = info;
      return before.columnFamily;
    }
    barrier.complete();
    if (before !== undefined) {
      database.dropColumnFamily(before.columnFamily);
    }
    const columnFamily = database.createColumnFamily(resources.columnFamily(name));
    stored.set(name, { info, columnFamily });
    this.options.onColumnFamily(name, columnFamily);
    return columnFamily;
  }

  private setOnHeap(timers: HeapTimers, info: StateMetaInfoSnapshot): void {
    const at = this.onHeap.findIndex(({ name }) => name === timers.name);
    if (at >= 0) {
      this.onHeap[at] = timers;
      this.heapInfos[at] = info;
    } else {
      this.onHeap.push(timers);
      this.heapInfos.push(info);
    }
  }
}

interface DeclaredTimers<K> {
  readonly name: string;
  readonly serializer: TypeSerializer<Timer<K>>;
  readonly namespaceSerializer: TypeSerializer<unknown>;
  readonly isAdopted: boolean;
}
