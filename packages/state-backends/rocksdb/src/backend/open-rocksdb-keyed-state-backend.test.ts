import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import {
  type Clock,
  GenericMetricGroup,
  KeyGroupRange,
  SystemClock,
  Types,
  type ValueState,
  ValueStateDescriptor,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import type {
  KeyedStateBackend,
  KeyedStateBackendParameters,
  KeyedStateHandle,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { RocksDBBackendFixture } from './rocksdb-backend-fixture.ts';

const NO_NAMESPACE = {
  name: 'VoidNamespace',
  isKeyType: false,
  createSerializer: () => VOID_NAMESPACE_SERIALIZER,
};
const fixture = new RocksDBBackendFixture({
  configuration: {
    'state.backend.rocksdb.metrics.bytes-written': 'true',
    'state.backend.rocksdb.metrics.estimate-num-keys': 'true',
    'state.backend.rocksdb.manual-compaction.min-interval': '1 h',
  },
});
const streams = new MemoryCheckpointStreams('native');

function open(
  of: Partial<KeyedStateBackendParameters<string>>,
): Promise<KeyedStateBackend<string>> {
  return fixture.createKeyedStateBackend({
    operatorName: 'counter',
    keyType: Types.STRING,
    numberOfKeyGroups: 16,
    keyGroupRange: new KeyGroupRange(0, 15),
    stateHandles: [],
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 1,
    ...of,
  });
}

async function snapshotOfOneState(): Promise<KeyedStateHandle> {
  const backend = await open({});
  backend.setCurrentKey('a');
  const descriptor = new ValueStateDescriptor('count', Types.LONG);
  const state: ValueState<number> = backend.getOrCreateKeyedState(NO_NAMESPACE, descriptor);
  state.update(1);
  const handle = await backend.snapshot(1, streams).write();
  await backend.dispose();
  assert.ok(handle !== undefined);
  return handle;
}

/** Refuses what a state is to have. */
class NarrowGroup extends GenericMetricGroup {
  override addGroup(name: string): GenericMetricGroup {
    throw new Error(`no group ${name}`);
  }
}

/** Knows how many timers have not come yet. */
class CountingClock extends SystemClock implements Clock {
  pending = 0;

  override setTimer(_delayMs: number, _callback: () => void) {
    this.pending++;
    return { cancel: () => void this.pending-- };
  }
}

describe('an opening that fails once the database is open', {
  skip: whyNoNativeAddon() ?? false,
}, () => {
  afterEach(() => fixture.close());

  it('leaves no compaction waiting, and no gauge that reads the closed database', async () => {
    const handle = await snapshotOfOneState();
    const metricGroup = new NarrowGroup('operator');
    const clock = new CountingClock();
    const reads = mock.method(RocksDatabase.prototype, 'ticker');

    await assert.rejects(open({ stateHandles: [handle], metricGroup, clock }), /no group count/);

    const before = reads.mock.callCount();
    assert.equal(metricGroup.values().size, 1);
    assert.equal(reads.mock.callCount(), before);
    assert.equal(clock.pending, 0);
    reads.mock.restore();
  });
});
