/** What Flink's changelog backend leaves when it was rescaled and has not materialized since. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type {
  ChangelogStateBackendHandle,
  ChangelogStateHandleStream,
  IncrementalRemoteKeyedStateHandle,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import { CanonicalRowWriter } from './canonical-row-writer.ts';
import * as log from './changelog-fixture.ts';
import { ChangelogRowReader } from './changelog-row-reader.ts';
import { type BaseLayout, heapBase } from './heap-base-fixture.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { type KeyedStateRowReader, rowKey, rowValue } from './keyed-state-rows.ts';
import { openKeyedState } from './open-keyed-state.ts';

const streams = new MemoryCheckpointStreams();
const OPTIONS = {
  numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS,
  openStateHandle: streams.openStateHandle,
};
const [LOW, HIGH] = [new KeyGroupRange(0, 1), new KeyGroupRange(2, 3)];
/** One of each key group. */
const KEYS = [0, 1, 2, 3].map((group) => {
  for (let i = 0; ; i++) {
    if (log.keyGroupOf(`k${i}`) === group) {
      return `k${i}`;
    }
  }
});
const [K0, K1, K2, K3] = KEYS as [string, string, string, string];

const set = (key: string, value: number): log.Change =>
  log.scoped('SET', 'value', { key, namespace: 'n' }, (out) => log.LONG.serialize(value, out));
const clear = (key: string): log.Change => log.scoped('CLEAR', 'value', { key, namespace: 'n' });
const append = (key: string, element: string): log.Change =>
  log.scoped('ADD_ELEMENT', 'list', { key, namespace: 'n' }, (out) =>
    log.STRING.serialize(element, out),
  );
const logOf = (changes: readonly log.Change[], storage?: log.Storage): KeyedStateHandle =>
  log.logHandle([[...log.METADATA, ...changes]], storage);

/** Flink: ChangelogStateHandleStreamImpl.getIntersection. One in memory stays whole. */
function cutLog(handle: KeyedStateHandle, keyGroupRange: KeyGroupRange): KeyedStateHandle {
  return handle.kind === 'in-memory-changelog'
    ? handle
    : { ...(handle as ChangelogStateHandleStream), keyGroupRange, sizeBytes: 0 };
}

/** Flink: KeyGroupsStateHandle.getIntersection. It does not say that it was cut. */
function cutBase<T extends KeyedStateHandle>(handle: T, keyGroupRange: KeyGroupRange): T {
  const { offsets } = handle as unknown as { offsets: readonly number[] };
  const { startKeyGroup, endKeyGroup } = keyGroupRange;
  return { ...handle, keyGroupRange, offsets: offsets.slice(startKeyGroup, endKeyGroup + 1) };
}

function changelog(
  range: KeyGroupRange,
  nonMaterialized: readonly KeyedStateHandle[],
  materialized: readonly KeyedStateHandle[] = [],
): ChangelogStateBackendHandle {
  return { ...log.changelogHandle(nonMaterialized, materialized), keyGroupRange: range };
}

/** A database, which goes whole to whoever needs some of it; `openPart` opens what stands for it. */
function database(
  stateHandleId: string,
  of: { readonly range: KeyGroupRange; readonly checkpointId: number },
): IncrementalRemoteKeyedStateHandle {
  const meta = { kind: 'byte-stream' as const, handleName: stateHandleId, data: new Uint8Array() };
  return {
    kind: 'incremental-remote',
    checkpointId: of.checkpointId,
    backendId: 'backend',
    keyGroupRange: of.range,
    checkpointedSizeBytes: -1,
    meta,
    shared: [],
    private: [],
    stateHandleId,
  };
}

type Values = Record<string, unknown>;

async function valuesOf(reader: KeyedStateRowReader): Promise<Values> {
  const found: Values = {};
  for await (const group of readKeyGroups(reader, OPTIONS)) {
    for (const { state, entries } of group.states) {
      for (const { key, value } of entries) {
        const name = `${state.name} ${key}`;
        assert.ok(!(name in found), `${name} comes once`);
        found[name] = value;
      }
    }
  }
  await reader.close();
  return found;
}

async function read(
  handle: ChangelogStateBackendHandle,
  databases: Readonly<Record<string, KeyedStateHandle>> = {},
): Promise<Values> {
  const options = { ...OPTIONS, keySerializer: log.STRING.snapshotConfiguration() };
  const reader = await ChangelogRowReader.open(handle, options, (part) =>
    openKeyedState(
      part.kind === 'incremental-remote' ? databases[part.stateHandleId]! : part,
      options,
    ),
  );
  return valuesOf(reader);
}

/** As a canonical savepoint. */
async function canonical(handle: KeyedStateHandle, compressed: boolean): Promise<KeyedStateHandle> {
  const reader = await openKeyedState(handle, OPTIONS);
  const writer = new CanonicalRowWriter(streams.createCheckpointStateOutputStream(), {
    header: { ...reader.header, compressed },
    keyGroupRange: log.KEY_GROUPS,
    numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS,
  });
  for await (const batch of reader.rows()) {
    for (const row of batch.rows) {
      writer.put(batch.keyGroup, row.stateId, rowKey(batch, row), rowValue(batch, row));
    }
  }
  await reader.close();
  return (await writer.finish())!;
}

