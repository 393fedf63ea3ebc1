import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import {
  KeyGroupRange,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDBBackendFixture } from './rocksdb-backend-fixture.ts';
import { type BackendParts, RocksDBKeyedStateBackend } from './rocksdb-keyed-state-backend.ts';

const NO_NAMESPACE = {
  name: 'VoidNamespace',
  isKeyType: false,
  createSerializer: () => VOID_NAMESPACE_SERIALIZER,
};
const fixture = new RocksDBBackendFixture();
const streams = new MemoryCheckpointStreams('native');

function open(handles: readonly KeyedStateHandle[] = []): Promise<KeyedStateBackend<string>> {
  return fixture.createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: 16,
    keyGroupRange: new KeyGroupRange(0, 15),
    stateHandles: handles,
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 1,
  });
}

function count(backend: KeyedStateBackend<string>, name = 'count'): ValueState<number> {
  return backend.getOrCreateKeyedState(NO_NAMESPACE, new ValueStateDescriptor(name, Types.LONG));
}

/** Below the folders of processes. */
function foldersOfBackends(): string[] {
  return readdirSync(fixture.folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.includes('op_'),
  );
}

describe('a keyed state backend on RocksDB', { skip: whyNoNativeAddon() ?? false }, () => {
  afterEach(() => fixture.close());

  it('leaves nothing on the disk once it is disposed of, also while a snapshot is written', async () => {
    const backend = await open();
    backend.setCurrentKey('a');
    count(backend).update(1);
    const written = backend.snapshot(1, streams).write();
    const failed = assert.rejects(written, { code: 'CHECKPOINT_ASYNC_EXCEPTION' });

    await backend.dispose();
    await backend.dispose();
    await failed;

    assert.deepEqual(foldersOfBackends(), []);
  });

  it('takes no key after a write that failed, and is disposed of whole', async () => {
    const done: string[] = [];
    const failure = new Error('disk full');
    const backend = new RocksDBKeyedStateBackend({
      views: {
        dispose: () => {
          done.push('views');
        },
      },
      barrier: {
        failure,
        dispose: () => {
          done.push('barrier');
          throw failure;
        },
      },
      strategy: {
        dispose: async () => {
          done.push('strategy');
          throw new Error('disk still full');
        },
      },
      close: async () => {
        done.push('database');
      },
    } as unknown as BackendParts<string>);

    assert.throws(() => backend.setCurrentKey('a'), /disk full/);
    await assert.rejects(backend.dispose());

    assert.deepEqual(done, ['views', 'barrier', 'strategy', 'database']);
  });

  it('leaves nothing on the disk when what it is to restore is corrupt', async () => {
    const backend = await open();
    backend.setCurrentKey('a');
    count(backend).update(1);
    const handle = await backend.snapshot(1, streams).write();
    await backend.dispose();
    assert.ok(handle?.kind === 'incremental-remote');
    const withoutTables = { ...handle, shared: [] };

    await assert.rejects(open([withoutTables]), { code: 'SNAPSHOT_CORRUPT' });

    assert.deepEqual(foldersOfBackends(), []);
  });

  it('clears a key in state that the program no longer declares', async () => {
    const before = await open();
    for (const key of ['a', 'b']) {
      before.setCurrentKey(key);
      count(before, 'gone').update(1);
    }
    const handle = await before.snapshot(1, streams).write();
    assert.ok(handle !== undefined);

    const backend = await open([handle]);
    backend.setCurrentKey('a');
    backend.clearCurrentKey();

    assert.deepEqual([...backend.getKeys('gone', VOID_NAMESPACE)], ['b']);
  });

  it('goes through its keys as they were when that began, while they are changed', async () => {
    const backend = await open();
    const state = count(backend);
    for (let i = 0; i < 2000; i++) {
      backend.setCurrentKey(`key ${i}`);
      state.update(i);
    }

    let met = 0;
    for (const key of backend.getKeys('count', VOID_NAMESPACE)) {
      backend.setCurrentKey(key);
      state.clear();
      backend.setCurrentKey(`${key} again`);
      state.update(1);
      met++;
    }

    assert.equal(met, 2000);
    assert.equal(backend.numberOfEntries, 2000);
  });
});
