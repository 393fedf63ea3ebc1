/** Restores straight from the files of databases: as they are, cut, and put together. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { KeyGroupRange, keyGroupRangeForOperatorIndex, Types } from '@millrace/core';
import type { IncrementalRemoteKeyedStateHandle } from '@millrace/state';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import {
  ALL_KEY_GROUPS,
  contentOf,
  expectedRows,
  NUMBER_OF_KEY_GROUPS,
  RestoreFixture,
  type StateRows,
  someRows,
} from './restore-fixture.ts';

const skip = whyNoNativeAddon() ?? false;
const INGEST = 'state.backend.rocksdb.use-ingest-db-restore-mode';
const DELETE_FILES = 'state.backend.rocksdb.rescaling.use-delete-files-in-range';
const ASYNC_COMPACT = 'state.backend.rocksdb.incremental-restore-async-compact-after-rescale';
const THRESHOLD = 'state.backend.rocksdb.restore-overlap-fraction-threshold';

const rows: StateRows = new Map([...someRows('count'), ...someRows('names', { valueBytes: 0 })]);
const withTimers: StateRows = new Map([...rows, ...someRows('timers', { valueBytes: 0 })]);
let fixture: RestoreFixture;
before(() => {
  fixture = new RestoreFixture();
});
after(() => fixture.close());

function rangesOf(parallelism: number): KeyGroupRange[] {
  const maxParallelism = NUMBER_OF_KEY_GROUPS;
  return Array.from({ length: parallelism }, (_, index) =>
    keyGroupRangeForOperatorIndex(index, { parallelism, maxParallelism }),
  );
}

function hashesOf(handle: IncrementalRemoteKeyedStateHandle): string[] {
  return [...handle.shared, ...handle.private].map(({ handle: file }) => {
    const bytes = file.kind === 'file' ? readFileSync(file.path) : new Uint8Array();
    return createHash('sha1').update(bytes).digest('hex');
  });
}

describe('a restore from the files of the same key groups', { skip }, () => {
  it('has every row, and only those', async () => {
    const handle = await fixture.checkpoint(rows);

    const restored = await fixture.restore({ stateHandles: [handle] });

    assert.deepEqual(await contentOf(restored), expectedRows(rows, ALL_KEY_GROUPS));
    assert.deepEqual([...restored.states.keys()], ['count', 'names']);
    assert.deepEqual(readdirSync(restored.workingDirectory), ['db']);
  });

  it('goes on under the same id, and knows which files are uploaded', async () => {
    const handle = await fixture.checkpoint(rows);

    const restored = await fixture.restore({ stateHandles: [handle] });

    assert.equal(restored.backendId, handle.backendId);
    assert.equal(restored.uploaded?.checkpointId, handle.checkpointId);
    const names = handle.shared.map(({ localPath }) => localPath);
    assert.deepEqual([...restored.uploaded.files.keys()], names);
    const live = restored.database.liveFiles().map(({ name }) => name.replace(/^\//, ''));
    assert.deepEqual(live.sort(), names.sort());
  });

  it('names no files of a savepoint, which is of its own', async () => {
    const handle = await fixture.checkpoint(rows);
    const shared = handle.shared.map(({ localPath, handle: file }) => {
      assert.ok(file.kind === 'file');
      return { localPath, handle: { ...file, kind: 'relative-file', relativePath: 'x' } as const };
    });

    const restored = await fixture.restore({ stateHandles: [{ ...handle, shared }] });

    assert.deepEqual([...(restored.uploaded?.files ?? ['none'])], []);
    assert.deepEqual(await contentOf(restored), expectedRows(rows, ALL_KEY_GROUPS));
  });

  it('leaves the files of the snapshot as they were, whatever is written and compacted', async () => {
    const handle = await fixture.checkpoint(rows);
    const hashes = hashesOf(handle);
    const restored = await fixture.restore({ stateHandles: [handle] });
    const { database, states } = restored;

    for (const { columnFamily } of states.values()) {
      database.deleteRange(columnFamily, Uint8Array.of(0, 0), Uint8Array.of(0, 100));
      await database.compactRange(columnFamily);
    }
    await database.flush();
    await database.close();

    assert.deepEqual(hashesOf(handle), hashes);
  });

  it('shows no row of another key group that the files still have', async () => {
    const range = new KeyGroupRange(100, 199);
    const handle = await fixture.checkpoint(rows, { range });

    const restored = await fixture.restore({ stateHandles: [handle], keyGroupRange: range });

    assert.deepEqual(await contentOf(restored), expectedRows(rows, range));
    assert.equal(restored.backendId, handle.backendId);
  });
});

describe('timers in the files of a database', { skip }, () => {
  it('stay there, where timers are kept in the database', async () => {
    const handle = await fixture.checkpoint(withTimers, { timers: ['timers'] });

    const restored = await fixture.restore({ stateHandles: [handle] });

    assert.deepEqual(await contentOf(restored), expectedRows(withTimers, ALL_KEY_GROUPS));
    assert.equal(restored.heapTimers.size, 0);
  });

  it('come to the heap where timers are kept there, at any parallelism', async () => {
    const handle = await fixture.checkpoint(withTimers, { timers: ['timers'] });
    for (const keyGroupRange of rangesOf(2)) {
      const restored = await fixture.restore(
        { stateHandles: [handle], keyGroupRange },
        { timersOnHeap: true },
      );

      assert.deepEqual(await contentOf(restored), expectedRows(rows, keyGroupRange));
      const { byKeyGroup, info } = restored.heapTimers.get('timers')!;
      assert.equal(info.backendStateType, 'PRIORITY_QUEUE');
      const found = [...byKeyGroup].flatMap(([keyGroup, timers]) =>
        timers.map((timer) => `${keyGroup.toString(16).padStart(4, '0')}${hex(timer)}=`),
      );
      assert.deepEqual(found, expectedRows(withTimers, keyGroupRange).timers);
    }
  });
});

describe('a restore at another parallelism', { skip }, () => {
  const WAYS: readonly Record<string, string>[] = [
    {},
    { [INGEST]: 'true' },
    { [DELETE_FILES]: 'true' },
    { [ASYNC_COMPACT]: 'true' },
    { [THRESHOLD]: '0.9', [INGEST]: 'true' },
    { [THRESHOLD]: '1.0' },
    { 'state.backend.rocksdb.write-batch-size': '0' },
  ];
  for (const configuration of WAYS) {
    it(`gives each subtask the rows of its key groups, with ${JSON.stringify(configuration)}`, async () => {
      const handles = await Promise.all(
        rangesOf(3).map((range) =>
          fixture.checkpoint(
            new Map([
              ...someRows('count', { range, perKeyGroup: 30 }),
              ...someRows('timers', { range, valueBytes: 0 }),
            ]),
            { range, timers: ['timers'], backendId: `of ${range}` },
          ),
        ),
      );
      const all = new Map([
        ...someRows('count', { perKeyGroup: 30 }),
        ...someRows('timers', { valueBytes: 0 }),
      ]);
      for (const parallelism of [1, 2, 4]) {
        for (const keyGroupRange of rangesOf(parallelism)) {
          const restored = await fixture.restore(
            { stateHandles: handles, keyGroupRange },
            { configuration },
          );

          assert.deepEqual(await contentOf(restored), expectedRows(all, keyGroupRange));
          assert.ok(handles.every(({ backendId }) => backendId !== restored.backendId));
          assert.equal(restored.uploaded, undefined);
          assert.deepEqual(readdirSync(restored.workingDirectory), ['db']);
        }
      }
    });
  }

  it('has a state that only one of the databases knows', async () => {
    const [first, second] = rangesOf(2) as [KeyGroupRange, KeyGroupRange];
    const handles = [
      await fixture.checkpoint(someRows('count', { range: first }), { range: first }),
      await fixture.checkpoint(
        new Map([...someRows('late', { range: second }), ...someRows('count', { range: second })]),
        { range: second },
      ),
    ];

    const restored = await fixture.restore({ stateHandles: handles });

    const { count, late } = await contentOf(restored);
    assert.deepEqual(count, expectedRows(someRows('count'), ALL_KEY_GROUPS).count);
    assert.deepEqual(late, expectedRows(someRows('late'), second).late);
  });
});

describe('a rehearsal', { skip }, () => {
  it('takes up what the snapshot says of the states, and none of their rows', async () => {
    const handle = await fixture.checkpoint(rows);

    const restored = await fixture.restore({ stateHandles: [handle], schemaOnly: true });

    assert.deepEqual(await contentOf(restored), { count: [], names: [] });
    assert.equal(restored.states.get('count')?.info.backendStateType, 'KEY_VALUE');
  });

  it('of another type of keys reports it, and is of the states alone', async () => {
    const handle = await fixture.checkpoint(withTimers, { timers: ['timers'] });
    const mismatches: string[] = [];

    const restored = await fixture.restore({
      stateHandles: [handle],
      keyType: Types.LONG as never,
      reportMismatch: ({ message }) => mismatches.push(message),
    });

    assert.equal(mismatches.length, 1);
    assert.match(mismatches[0] as string, /^the key of operator 'counter': String .*Long.*uid/);
    assert.deepEqual(await contentOf(restored), { count: [], names: [] });
  });
});

describe('a fresh start', { skip }, () => {
  it('is an empty database of a new id', async () => {
    const [first, second] = [await fixture.restore({}), await fixture.restore({})];

    assert.equal(first.states.size, 0);
    assert.match(first.backendId, /^[0-9a-f-]{36}$/);
    assert.notEqual(first.backendId, second.backendId);
    assert.equal(first.uploaded, undefined);
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
