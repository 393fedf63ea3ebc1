/**
 * The states of a backend: from what the program declares to a column family and an object.
 *
 * Invariants:
 * - A column family is created, dropped or rewritten only while no version is fixed.
 * - `stored` has every state that is in the database, declared or not, in the order of snapshots.
 *
 * Flink: RocksDBKeyedStateBackend.tryRegisterKvStateInformation.
 */
import {
  DataOutputView,
  type KeyGroupRange,
  keyIdentityOf,
  type StateDescriptor,
  type TypeInformation,
  type TypeSerializer,
} from '@millrace/core';
import {
  CompositeKeyFormat,
  type InternalKvState,
  isVoidNamespace,
  type KeyLookAhead,
  type KeyRows,
  kindMeta,
  type RowLimits,
  requireSerializerSnapshot,
  type StateDeclarations,
  type StateMeta,
  type StateMetaInfoSnapshot,
  type StateTtlCleanup,
  writeKeyGroupPrefix,
} from '@millrace/state';
import type { DatabaseBarrier } from '../barrier/database-barrier.ts';
import type { StoredState } from '../database/column-families.ts';
import { boundsOfKeyGroups, successorOf } from '../database/key-bounds.ts';
import type { RocksDatabase } from '../database/rocks-database.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { migrateState, userKeysMigrate } from '../restore/migrate-state.ts';
import { expiredRows } from '../snapshot/expired-rows.ts';
import { createRocksDBState } from '../states/create-rocksdb-state.ts';
import type { StateStore } from '../states/state-store.ts';
import { readKeyRows } from './read-key.ts';
import { storedKeys } from './stored-keys.ts';
import { type TtlCompactionTime, ttlCompactionSpec } from './ttl-compaction.ts';

export interface BackendStatesOptions<K> {
  readonly database: RocksDatabase;
  readonly stored: Map<string, StoredState>;
  readonly resources: RocksDBResources;
  readonly declarations: StateDeclarations;
  readonly keySerializer: TypeSerializer<K>;
  readonly keyGroupRange: KeyGroupRange;
  readonly numberOfKeyGroups: number;
  readonly barrier: DatabaseBarrier;
  readonly store: StateStore<K>;
  readonly ttlTime: TtlCompactionTime;
  /** Told of each that is made. */
  readonly onColumnFamily: (name: string, columnFamily: number) => void;
}

interface DeclaredState<K> {
  readonly meta: StateMeta<unknown>;
  readonly state: InternalKvState<K, unknown> & { clear(): void };
}

export class BackendStates<K> {
  /** What states with a time to live leave out of full snapshots, by name. */
  readonly ttl: Map<string, StateTtlCleanup> = new Map();
  private readonly options: BackendStatesOptions<K>;
  private readonly declared: Map<string, DeclaredState<K>> = new Map();

  constructor(options: BackendStatesOptions<K>) {
    this.options = options;
  }

  getOrCreate(
    namespaceType: TypeInformation<unknown>,
    descriptor: StateDescriptor,
    ttl: StateTtlCleanup | undefined,
  ): InternalKvState<K, unknown> {
    const { declarations, store } = this.options;
    const { name } = descriptor;
    if (!declarations.isDeclared(namespaceType, descriptor)) {
      const { meta, adopted } = declarations.declare(namespaceType, descriptor);
      const columnFamily = this.columnFamilyOf(meta, adopted, ttl);
      const state = createRocksDBState(store, { columnFamily, meta, descriptor });
      this.declared.set(name, { meta, state });
    }
    return this.declared.get(name)!.state;
  }

  get lookAhead(): KeyLookAhead<K> {
    return this.options.store.lookAhead;
  }

  /** Of a state that the program declared, or that was restored. */
  keys<N>(name: string): Iterable<{ readonly key: K; readonly namespace: N }> {
    const { stored, barrier, database, keyGroupRange, numberOfKeyGroups } = this.options;
    const state = stored.get(name);
    if (state === undefined || state.info.backendStateType !== 'KEY_VALUE') {
      return [];
    }
    const rows = {
      database,
      columnFamily: state.columnFamily,
      format: this.formatOf(state) as CompositeKeyFormat<K, N>,
      isMap: isMap(state),
      ...boundsOfKeyGroups(keyGroupRange, numberOfKeyGroups),
    };
    return {
      [Symbol.iterator]: () => {
        barrier.flush();
        return storedKeys(rows);
      },
    };
  }

  *keysAndNamespaces<N>(name: string): Generator<readonly [key: K, namespace: N], void, undefined> {
    for (const { key, namespace } of this.keys<N>(name)) {
      yield [key, namespace];
    }
  }

  /** Entries over all keys and namespaces. */
  count(): number {
    let count = 0;
    for (const name of this.options.stored.keys()) {
      for (const _ of this.keys(name)) {
        count++;
      }
    }
    return count;
  }

  /** Keys that have something in a namespace. */
  *keysOf<N>(name: string, namespace: N): Generator<K, void, undefined> {
    const state = this.options.stored.get(name);
    if (state === undefined || state.info.backendStateType !== 'KEY_VALUE') {
      return;
    }
    const identityOf = keyIdentityOf(this.formatOf(state).namespaceSerializer);
    const wanted = identityOf(namespace);
    for (const stored of this.keys<N>(name)) {
      if (identityOf(stored.namespace) === wanted) {
        yield stored.key;
      }
    }
  }

  isKeyValue(name: string): boolean {
    return this.options.stored.get(name)?.info.backendStateType === 'KEY_VALUE';
  }

