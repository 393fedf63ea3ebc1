/**
 * Opens the keyed state of one subtask in a database.
 *
 * Invariant: an opening that fails leaves nothing behind, on the disk or in memory.
 *
 * Flink: RocksDBKeyedStateBackendBuilder.
 */
import type { TypeSerializer } from '@millrace/core';
import {
  type KeyedStateBackend,
  type KeyedStateBackendParameters,
  StateDeclarations,
} from '@millrace/state';
import { DatabaseBarrier } from '../barrier/database-barrier.ts';
import { ManualCompaction } from '../compaction/manual-compaction.ts';
import type { LocalCopies } from '../database/local-copies.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import { NativeMetricMonitor } from '../metrics/native-metric-monitor.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { restoreDatabase } from '../restore/restore-database.ts';
import type { RestoredDatabase } from '../restore/restored-database.ts';
import { createSnapshotStrategy } from '../snapshot/create-snapshot-strategy.ts';
import type { SnapshotSource } from '../snapshot/snapshot-strategy.ts';
import { ViewOpener } from '../snapshot/view-opener.ts';
import { KeyContext } from '../states/key-context.ts';
import { StateStore } from '../states/state-store.ts';
import { BackendStates } from './backend-states.ts';
import { BackendTimers } from './backend-timers.ts';
import { HEAP_GROWTH, type HeapShare } from './heap-growth.ts';
import { RocksDBKeyedStateBackend } from './rocksdb-keyed-state-backend.ts';
import { TtlCompactionTime } from './ttl-compaction.ts';

/** Where timers are. Flink: EmbeddedRocksDBStateBackend.PriorityQueueStateType. */
export type PriorityQueueStateType = 'HEAP' | 'ROCKSDB';

/** What the state backend decided for this subtask. */
export interface RocksDBBackendSettings {
  /** The backend's from here on: it closes them with itself, or when it cannot be opened. */
  readonly resources: RocksDBResources;
  readonly incrementalCheckpoints: boolean;
  readonly priorityQueueStateType: PriorityQueueStateType;
  /** Where copies of checkpoints stay on this machine: for `createSnapshotStrategy`. */
  readonly localBackup?: LocalCopies | undefined;
  /** Where a restore looks first: for `restoreDatabase`. */
  readonly localRecovery?: LocalCopies | undefined;
}

/**
 * Reports `STATE_INCOMPATIBLE` when the keys have another type in the snapshot; the database is then
 * empty.
 *
 * @throws CheckpointError `SNAPSHOT_CORRUPT`, `SNAPSHOT_NOT_FOUND`, `SERIALIZER_SNAPSHOT_UNKNOWN`,
 *   `UNSUPPORTED`
 * @throws TaskError `DISK_FULL`, `FILE_PERMISSION_DENIED`, `IO_EXCEPTION`, `ROCKSDB_FAILED`
 * @throws ConfigError `ROCKSDB_NOT_BUILT`, `CONFIG_VALUE_INVALID`
 */
export async function openRocksDBKeyedStateBackend<K>(
  parameters: KeyedStateBackendParameters<K>,
  settings: RocksDBBackendSettings,
): Promise<KeyedStateBackend<K>> {
  const { resources } = settings;
  let restored: RestoredDatabase<K> | undefined;
  let monitor: NativeMetricMonitor | undefined;
  let compaction: ManualCompaction | undefined;
  const heapShare = HEAP_GROWTH.share();
  const close = async (): Promise<void> => {
    heapShare.release();
    monitor?.close();
    await compaction?.close();
    try {
      await restored?.database.close();
    } finally {
      await resources.close();
    }
  };
  try {
    const timersOnHeap = settings.priorityQueueStateType === 'HEAP';
    const localCopies = settings.localRecovery;
    restored = await restoreDatabase(parameters, resources, { timersOnHeap, localCopies });
    monitor = monitorOf(parameters, resources, restored.database);
    compaction = compactionOf(parameters, resources, restored);
    return putTogether(parameters, settings, { restored, monitor, heapShare, close });
  } catch (error) {
    await close().catch(() => {}); // What failed first is told.
    throw error;
  }
}

interface Opened<K> {
  readonly restored: RestoredDatabase<K>;
  readonly monitor: NativeMetricMonitor | undefined;
  readonly heapShare: HeapShare;
  close(): Promise<void>;
}

