/** For tests: backends as the configuration says, in folders that are removed with them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration } from '@millrace/core';
import type { KeyedStateBackend, KeyedStateBackendParameters, StateBackend } from '@millrace/state';
import { configuredSettings, openResources } from '../options/open-resources.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { openRocksDBKeyedStateBackend } from './open-rocksdb-keyed-state-backend.ts';

export interface RocksDBBackendFixtureOptions {
  readonly configuration?: Readonly<Record<string, string>>;
  readonly incrementalCheckpoints?: boolean;
  readonly timersOnHeap?: boolean;
  /** In place of the share of the managed memory. */
  readonly valueCacheBytes?: number;
}

export class RocksDBBackendFixture implements StateBackend {
  readonly name = 'rocksdb';
  readonly folder: string;
  private readonly options: RocksDBBackendFixtureOptions;
  private readonly opened: KeyedStateBackend<never>[] = [];

  constructor(options: RocksDBBackendFixtureOptions = {}) {
    this.options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
  }

  async createKeyedStateBackend<K>(
    parameters: KeyedStateBackendParameters<K>,
  ): Promise<KeyedStateBackend<K>> {
    const { configuration, incrementalCheckpoints, timersOnHeap, valueCacheBytes } = this.options;
    const settings = configuredSettings(
      Configuration.fromMap({ 'state.backend.rocksdb.localdir': this.folder, ...configuration }),
    );
    const resources = await openResources(settings, parameters);
    const opened = await openRocksDBKeyedStateBackend(parameters, {
      resources: valueCacheBytes === undefined ? resources : withCache(resources, valueCacheBytes),
      incrementalCheckpoints: incrementalCheckpoints ?? true,
      priorityQueueStateType: timersOnHeap === true ? 'HEAP' : 'ROCKSDB',
    });
    this.opened.push(opened as KeyedStateBackend<never>);
    return opened;
  }

  async close(): Promise<void> {
    for (const backend of this.opened) {
      await backend.dispose();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function withCache(resources: RocksDBResources, valueCacheBytes: number): RocksDBResources {
  return Object.defineProperty(Object.create(resources), 'valueCacheBytes', {
    value: valueCacheBytes,
  }) as RocksDBResources;
}
