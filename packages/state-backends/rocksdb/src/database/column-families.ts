/** The states of a backend in its database: each is a column family of its name. */
import type { StateMetaInfoSnapshot } from '@millrace/state';
import type { RocksDatabase } from './rocks-database.ts';

/** A state, or the timers of a service. */
export interface StoredState {
  /** As it is written to snapshots; replaced when the program declares the state. */
  info: StateMetaInfoSnapshot;
  /** In the database. */
  readonly columnFamily: number;
}

/** What a backend opens with: a new database, or one that holds what was restored. */
export interface OpenedDatabase {
  readonly database: RocksDatabase;
  /** By name. */
  readonly states: Map<string, StoredState>;
  /** Under which its files are known in checkpoints: a UUID. Kept by a restore of the same key groups. */
  readonly backendId: string;
}
