/** Opens the keyed state of one subtask in a database. Flink: RocksDBKeyedStateBackendBuilder. */
import { invariant } from '@millrace/core';
import type { KeyedStateBackend, KeyedStateBackendParameters } from '@millrace/state';
import type { LocalCopies } from '../database/local-copies.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';

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

export async function openRocksDBKeyedStateBackend<K>(
  _parameters: KeyedStateBackendParameters<K>,
  { resources }: RocksDBBackendSettings,
): Promise<KeyedStateBackend<K>> {
  await resources.close();
  invariant(false, 'the keyed state backend of RocksDB is there');
}
