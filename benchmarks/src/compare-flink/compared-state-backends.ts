/** The state backends of ours that are compared. */
import { join } from 'node:path';
import { Configuration } from '@millrace/core';
import type { KeyedStateBackend, StateBackend } from '@millrace/state';
import { HashMapStateBackend } from '@millrace/state-backend-heap';
import { createStateBackend } from '@millrace/state-backend-rocksdb';

export type BackendKind = 'hashmap' | 'rocksdb';

export interface ComparedStateBackend {
  readonly stateBackend: StateBackend;
  /** Versions. */
  readonly what: string;
  /** What waits in memory for being written to a database is written to it. */
  readonly writeOut?: (backend: KeyedStateBackend<number>) => void;
  /** Merges the files that a database has into as few as there can be. */
  readonly compact?: (backend: KeyedStateBackend<number>) => Promise<void>;
}

/** What no user sees of a backend, and the comparison needs. */
interface InsideOfRocksDB {
  readonly parts: {
    readonly states: {
      readonly options: {
        readonly database: { compactRange(columnFamily: number): Promise<void> };
        readonly stored: ReadonlyMap<string, { readonly columnFamily: number }>;
        readonly store: { readonly cache: { writeAllNow(): void } };
      };
    };
  };
}

export async function openStateBackend(
  kind: BackendKind,
  { folder }: { readonly folder: string },
): Promise<ComparedStateBackend> {
  const node = `Millrace, Node ${process.versions.node}`;
  if (kind === 'hashmap') {
    return { stateBackend: new HashMapStateBackend(), what: node };
  }
  const configuration = new Configuration({
    'state.backend.rocksdb.localdir': join(folder, 'local'),
    'execution.checkpointing.incremental': 'true',
  });
  return {
    stateBackend: await createStateBackend(configuration),
    what: node,
    writeOut(backend) {
      (backend as unknown as InsideOfRocksDB).parts.states.options.store.cache.writeAllNow();
    },
    async compact(backend) {
      const { database, stored } = (backend as unknown as InsideOfRocksDB).parts.states.options;
      for (const { columnFamily } of stored.values()) {
        await database.compactRange(columnFamily);
      }
    },
  };
}
