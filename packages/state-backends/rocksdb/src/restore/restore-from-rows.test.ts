/** Restores from what is no database: canonical savepoints of any backend. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type KeyGroupRange, keyGroupRangeForOperatorIndex, Types } from '@millrace/core';
import {
  CanonicalRowWriter,
  type KeyedStateHandle,
  type StateMetaInfoSnapshot,
} from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import {
  ALL_KEY_GROUPS,
  contentOf,
  expectedRows,
  NUMBER_OF_KEY_GROUPS,
  RestoreFixture,
  type StateRows,
  someRows,
  stateInfo,
  timersInfo,
} from './restore-fixture.ts';

const skip = whyNoNativeAddon() ?? false;
const all: StateRows = new Map([
  ...someRows('count', { perKeyGroup: 40 }),
  ...someRows('timers', { valueBytes: 0 }),
]);
let fixture: RestoreFixture;
before(() => {
  fixture = new RestoreFixture();
});
after(() => fixture.close());

const rangesOf = (parallelism: number): KeyGroupRange[] =>
  Array.from({ length: parallelism }, (_, index) =>
    keyGroupRangeForOperatorIndex(index, { parallelism, maxParallelism: NUMBER_OF_KEY_GROUPS }),
  );

/** A savepoint of these rows, those of each key group in the order that `order` gives. */
async function savepoint(
  rows: StateRows,
  keyGroupRange: KeyGroupRange,
  options: { order?: (a: Buffer, b: Buffer) => number; compressed?: boolean } = {},
): Promise<KeyedStateHandle> {
  const states = [...rows.keys()].map(
    (name): StateMetaInfoSnapshot => (name === 'timers' ? timersInfo(name) : stateInfo(name)),
  );
  const keySerializer = Types.STRING.createSerializer().snapshotConfiguration() as never;
  const writer = new CanonicalRowWriter(streams.createCheckpointStateOutputStream(), {
    header: { compressed: options.compressed ?? false, keySerializer, states },
    keyGroupRange,
    numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
  });
  const { startKeyGroup, endKeyGroup } = keyGroupRange;
  for (let keyGroup = startKeyGroup; keyGroup <= endKeyGroup; keyGroup++) {
    for (const [stateId, entries] of [...rows.values()].entries()) {
      const own = entries.filter(([key]) => key.readUInt16BE(0) === keyGroup);
      for (const [key, value] of own.sort(([a], [b]) => options.order?.(a, b) ?? 0)) {
        writer.put(keyGroup, stateId, key.subarray(2), value);
      }
    }
  }
  const handle = await writer.finish();
  assert.ok(handle);
  return handle;
}

const streams = new MemoryCheckpointStreams();
const { openStateHandle } = streams;
const backwards = (a: Buffer, b: Buffer): number => Buffer.compare(b, a);

describe('a restore from a canonical savepoint', { skip }, () => {
  for (const [what, options] of [
    ['in the order of its keys', {}],
    ['in another order, as the heap backend writes it', { order: backwards }],
    ['that is compressed', { compressed: true }],
  ] as const) {
    it(`${what} has every row, at any parallelism`, async () => {
      const handles = await Promise.all(rangesOf(2).map((range) => savepoint(all, range, options)));
      for (const keyGroupRange of [1, 2, 3].flatMap(rangesOf)) {
        const restored = await fixture.restore({
          stateHandles: handles,
          openStateHandle,
          keyGroupRange,
        });

        assert.deepEqual(await contentOf(restored), expectedRows(all, keyGroupRange));
        assert.equal(restored.uploaded, undefined);
        assert.deepEqual(readdirSync(restored.workingDirectory), ['db']);
      }
    });
  }

  it('brings its timers to the heap, where they are kept there', async () => {
    const handle = await savepoint(all, ALL_KEY_GROUPS);

    const restored = await fixture.restore(
      { stateHandles: [handle], openStateHandle },
      { timersOnHeap: true },
    );

    assert.deepEqual([...restored.states.keys()], ['count']);
    const timers = [...restored.heapTimers.get('timers')!.byKeyGroup.values()].flat();
    assert.equal(timers.length, all.get('timers')!.length);
  });

  it('brings rows larger than a batch', async () => {
    const rows = someRows('count', { perKeyGroup: 1, valueBytes: 20_000 });
    const handle = await savepoint(rows, ALL_KEY_GROUPS);

    const restored = await fixture.restore({ stateHandles: [handle], openStateHandle });

    assert.deepEqual(await contentOf(restored), expectedRows(rows, ALL_KEY_GROUPS));
  });

  it('that has a key twice is refused, and leaves nothing behind', async () => {
    const rows = someRows('count', { perKeyGroup: 1 });
    const twice = [...rows.get('count')!, rows.get('count')![5]!];
    const handle = await savepoint(new Map([['count', twice]]), ALL_KEY_GROUPS);

    await assert.rejects(fixture.restore({ stateHandles: [handle], openStateHandle }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /twice in one state/,
    });
  });

  it('that has a key in another key group than its own is refused', async () => {
    const rows = someRows('count', { perKeyGroup: 1 });
    const [key, value] = rows.get('count')![5]!;
    const damaged = Buffer.from(key);
    damaged[damaged.length - 3]! ^= 1;
    const others = rows.get('count')!.filter((_, index) => index !== 5);
    const entries = [...others.slice(0, 5), [damaged, value] as const, ...others.slice(5)];
    const handle = await savepoint(new Map([['count', entries]]), ALL_KEY_GROUPS);

    await assert.rejects(fixture.restore({ stateHandles: [handle], openStateHandle }), {
      code: 'SNAPSHOT_CORRUPT',
      message: /in a key of state 'count' in key group \d+: it is of key group \d+, not/,
    });
  });

  it('of which a handle is cut short is refused, and leaves nothing behind', async () => {
    const handle = await savepoint(all, ALL_KEY_GROUPS);
    assert.ok(handle.kind === 'key-groups-savepoint' && handle.stream.kind === 'byte-stream');
    const data = handle.stream.data.slice(0, -100);

    await assert.rejects(
      fixture.restore({
        stateHandles: [{ ...handle, stream: { ...handle.stream, data } }],
        openStateHandle,
      }),
      { code: 'SNAPSHOT_CORRUPT' },
    );
  });
});