describe('a changelog of a job that was rescaled', () => {
  for (const storage of ['memory', 'plain', 'compressed'] as const) {
    it(`has the changes of its own key groups: ${storage}`, async () => {
      const whole = logOf([set(K0, 0), set(K1, 1), set(K2, 2), set(K3, 3)], storage);

      assert.deepEqual(await read(changelog(LOW, [cutLog(whole, LOW)])), {
        [`value ${K0}`]: 0,
        [`value ${K1}`]: 1,
      });
      assert.deepEqual(await read(changelog(HIGH, [cutLog(whole, HIGH)])), {
        [`value ${K2}`]: 2,
        [`value ${K3}`]: 3,
      });
    });

    it(`has each change once when what was cut comes together again: ${storage}`, async () => {
      const whole = logOf([append(K0, 'a'), append(K3, 'b')], storage);
      const own = logOf([append(K0, 'c')], storage);

      const found = await read(
        changelog(log.KEY_GROUPS, [cutLog(whole, LOW), own, cutLog(whole, HIGH)]),
      );

      assert.deepEqual(found, { [`list ${K0}`]: ['a', 'c'], [`list ${K3}`]: ['b'] });
    });

    it(`has each change once where a log stands there twice: ${storage}`, async () => {
      const whole = logOf([append(K0, 'a'), append(K3, 'b')], storage);
      // As it is read from a file: equal, and not the same object.
      const copy = cutLog(copyOf(whole), log.KEY_GROUPS);

      const found = await read(changelog(log.KEY_GROUPS, [whole, copy]));

      assert.deepEqual(found, { [`list ${K0}`]: ['a'], [`list ${K3}`]: ['b'] });
    });
  }

  for (const layout of ['heap', 'compressed heap', 'canonical', 'compressed canonical'] as const) {
    it(`is read over the part of its base that is its own: ${layout}`, async () => {
      const values = { [K0]: 10, [K1]: 11, [K2]: 12, [K3]: 13 };
      const compressed = layout.startsWith('compressed');
      const base: BaseLayout = { compressed, values };
      const whole = layout.endsWith('heap')
        ? heapBase(base)
        : await canonical(heapBase({ ...base, compressed: false }), compressed);

      const found: Values = {};
      for (const [range, key] of [
        [new KeyGroupRange(0, 0), K0],
        [new KeyGroupRange(1, 2), K1],
        [new KeyGroupRange(3, 3), K3],
      ] as const) {
        const handle = changelog(range, [logOf([set(key, 99)])], [cutBase(whole, range)]);
        Object.assign(found, await read(handle));
      }

      assert.deepEqual(found, {
        [`value ${K0}`]: 99,
        [`value ${K1}`]: 99,
        [`value ${K2}`]: 12,
        [`value ${K3}`]: 99,
      });
    });
  }

  it('is refused where another key group follows its base than should', async () => {
    const whole = heapBase({ compressed: false, values: { [K0]: 1 } });
    const { stream, offsets } = whole;
    const data = (stream as { data: Uint8Array }).data.slice();
    data[offsets[1]! + 3] = 7;
    const base = { ...whole, stream: { ...stream, data } } as KeyedStateHandle;
    const range = new KeyGroupRange(0, 0);

    await assert.rejects(read(changelog(range, [logOf([])], [cutBase(base, range)])), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in key group: it is 7 instead of 1/,
    });
  });

  it('has the rows of a database once that two subtasks shared, with what changed since', async () => {
    const part = database('A', { range: log.KEY_GROUPS, checkpointId: 1 });
    const databases = { A: heapBase({ compressed: false, values: { [K0]: 1, [K1]: 2, [K3]: 3 } }) };
    const changes = [set(K0, 100), clear(K1)];

    const found = await read(
      changelog(log.KEY_GROUPS, [logOf(changes)], [part, copyOf(part)]),
      databases,
    );

    assert.deepEqual(found, { [`value ${K0}`]: 100, [`value ${K3}`]: 3 });
  });

  it('takes each key group from its last materialization, wherever that stands', async () => {
    const older = database('A', { range: log.KEY_GROUPS, checkpointId: 1 });
    const newer = database('C', { range: new KeyGroupRange(1, 2), checkpointId: 2 });
    const databases = {
      A: heapBase({ compressed: false, values: { [K0]: 1, [K1]: 1, [K2]: 1, [K3]: 1 } }),
      C: heapBase({ compressed: false, values: { [K1]: 2 } }),
    };
    const expected = { [`value ${K0}`]: 1, [`value ${K1}`]: 2, [`value ${K3}`]: 1 };

    for (const parts of [
      [older, newer],
      [newer, older],
    ]) {
      assert.deepEqual(
        await read(changelog(log.KEY_GROUPS, [logOf([])], parts), databases),
        expected,
      );
    }
  });

  it('is refused where two parts have a key group and nothing says which is newer', async () => {
    const [a, b] = [1, 2].map((value) => heapBase({ compressed: false, values: { [K0]: value } }));

    await assert.rejects(read(changelog(log.KEY_GROUPS, [logOf([])], [a!, b!])), {
      code: 'SNAPSHOT_CORRUPT',
      message: /has key group 0 in two materialized parts, 'base' of \[0, 3\] and 'base' of/,
    });
  });
});

function copyOf<T extends KeyedStateHandle>(handle: T): T {
  const { startKeyGroup, endKeyGroup } = handle.keyGroupRange;
  const keyGroupRange = new KeyGroupRange(startKeyGroup, endKeyGroup);
  const rest: object = structuredClone({ ...handle, keyGroupRange: undefined });
  return { ...rest, keyGroupRange } as T;
}