  /** What a key has under the name of a state; `undefined` when that has to wait for the release of a version. */
  readKey(name: string, key: K, limits: RowLimits): KeyRows | undefined {
    const { stored, store, database, keySerializer, numberOfKeyGroups } = this.options;
    const state = stored.get(name) as StoredState;
    const declared = this.declared.get(name)?.state as
      | { writeKeyNow?(key: K): boolean }
      | undefined;
    const keyGroup = store.keys.keyGroupOf(key);
    store.keys.groupIndex(keyGroup);
    if (declared?.writeKeyNow?.(key) === false) {
      return undefined;
    }
    const header = {
      compressed: false,
      keySerializer: keySerializer.snapshotConfiguration(),
      states: [state.info],
    };
    const [expired] = expiredRows(header, numberOfKeyGroups, () =>
      this.ttl.get(name)?.expiredNow(),
    );
    const stateId = [...stored.keys()].indexOf(name);
    const place = { key, keyGroup, keySerializer, numberOfKeyGroups, limits };
    return readKeyRows(database, state, { ...place, stateId, expired });
  }

  clearCurrentKey(): void {
    const { store, stored } = this.options;
    const key = store.keys.currentKey;
    for (const [name, state] of stored) {
      const declared = this.declared.get(name);
      if (state.info.backendStateType !== 'KEY_VALUE') {
        continue;
      }
      if (declared !== undefined && isVoidNamespace(declared.meta.namespaceSerializer)) {
        declared.state.clear();
        continue;
      }
      this.clearNamespaces(key, state, declared);
    }
  }

  /** Of namespaces the database alone knows which there are. */
  private clearNamespaces(
    key: K,
    state: StoredState,
    declared: DeclaredState<K> | undefined,
  ): void {
    const { barrier, database, store } = this.options;
    const format = this.formatOf(state);
    const output = new DataOutputView(64);
    writeKeyGroupPrefix(output, store.keys.currentKeyGroup(), format.prefixBytes);
    this.options.keySerializer.serialize(key, output);
    // Serialized keys end where they end: what begins with one is of it.
    const lower = output.copyBytes();
    const upper = successorOf(lower);
    if (declared === undefined) {
      barrier.complete();
      database.deleteRange(state.columnFamily, lower, upper);
      return;
    }
    barrier.flush();
    const { columnFamily } = state;
    const found = storedKeys({ database, columnFamily, format, isMap: isMap(state), lower, upper });
    for (const { namespace } of [...found]) {
      declared.state.setCurrentNamespace(namespace);
      declared.state.clear();
    }
  }

  private columnFamilyOf(
    meta: StateMeta<unknown>,
    adopted: StateMetaInfoSnapshot | undefined,
    ttl: StateTtlCleanup | undefined,
  ): number {
    const { database, stored, resources, barrier } = this.options;
    const { name } = meta;
    const compaction = ttl && ttlCompactionSpec(meta, ttl);
    const info = kindMeta(meta);
    const before = stored.get(name);
    const isKept = before !== undefined && adopted !== undefined && this.adopt(before, info);
    if (!isKept) {
      barrier.complete();
      if (before !== undefined) {
        database.dropColumnFamily(before.columnFamily);
      }
      const columnFamily = database.createColumnFamily(resources.columnFamily(name, compaction));
      stored.set(name, { info, columnFamily });
      this.options.onColumnFamily(name, columnFamily);
    } else if (compaction !== undefined) {
      database.setTtl(before.columnFamily, compaction);
    }
    const { columnFamily } = stored.get(name)!;
    if (ttl !== undefined) {
      this.ttl.set(name, ttl);
    }
    if (ttl !== undefined && compaction !== undefined) {
      this.options.ttlTime.add(ttl);
      const { rocksdbCompactFilter } = ttl.config.cleanupStrategies;
      const seconds = Math.round((rocksdbCompactFilter?.periodicCompactionTimeMs ?? 0) / 1000);
      database.setOptions(columnFamily, `periodic_compaction_seconds=${seconds}`);
    }
    return columnFamily;
  }

  /** @returns false when the state begins empty, which was reported */
  private adopt(stored: StoredState, info: StateMetaInfoSnapshot): boolean {
    const { declarations, keySerializer, numberOfKeyGroups, resources, barrier } = this.options;
    if (!evolved(stored.info, info)) {
      stored.info = info;
      return true;
    }
    const migration = {
      info,
      keySerializer: keySerializer as TypeSerializer<unknown>,
      numberOfKeyGroups,
      writeBatchBytes: resources.writeBatchBytes,
    };
    const what = `state '${info.name}' of ${declarations.operator}`;
    const mismatch = userKeysMigrate(stored.info, info, { ...migration, what });
    if (mismatch !== undefined) {
      declarations.report(mismatch);
      return false;
    }
    barrier.complete();
    migrateState(this.options.database, stored, migration);
    return true;
  }

  private formatOf({ info }: StoredState): CompositeKeyFormat<K, unknown> {
    const { keySerializer, numberOfKeyGroups } = this.options;
    const declared = this.declared.get(info.name);
    const namespaceSerializer =
      declared?.meta.namespaceSerializer ??
      requireSerializerSnapshot(info, 'NAMESPACE_SERIALIZER').restoreSerializer();
    return new CompositeKeyFormat({ keySerializer, namespaceSerializer, numberOfKeyGroups });
  }
}

function isMap({ info }: StoredState): boolean {
  return info.options.get('KEYED_STATE_TYPE') === 'MAP';
}

/** True when the bytes of values must be rewritten. */
function evolved(before: StateMetaInfoSnapshot, after: StateMetaInfoSnapshot): boolean {
  const old = requireSerializerSnapshot(before, 'VALUE_SERIALIZER');
  const declared = requireSerializerSnapshot(after, 'VALUE_SERIALIZER');
  return declared.resolveSchemaCompatibility(old).kind === 'compatible-after-migration';
}