function putTogether<K>(
  parameters: KeyedStateBackendParameters<K>,
  settings: RocksDBBackendSettings,
  { restored, monitor, heapShare, close }: Opened<K>,
): RocksDBKeyedStateBackend<K> {
  const { resources } = settings;
  const { database, keySerializer, states: stored } = restored;
  const { keyGroupRange, numberOfKeyGroups, clock, snapshotSliceMs } = parameters;
  const declarations = new StateDeclarations(parameters);
  for (const { info } of [...stored.values(), ...restored.heapTimers.values()]) {
    declarations.addRestored(info);
  }
  const keys = new KeyContext<K>(keySerializer, keyGroupRange, numberOfKeyGroups, parameters);
  const { writeBatchBytes } = resources;
  const barrier = new DatabaseBarrier({ database, clock, snapshotSliceMs, writeBatchBytes });
  const store = storeOf(resources, { database, barrier, keys, heapShare });
  for (const [name, { columnFamily }] of stored) {
    monitor?.registerColumnFamily(name, columnFamily);
  }
  const shared = {
    database,
    stored,
    resources,
    declarations,
    keySerializer,
    keyGroupRange,
    numberOfKeyGroups,
    barrier,
    onColumnFamily: (name: string, columnFamily: number) =>
      monitor?.registerColumnFamily(name, columnFamily),
  };
  const ttlTime = new TtlCompactionTime(database);
  const states = new BackendStates<K>({ ...shared, store, ttlTime });
  const timers = new BackendTimers<K>({
    ...shared,
    isOnHeap: settings.priorityQueueStateType === 'HEAP',
    restored: restored.heapTimers,
    keyGroupOf: (key) => checkedKeyGroup(keys, key),
  });
  const { transferConcurrency, workingDirectory } = resources;
  const source: SnapshotSource = {
    ...restored,
    keySerializer: keySerializer as TypeSerializer<unknown>,
    keyGroupRange,
    numberOfKeyGroups,
    barrier,
    clock,
    snapshotSliceMs,
    workingDirectory,
    transferConcurrency,
    ttl: states.ttl,
    heapTimers: timers.onHeap,
    header: ({ compressed, heapTimers }) => ({
      compressed,
      keySerializer: keySerializer.snapshotConfiguration(),
      states: [
        ...Array.from(stored.values(), ({ info }) => info),
        ...(heapTimers ? timers.infosOnHeap : []),
      ],
    }),
  };
  const strategy = createSnapshotStrategy(source, {
    incremental: settings.incrementalCheckpoints,
    restored: restored.uploaded,
    localCopies: settings.localBackup,
  });
  return new RocksDBKeyedStateBackend<K>({
    keySerializer,
    keyGroupRange,
    numberOfKeyGroups,
    keys,
    barrier,
    states,
    timers,
    ttlTime,
    heapShare,
    strategy,
    views: new ViewOpener(source, barrier),
    close,
  });
}

/** Its cache is part of the barrier, and as large as the slot allows. */
function storeOf<K>(
  resources: RocksDBResources,
  of: {
    readonly database: RocksDatabase;
    readonly barrier: DatabaseBarrier;
    readonly keys: KeyContext<K>;
    readonly heapShare: HeapShare;
  },
): StateStore<K> {
  const { valueCacheBytes, writeBatchBytes: batchBytes } = resources;
  const store = new StateStore<K>({ ...of, capacityBytes: 0, batchBytes });
  of.barrier.register(store.cache);
  of.heapShare.give(store.cache, valueCacheBytes);
  resources.onValueCacheBytes((bytes) => of.heapShare.give(store.cache, bytes));
  return store;
}

function monitorOf(
  { metricGroup }: Pick<KeyedStateBackendParameters<never>, 'metricGroup'>,
  { metrics }: RocksDBResources,
  database: RocksDatabase,
): NativeMetricMonitor | undefined {
  return metricGroup && new NativeMetricMonitor(metrics, metricGroup, database);
}

function compactionOf(
  { clock }: Pick<KeyedStateBackendParameters<never>, 'clock'>,
  { manualCompaction: options }: RocksDBResources,
  { database, states }: Pick<RestoredDatabase<unknown>, 'database' | 'states'>,
): ManualCompaction {
  const columnFamilies = (): ReadonlyMap<string, number> =>
    new Map(Array.from(states, ([name, { columnFamily }]) => [name, columnFamily]));
  return new ManualCompaction({ database, options, columnFamilies, clock });
}

/** In the range. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
function checkedKeyGroup<K>(keys: KeyContext<K>, key: K): number {
  const keyGroup = keys.keyGroupOf(key);
  keys.groupIndex(keyGroup);
  return keyGroup;
}
