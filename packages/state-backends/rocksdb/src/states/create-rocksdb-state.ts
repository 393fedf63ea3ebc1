/** From a descriptor to a state over a column family. */
import type { ListSerializer, StateDescriptor } from '@millrace/core';
import type { InternalKvState, StateMeta } from '@millrace/state';
import { RocksDBAggregatingState } from './rocksdb-aggregating-state.ts';
import { RocksDBListState } from './rocksdb-list-state.ts';
import { RocksDBMapState } from './rocksdb-map-state.ts';
import { RocksDBReducingState } from './rocksdb-reducing-state.ts';
import { RocksDBValueState } from './rocksdb-value-state.ts';
import type { StateStore } from './state-store.ts';

export interface RocksDBStateOptions {
  readonly columnFamily: number;
  /** With the serializers to go on with. */
  readonly meta: StateMeta<unknown>;
  readonly descriptor: StateDescriptor;
}

/** The state of the user's view, which is also what the engine sees of it. */
export function createRocksDBState<K>(
  store: StateStore<K>,
  { columnFamily, meta, descriptor }: RocksDBStateOptions,
): InternalKvState<K, unknown> & { clear(): void } {
  const rows = { columnFamily, ...meta };
  switch (descriptor.kind) {
    case 'value':
      return new RocksDBValueState(store, rows);
    case 'list': {
      const { elementSerializer } = meta.stateSerializer as ListSerializer<unknown>;
      return new RocksDBListState(store, { ...rows, elementSerializer });
    }
    case 'map':
      return new RocksDBMapState(store, rows);
    case 'reducing':
      return new RocksDBReducingState(store, { ...rows, ...descriptor });
    case 'aggregating':
      return new RocksDBAggregatingState(store, { ...rows, ...descriptor });
  }
}
