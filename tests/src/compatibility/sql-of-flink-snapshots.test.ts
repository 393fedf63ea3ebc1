/** SQL over snapshots of real Flink: each state is a table with as many rows as it has entries. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSnapshot, querySql, readStateEntries } from '@millrace/state-processor';
import { FIXTURE_REBASE, FIXTURES, snapshotFolders } from './flink-fixtures.ts';

/** One of each layout. */
const FIXTURES_QUERIED = [
  'hashmap-chk',
  'hashmap-canonical',
  'rocksdb-canonical',
  'rocksdb-incremental-chk',
];

describe('SQL over a snapshot of real Flink', () => {
  for (const fixture of FIXTURES_QUERIED) {
    it(`has all entries of ${fixture}, of a list its elements`, async () => {
      const folder = snapshotFolders().find((each) => each.startsWith(fixture)) as string;
      const snapshot = await openSnapshot(join(FIXTURES, folder), {
        pathRebase: [FIXTURE_REBASE],
      });
      let states = 0;
      for (const { operatorId: operator, keyedStates, timers } of snapshot.operators) {
        const names = [...keyedStates, ...timers].map(({ name }) => name);
        if (names.length === 0) {
          continue;
        }
        const counts = names.map(
          (name) => `(SELECT count(*) FROM "${operator}"."${name}") AS "${name}"`,
        );

        const { columns, rows } = await querySql(snapshot, `SELECT ${counts.join(', ')}`);

        for (const [index, { name: state }] of columns.entries()) {
          let expected = 0;
          for await (const batch of readStateEntries(snapshot, { operator, state })) {
            for (const entry of batch) {
              const isList = entry.kind === 'keyed' && isListState(keyedStates, state);
              expected += isList ? (entry.value as readonly unknown[]).length : 1;
            }
          }
          assert.equal(rows[0]?.[index], expected, `${operator} ${state}`);
          states++;
        }
      }
      assert.ok(states > 20, `${states} states`);
    });
  }
});

function isListState(
  states: readonly { readonly name: string; readonly kind: string }[],
  state: string,
): boolean {
  return states.some(({ name, kind }) => name === state && kind === 'LIST');
}
