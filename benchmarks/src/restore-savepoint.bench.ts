/** One canonical savepoint, restored by the heap backend and by RocksDB. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Configuration,
  KeyGroupRange,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { BenchSuite, BenchVariant } from '@millrace/core/bench';
import type { KeyedStateBackend, KeyedStateHandle, StateBackend } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { createStateBackend as createHashMapBackend } from '@millrace/state-backend-heap';
import {
  createStateBackend as createRocksDBBackend,
  whyNoNativeAddon,
} from '@millrace/state-backend-rocksdb';

const NUMBER_OF_KEY_GROUPS = 128; // what a job has unless it says otherwise
const COUNT = new ValueStateDescriptor('count', Types.LONG);

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = suite.size(1_000_000, 1000);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-restore-bench-'));
  const streams = new MemoryCheckpointStreams('canonical');
  const heap = createHashMapBackend();
  const handle = await savepoint(heap, streams, keys);
  const variants: Record<string, BenchVariant> = {
    hashmap: restoreWith(heap, streams, handle),
  };
  if (whyNoNativeAddon() === undefined) {
    const configuration = { 'state.backend.rocksdb.localdir': folder };
    const rocksdb = await createRocksDBBackend(Configuration.fromMap(configuration));
    variants.rocksdb = restoreWith(rocksdb, streams, handle);
  }
  try {
    await suite.compare('restore from a canonical savepoint, a key', {
      baseline: 'hashmap',
      operations: keys,
      turns: 3,
      variants,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function open(
  backend: StateBackend,
  streams: MemoryCheckpointStreams,
  stateHandles: readonly KeyedStateHandle[],
): Promise<KeyedStateBackend<string>> {
  return backend.createKeyedStateBackend({
    operatorName: 'bench',
    keyType: Types.STRING,
    numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
    keyGroupRange: new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1),
    stateHandles,
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 5,
  });
}

const countOf = (backend: KeyedStateBackend<string>): ValueState<number> =>
  backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, COUNT);

async function savepoint(
  backend: StateBackend,
  streams: MemoryCheckpointStreams,
  keys: number,
): Promise<KeyedStateHandle> {
  const opened = await open(backend, streams, []);
  const count = countOf(opened);
  for (let i = 0; i < keys; i++) {
    opened.setCurrentKey(`key-${i}`);
    count.update(i);
  }
  const handle = await opened.snapshot(1, streams).write();
  await opened.dispose();
  assert.ok(handle);
  return handle;
}

/** A few values are looked at. */
function restoreWith(
  backend: StateBackend,
  streams: MemoryCheckpointStreams,
  handle: KeyedStateHandle,
): BenchVariant {
  let last: KeyedStateBackend<string> | undefined;
  return {
    setUp: () => last?.dispose(),
    run: async () => {
      last = await open(backend, streams, [handle]);
      const count = countOf(last);
      let sum = 0;
      for (let i = 0; i < 100; i++) {
        last.setCurrentKey(`key-${i}`);
        sum += count.value() as number;
      }
      return sum;
    },
  };
}
