import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TypeInformation, Types } from '@millrace/core';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import { measureSnapshot, type OperatorSizes } from './measure-snapshot.ts';
import { type TestState, writeTestSavepoint } from './written-test-savepoint.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-measure-'));
});
after(() => rm(root, { recursive: true }));

async function sizesOf(states: readonly TestState[], largestKeys = 2): Promise<OperatorSizes> {
  const savepoint = { parallelism: 2, maxParallelism: 8, states, items: ['ab', 'abcd'] };
  const snapshot = await openSnapshot(await writeTestSavepoint(root, savepoint));
  const { operators, problems } = await measureSnapshot(snapshot, { largestKeys });
  assert.deepEqual(problems, []);
  assert.equal(operators.length, 1);
  return operators[0] as OperatorSizes;
}

const TOTALS: TestState = {
  name: 'totals',
  kind: 'MAP',
  type: Types.MAP(Types.INT, Types.LONG) as TypeInformation<unknown>,
  entries: new Map([
    ['small', new Map([[1, 1]])],
    ['large', new Map(Array.from({ length: 50 }, (_, i) => [i, i]))],
    ['medium', new Map(Array.from({ length: 9 }, (_, i) => [i, i]))],
  ]),
};
const NOTE: TestState = {
  name: 'note',
  kind: 'VALUE',
  type: Types.STRING as TypeInformation<unknown>,
  entries: new Map([
    ['long', 'x'.repeat(500)],
    ['short', 'x'],
  ]),
};

describe('the sizes of a snapshot', () => {
  it('name the keys that take the most bytes over all their entries, largest first', async () => {
    const { largestKeys, largestKeysAreExact } = await sizesOf([TOTALS, NOTE]);

    // A map's entry: key and its length byte, namespace, user key; null flag, value.
    const entryBytes = 6 + 1 + 4 + 1 + 8;
    assert.deepEqual(
      largestKeys.map(({ state, key, bytes, entries }) => [state, key, bytes, entries]),
      [
        ['totals', 'large', 50 * entryBytes, 50],
        // Length of the text takes two bytes.
        ['note', 'long', 5 + 1 + 2 + 500, 1],
      ],
    );
    assert.ok(largestKeysAreExact);
  });

  it('are the sums over states, key groups and subtasks, each entry once', async () => {
    const { states, keyGroups, subtasks, entries } = await sizesOf([TOTALS, NOTE]);

    const sum = (parts: readonly { readonly bytes: number }[]): number =>
      parts.reduce((total, { bytes }) => total + bytes, 0);
    const keyed = states.filter(({ kind }) => kind === 'keyed');
    assert.deepEqual(states.map((state) => [state.name, state.entries]).sort(), [
      ['items', 2],
      ['note', 2],
      ['totals', 60],
    ]);
    assert.equal(entries, 64);
    assert.equal(sum(keyGroups), sum(keyed));
    assert.equal(sum(subtasks), sum(keyed));
    assert.equal(states.find(({ name }) => name === 'items')?.bytes, 3 + 5);
  });

  it('show how unevenly keys are spread: the largest part over the mean', async () => {
    const { keyGroups, keyGroupSkew, subtaskSkew, subtasks } = await sizesOf([TOTALS, NOTE]);

    const skew = (parts: readonly { readonly bytes: number }[]): number => {
      const bytes = parts.map((part) => part.bytes);
      return Math.max(...bytes) / (bytes.reduce((a, b) => a + b, 0) / bytes.length);
    };
    assert.equal(keyGroups.length, 8);
    assert.equal(keyGroupSkew, skew(keyGroups));
    assert.equal(subtaskSkew, skew(subtasks));
    assert.ok((keyGroupSkew ?? 0) > 1);
  });

  it('name no key when none is asked for', async () => {
    assert.deepEqual((await sizesOf([TOTALS], 0)).largestKeys, []);
  });
});
