import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  DataOutputView,
  errorCode,
  INT_SERIALIZER,
  KeyGroupRange,
  ListSerializer,
  StateTtlConfig,
  TtlValueSerializer,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import {
  type KeyedStateHandle,
  openKeyedState,
  rowCodecs,
  rowInput,
  type StateMetaInfoSnapshot,
  type StateTtlCleanup,
  writeKeyGroupPrefix,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { createSnapshotStrategy } from './create-snapshot-strategy.ts';
import { FolderDatabase, folderSource, temporaryFolder } from './snapshot-fixture.ts';
import type { HeapTimers, SnapshotSource } from './snapshot-strategy.ts';

const TTL_INT = new TtlValueSerializer(INT_SERIALIZER);
const COUNT = 0;
const SEEN = 1;
const RANGE = new KeyGroupRange(10, 12);

function info(name: string, kind: string, value: TypeSerializer<unknown>): StateMetaInfoSnapshot {
  return {
    name,
    backendStateType: 'KEY_VALUE',
    options: new Map([['KEYED_STATE_TYPE', kind]]),
    serializers: new Map<string, TypeSerializerSnapshot<unknown>>([
      ['NAMESPACE_SERIALIZER', INT_SERIALIZER.snapshotConfiguration()],
      ['VALUE_SERIALIZER', value.snapshotConfiguration()],
    ]),
  };
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: RocksDatabase;
let source: SnapshotSource;

async function open(of: Partial<SnapshotSource> = {}): Promise<void> {
  folder = await temporaryFolder();
  const options = 'merge_operator=stringappendtest';
  database = await RocksDatabase.open(join(folder.path, 'db'), {
    dbOptions: 'create_if_missing=true',
    columnFamilies: ['count', 'seen'].map((name) => ({ name, options })),
    statistics: false,
  });
  const list = new ListSerializer(TTL_INT) as unknown as TypeSerializer<unknown>;
  source = folderSource(new FolderDatabase(), {
    workingDirectory: folder.path,
    database,
    keyGroupRange: RANGE,
    states: new Map([
      ['count', { info: info('count', 'VALUE', INT_SERIALIZER), columnFamily: COUNT }],
      ['seen', { info: info('seen', 'LIST', list), columnFamily: SEEN }],
    ]),
    ...of,
  });
}

/** Key and namespace are 32-bit numbers. */
function rowOf(keyGroup: number, key: number, value: Uint8Array): [Uint8Array, number] {
  const output = new DataOutputView();
  writeKeyGroupPrefix(output, keyGroup, source.numberOfKeyGroups > 128 ? 2 : 1);
  output.writeInt(key);
  output.writeInt(0);
  const keyEnd = output.position;
  output.write(value);
  return [output.copyBytes(), keyEnd];
}

function bytesOf<T>(serializer: TypeSerializer<T>, value: T): Uint8Array {
  const output = new DataOutputView();
  serializer.serialize(value, output);
  return output.copyBytes();
}

function putCount(keyGroup: number, key: number, value: number): void {
  const batch = new WriteBatch();
  const [bytes, keyEnd] = rowOf(keyGroup, key, bytesOf(INT_SERIALIZER, value));
  batch.put(COUNT, bytes, 0, keyEnd, bytes.length);
  database.write(batch);
}

function addSeen(keyGroup: number, key: number, userValue: number, at: number): void {
  const batch = new WriteBatch();
  const value = bytesOf(TTL_INT, { userValue, lastAccessTimestamp: at });
  const [bytes, keyEnd] = rowOf(keyGroup, key, value);
  batch.merge(SEEN, bytes, 0, keyEnd, bytes.length);
  database.write(batch);
}

async function contentsOf(
  handle: KeyedStateHandle | undefined,
  streams: MemoryCheckpointStreams,
): Promise<unknown[]> {
  assert.ok(handle);
  const { numberOfKeyGroups } = source;
  const { openStateHandle } = streams;
  const reader = await openKeyedState(handle, { numberOfKeyGroups, openStateHandle });
  const codecs = rowCodecs(reader.header, { numberOfKeyGroups });
  const contents: unknown[] = [];
  for await (const batch of reader.rows()) {
    const input = rowInput(reader, batch);
    for (const row of batch.rows) {
      const codec = codecs[row.stateId]!;
      const { name } = codec.state;
      const bytes = batch.bytes.slice(row.keyStart, row.keyEnd);
      const value = codec.kind === 'timer' ? [...bytes] : codec.readValue(input, row);
      const key = codec.kind === 'timer' ? undefined : codec.readKey(input, row).key;
      contents.push([batch.keyGroup, name, key, value]);
    }
  }
  await reader.close();
  return contents;
}

async function snapshotOf(streams: MemoryCheckpointStreams): Promise<KeyedStateHandle | undefined> {
  const strategy = createSnapshotStrategy(source, { incremental: true, restored: undefined });
  return strategy.snapshot(1, streams).write();
}

describe('rows of a database in the layout of all backends', {
  skip: whyNoNativeAddon() ?? false,
}, () => {
  beforeEach(() => open());

  afterEach(async () => {
    await database.close();
    await folder.remove();
  });

  for (const snapshotCompression of [false, true]) {
    it(`come by key group, then state, ${snapshotCompression ? 'compressed' : 'plain'}`, async () => {
      const streams = new MemoryCheckpointStreams('canonical', { snapshotCompression });
      putCount(12, 1, 100);
      putCount(10, 2, 200);
      putCount(10, 1, 300);
      addSeen(10, 1, 7, 1);
      addSeen(10, 1, 8, 2);

      const contents = await contentsOf(await snapshotOf(streams), streams);

      const seen = [
        { userValue: 7, lastAccessTimestamp: 1 },
        { userValue: 8, lastAccessTimestamp: 2 },
      ];
      assert.deepEqual(contents, [
        [10, 'count', 1, 300],
        [10, 'count', 2, 200],
        [10, 'seen', 1, seen],
        [12, 'count', 1, 100],
      ]);
    });
  }

  it('are those of when the version was copied, whatever is written in the turns of records', async () => {
    const streams = new MemoryCheckpointStreams('canonical');
    for (let key = 0; key < 20_000; key++) {
      putCount(11, key, key);
    }
    let turns = 0;
    const { clock } = source;
    source = {
      ...source,
      clock: {
        now: () => clock.now(),
        setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
        yieldTurn: () => {
          putCount(11, turns++, -1);
          return clock.yieldTurn();
        },
      },
      snapshotSliceMs: 0,
    };

    const contents = await contentsOf(await snapshotOf(streams), streams);

    assert.ok(turns > 10, `${turns} turns`);
    assert.equal(contents.length, 20_000);
    assert.ok((contents as [number, string, number, number][]).every((row) => row[2] === row[3]));
  });

  it('are without what is expired, where the state is cleaned up in full snapshots', async () => {
    const isExpired = (stored: unknown): boolean =>
      (stored as { lastAccessTimestamp: number }).lastAccessTimestamp < 100;
    const cleanup: StateTtlCleanup = {
      config: new StateTtlConfig({ timeToLive: 10, cleanupFullSnapshot: true }),
      isExpired,
      now: () => 0,
      filterOfFullSnapshot: () => isExpired,
      expiredNow: () => isExpired,
    };
    source = { ...source, ttl: new Map([['seen', cleanup]]) };
    const streams = new MemoryCheckpointStreams('canonical');
    addSeen(10, 1, 7, 99);
    addSeen(10, 1, 8, 100);
    addSeen(10, 2, 9, 99);
    addSeen(11, 3, 6, 100);

    const contents = await contentsOf(await snapshotOf(streams), streams);

    assert.deepEqual(contents, [
      [10, 'seen', 1, [{ userValue: 8, lastAccessTimestamp: 100 }]],
      [11, 'seen', 3, [{ userValue: 6, lastAccessTimestamp: 100 }]],
    ]);
  });

  it('are followed by the timers on the heap, as they were at the barrier', async () => {
    const timers: HeapTimers = {
      name: '_timer_state/event_user-timers',
      fix: () => ({
        of: (keyGroup) => (keyGroup === 11 ? [Uint8Array.of(1, 2, 3)] : []),
        release: () => {},
      }),
    };
    const { header } = source;
    source = {
      ...source,
      heapTimers: [timers],
      header: (options) => ({
        ...header(options),
        states: [
          ...header(options).states,
          {
            name: timers.name,
            backendStateType: 'PRIORITY_QUEUE',
            options: new Map(),
            serializers: new Map([['VALUE_SERIALIZER', INT_SERIALIZER.snapshotConfiguration()]]),
          },
        ],
      }),
    };
    const streams = new MemoryCheckpointStreams('canonical');
    putCount(11, 1, 5);

    const contents = await contentsOf(await snapshotOf(streams), streams);

    assert.deepEqual(contents, [
      [11, 'count', 1, 5],
      [11, timers.name, undefined, [1, 2, 3]],
    ]);
  });

  it('stop being written when the snapshot is cancelled, and the stream is given up', async () => {
    const streams = new MemoryCheckpointStreams('canonical');
    for (let key = 0; key < 5000; key++) {
      putCount(11, key, key);
    }
    const strategy = createSnapshotStrategy(
      { ...source, snapshotSliceMs: 0 },
      { incremental: true, restored: undefined },
    );
    const snapshot = strategy.snapshot(1, streams);
    const write = snapshot.write();

    await source.clock.yieldTurn();
    snapshot.cancel();

    await assert.rejects(write, (error) => errorCode(error) === 'CHECKPOINT_ASYNC_EXCEPTION');
    assert.equal(streams.openStreams, 0);
    await strategy.dispose();
  });

  it('end with an error of the checkpoint when the stream takes no more', async () => {
    const streams = new MemoryCheckpointStreams('canonical');
    putCount(11, 1, 1);
    streams.failure = new Error('no room');

    await assert.rejects(snapshotOf(streams), /no room/);
    assert.equal(streams.openStreams, 0);
  });
});

describe('rows of a database with more key groups than a byte has', {
  skip: whyNoNativeAddon() ?? false,
}, () => {
  it('are written with two bytes of key group', async () => {
    await open({ numberOfKeyGroups: 32768, keyGroupRange: new KeyGroupRange(255, 32767) });
    try {
      const streams = new MemoryCheckpointStreams('canonical');
      putCount(255, 1, 1);
      putCount(256, 1, 2);
      putCount(32767, 1, 3);

      const contents = await contentsOf(await snapshotOf(streams), streams);

      assert.deepEqual(contents, [
        [255, 'count', 1, 1],
        [256, 'count', 1, 2],
        [32767, 'count', 1, 3],
      ]);
    } finally {
      await database.close();
      await folder.remove();
    }
  });
});
