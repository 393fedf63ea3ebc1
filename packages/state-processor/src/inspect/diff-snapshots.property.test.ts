import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TypeInformation, Types } from '@millrace/core';
import fc from 'fast-check';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { DiffOptions } from './diff-snapshots.ts';
import { diffSnapshots } from './diff-snapshots.ts';
import type { SnapshotDifference } from './difference.ts';
import {
  type TestSavepoint,
  type TestState,
  writeTestSavepoint,
} from './written-test-savepoint.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-diff-'));
});
after(() => rm(root, { recursive: true }));

async function snapshotOf(savepoint: TestSavepoint): Promise<Snapshot> {
  return openSnapshot(await writeTestSavepoint(root, savepoint));
}

const LONG = Types.LONG as TypeInformation<unknown>;
const ORDER = Types.POJO('com.acme.Order', { id: Types.LONG, tag: Types.STRING });
const ORDER_GROWN = Types.POJO('com.acme.Order', {
  id: Types.LONG,
  note: Types.STRING,
  tag: Types.STRING,
});

function savepoint(states: readonly TestState[], rest: Partial<TestSavepoint> = {}): TestSavepoint {
  return { parallelism: 2, maxParallelism: 16, states, ...rest };
}

function value(entries: readonly (readonly [string, unknown])[], type = LONG): TestState {
  return { name: 'count', kind: 'VALUE', type, entries: new Map(entries) };
}

async function differences(
  a: Snapshot,
  b: Snapshot,
  options: DiffOptions = {},
): Promise<SnapshotDifference[]> {
  const all: SnapshotDifference[] = [];
  await diffSnapshots(a, b, { ...options, onDifferences: (batch) => void all.push(...batch) });
  return all;
}

/** `actual` has all that `expected` has. */
function assertHolds(actual: SnapshotDifference | undefined, expected: object): void {
  assert.deepEqual({ ...actual, ...expected }, actual);
}

const model = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(3), { maxKeys: 40 });
const places = fc.record({
  parallelism: fc.integer({ min: 1, max: 4 }),
  maxParallelism: fc.constantFrom(4, 16, 200),
});

describe('the difference of two snapshots', () => {
  it('is that of their entries, whatever the parallelism and however few are held at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        model,
        model,
        places,
        places,
        fc.integer({ min: 3, max: 50 }),
        async (old, now, oldPlace, nowPlace, heldEntriesMax) => {
          const a = await snapshotOf(savepoint([value(Object.entries(old))], oldPlace));
          const b = await snapshotOf(savepoint([value(Object.entries(now))], nowPlace));

          const found = (await differences(a, b, { heldEntriesMax })).filter(
            ({ kind }) => kind === 'entry',
          );

          const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
          // Without any entry a subtask has no file, and so no state that could be compared.
          const isOneSided = Object.keys(old).length === 0 || Object.keys(now).length === 0;
          const expected = [...keys]
            .filter((key) => !isOneSided && old[key] !== now[key])
            .map((key) => {
              const change =
                old[key] === undefined ? 'added' : now[key] === undefined ? 'removed' : 'changed';
              return JSON.stringify([change, key, old[key], now[key]]);
            });
          const shown = found.map((one) =>
            'key' in one ? JSON.stringify([one.change, one.key, one.before, one.after]) : '',
          );
          assert.deepEqual(shown.sort(), expected.sort());
        },
      ),
      { numRuns: 20 },
    );
  });

  it('counts what it does not show', async () => {
    const a = await snapshotOf(
      savepoint([
        value([
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 4],
        ]),
      ]),
    );
    const b = await snapshotOf(
      savepoint([
        value([
          ['a', 1],
          ['b', 5],
          ['c', 6],
          ['e', 7],
        ]),
      ]),
    );

    const summary = await diffSnapshots(a, b, { limit: 0 });

    const { same, added, removed, changed, isEqual } = summary;
    assert.deepEqual([same, added, removed, changed, isEqual], [1, 1, 1, 2, false]);
  });

  it('is of maps by their entries, and none when these have another order', async () => {
    const map = (pairs: [string, number][]): TestState => ({
      name: 'totals',
      kind: 'MAP',
      type: Types.MAP(Types.STRING, Types.LONG) as TypeInformation<unknown>,
      entries: new Map([['k', new Map(pairs)]]),
    });
    const a = await snapshotOf(
      savepoint([
        map([
          ['x', 1],
          ['y', 2],
        ]),
      ]),
    );
    const b = await snapshotOf(
      savepoint([
        map([
          ['y', 2],
          ['x', 1],
        ]),
      ]),
    );
    const c = await snapshotOf(
      savepoint([
        map([
          ['y', 3],
          ['x', 1],
        ]),
      ]),
    );

    assert.deepEqual(await differences(a, b), []);
    const [only, ...rest] = await differences(a, c);
    assert.deepEqual(rest, []);
    assertHolds(only, {
      kind: 'entry',
      change: 'changed',
      key: 'k',
      userKey: 'y',
      before: 2,
      after: 3,
    });
  });

  it('is of what values mean when their type has other bytes', async () => {
    const order = { id: 7, tag: 'x' };
    const a = await snapshotOf(savepoint([value([['k', order]], ORDER as never)]));
    const b = await snapshotOf(
      savepoint([value([['k', { ...order, note: null }]], ORDER_GROWN as never)]),
    );

    const [type, entry, ...rest] = await differences(a, b);

    assert.deepEqual(rest, []);
    assertHolds(type, {
      kind: 'type',
      part: 'value',
      before: 'Pojo com.acme.Order { id: Long, tag: String }',
      after: 'Pojo com.acme.Order { id: Long, note: String, tag: String }',
    });
    assertHolds(entry, { kind: 'entry', change: 'changed', before: order });
  });

  it('is none when an Int became a Long of the same values', async () => {
    const a = await snapshotOf(savepoint([value([['k', 5]], Types.INT as never)]));
    const b = await snapshotOf(savepoint([value([['k', 5]])]));

    const found = await differences(a, b);

    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['type'],
    );
  });

  it('is of lists by how often an item is there, over all subtasks', async () => {
    const of = (items: string[], parallelism: number) =>
      snapshotOf(savepoint([value([['k', 1]])], { items, parallelism }));
    const a = await of(['x', 'y', 'x'], 1);
    const b = await of(['x', 'x', 'z', 'y', 'x'], 3);

    const found = (await differences(a, b)).filter(({ kind }) => kind === 'item');

    assert.deepEqual(
      found.map((one) =>
        'after' in one ? [one.change, one.after, 'times' in one && one.times] : one,
      ),
      [
        ['added', 'x', 1],
        ['added', 'z', 1],
      ],
    );
  });

  it('names states that only one of them has, with their entries', async () => {
    const extra = {
      ...value([
        ['a', 1],
        ['b', 1],
      ]),
      name: 'extra',
    };
    const a = await snapshotOf(savepoint([value([['k', 1]])]));
    const b = await snapshotOf(savepoint([value([['k', 1]]), extra]));

    const found = await differences(a, b);

    assert.equal(found.length, 1);
    assertHolds(found[0], {
      kind: 'state',
      change: 'added',
      state: 'extra',
      entries: 2,
    });
  });
});
