import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import {
  type ExpectedOperator,
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
} from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

const fileSystems = new FileSystems();
const openStateHandle = createStateHandleOpener({
  getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  pathRebase: [FIXTURE_REBASE],
});

/** Entries have no order; neither has a map, nor a set of fields. */
function unordered(values: readonly unknown[]): string[] {
  return values.map(canonical).sort();
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The same in both: pairs of maps sorted, since Java's maps and ours differ in their order. */
function withSortedMaps(entries: readonly unknown[], kind: string): unknown[] {
  return kind !== 'MAP'
    ? [...entries]
    : entries.map((entry) => {
        const { value, ...rest } = entry as { value: unknown[] };
        return {
          ...rest,
          value: [...value].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)),
        };
      });
}

for (const fixture of [
  'hashmap-chk',
  'hashmap-native',
  'hashmap-canonical',
  'hashmap-canonical-compressed',
  'rocksdb-canonical',
  'rocksdb-full-chk',
  'rocksdb-incremental-chk',
  'rocksdb-native',
  'rocksdb-heaptimers-incremental-chk',
]) {
  describe(`the snapshot ${fixture} of Flink 1.20.5`, () => {
    const expected = readExpected(fixture);
    let content: Map<string, ExpectedOperator>;

    before(async () => {
      const pointer = join(FIXTURES, expectedFolder(fixture));
      const { metadata } = await loadCheckpointMetadata(fileSystems, pointer);
      content = await snapshotContent(metadata, openStateHandle);
    });

    it('holds state of the expected operators and of no other', () => {
      const withState = [...content.values()].filter(
        (operator) => Object.keys(operator).length > 1,
      );

      assert.deepEqual(
        withState.map((operator) => operator.operatorId).sort(),
        Object.values(expected.operators)
          .map((operator) => operator.operatorId)
          .sort(),
      );
    });

    for (const [uid, operator] of Object.entries(expected.operators)) {
      for (const [name, state] of Object.entries(operator.keyedStates ?? {})) {
        it(`has every key, key group, namespace and value of ${name} in ${uid}`, () => {
          const found = content.get(operator.operatorId)?.keyedStates?.[name];

          assert.equal(found?.kind, state.kind);
          assert.equal(found?.ttl, state.ttl);
          assert.equal(found?.count, state.count);
          assert.deepEqual(
            unordered(withSortedMaps(found?.entries ?? [], state.kind)),
            unordered(withSortedMaps(state.entries, state.kind)),
          );
        });
      }
      it(`has no other keyed state in ${uid}`, () => {
        assert.deepEqual(
          Object.keys(content.get(operator.operatorId)?.keyedStates ?? {}).sort(),
          Object.keys(operator.keyedStates ?? {}).sort(),
        );
      });
      if (operator.timers !== undefined) {
        const { timers } = operator;
        it(`has every timer of ${uid}`, () => {
          const found = content.get(operator.operatorId)?.timers;

          assert.deepEqual(unordered(found?.event ?? []), unordered(timers.event));
          assert.deepEqual(unordered(found?.processing ?? []), unordered(timers.processing));
        });
      }
      it(`has every item of the operator state of ${uid}, subtask by subtask`, () => {
        assert.deepEqual(
          content.get(operator.operatorId)?.operatorStates ?? {},
          operator.operatorStates ?? {},
        );
      });
    }
  });
}
