import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { type InteropOptions, SHARED_UIDS } from '../interop/interop-program.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  savepoint,
  temporaryFolder,
} from '../interop/retained-checkpoint.ts';
import { assertSameOperators, type Operators, unordered } from '../interop/same-content.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readExpected } from './flink-fixtures.ts';
import { snapshotContent, toJson } from './snapshot-content.ts';

interface Restore {
  readonly fixture: string;
  readonly parallelism: number;
}

/** Checkpoints and savepoints of both backends of Flink, RocksDB's own files at each parallelism. */
const RESTORES: readonly Restore[] = [
  { fixture: 'rocksdb-canonical', parallelism: 1 },
  { fixture: 'hashmap-canonical', parallelism: 2 },
  { fixture: 'hashmap-chk', parallelism: 3 },
  ...['rocksdb-full-chk', 'rocksdb-incremental-chk', 'rocksdb-native'].flatMap((fixture) =>
    [1, 2, 3].map((parallelism) => ({ fixture, parallelism })),
  ),
];
const expectedOf = ({ fixture }: Restore): Operators => readExpected(fixture).operators;
const folder = temporaryFolder('restore-flink');
const settingsOf = ({ fixture }: Restore) => ({
  ...checkpointSettings(folder),
  'execution.state-recovery.path': join(FIXTURES, expectedFolder(fixture)),
  'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`,
  // Of the source, which the program does not have.
  'execution.state-recovery.ignore-unclaimed-state': 'true',
});

async function contentByUid(checkpoint: string, expected: Operators): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, checkpoint);
  const content = await snapshotContent(
    metadata,
    createStateHandleOpener({ getFileSystem: (uri) => fileSystems.getFileSystem(uri) }),
  );
  return Object.fromEntries(
    SHARED_UIDS.map((uid) => [uid, content.get(expected[uid]?.operatorId ?? '') ?? {}]),
  ) as Operators;
}

/** As `expected.json` would say it; `undefined` where the key has no such state. */
function plain(value: unknown): unknown {
  const json = value === undefined ? undefined : toJson(value);
  return Array.isArray(json) && json.length === 0 ? undefined : json;
}

interface Run {
  /** By uid and key. */
  readonly seen: Map<string, Map<string, Readonly<Record<string, unknown>>>>;
  readonly restored: { name: string; subtask: number; items: readonly unknown[] }[];
  checkpoint: string;
  content: Operators;
}

async function runOf(restore: Restore): Promise<Run> {
  const { fixture, parallelism } = restore;
  const run: Run = { seen: new Map(), restored: [], checkpoint: '', content: {} };
  await retainedCheckpoint({
    configuration: settingsOf(restore),
    parallelism,
    events: NUMBER_OF_EVENTS,
    onRead: (uid, key, state) => {
      const ofUid = run.seen.get(uid) ?? new Map();
      run.seen.set(uid, ofUid.set(JSON.stringify(toJson(key)), state));
    },
  });
  const nothingMore: InteropOptions = {
    configuration: settingsOf(restore),
    parallelism,
    events: 0,
    onRestore: (subtask, name, items) => run.restored.push({ subtask, name, items }),
  };
  run.checkpoint = fixture.endsWith('-canonical')
    ? await savepoint(nothingMore, folder)
    : await retainedCheckpoint(nothingMore);
  return run;
}

const runs = new Map<Restore, Run>();

before(async () => {
  for (const restore of RESTORES) {
    const run = await runOf(restore);
    run.content = await contentByUid(run.checkpoint, expectedOf(restore));
    runs.set(restore, run);
  }
});
after(() => rmSync(folder, { recursive: true }));

for (const restore of RESTORES) {
  const expected = expectedOf(restore);
  const { fixture, parallelism } = restore;
  describe(`the program of ${fixture}, restored at parallelism ${parallelism}`, () => {
    const theRun = (): Run => runs.get(restore)!;

    for (const uid of ['by-string', 'by-long', 'by-tuple', 'by-pojo', 'ttl-op', 'broadcast-op']) {
      it(`sees every value of every key in ${uid}`, () => {
        const { seen } = theRun();
        const keys = new Set<string>();
        for (const [name, state] of Object.entries(expected[uid]?.keyedStates ?? {})) {
          const byKey = new Map(
            (state.entries as { key: unknown; value: unknown }[]).map(({ key, value }) => [
              JSON.stringify(key),
              value,
            ]),
          );
          for (const [key, values] of seen.get(uid) ?? []) {
            keys.add(key);
            assert.deepEqual(
              sortedMap(plain(values[name]), state.kind),
              sortedMap(resultOf(state.kind, byKey.get(key)), state.kind),
              `${name} of ${key}`,
            );
          }
          for (const key of byKey.keys()) {
            assert.ok(seen.get(uid)?.has(key), `${name} of ${key} was not seen`);
          }
        }
        assert.ok(keys.size >= 33);
      });
    }

    it('gives the items of the split list to one subtask each, those of the union list to all', () => {
      const { restored } = theRun();
      const itemsOf = (name: string): unknown[] =>
        restored.filter((state) => state.name === name).flatMap(({ items }) => items);
      const states = expected['op-state']?.operatorStates;
      const all = (name: string): unknown[] =>
        Object.values(states?.[name]?.perSubtask ?? {}).flat();

      assert.deepEqual(unordered(itemsOf('even-list')), unordered(all('even-list')));
      assert.deepEqual(
        unordered(itemsOf('union-list')),
        unordered(Array.from({ length: parallelism }, () => all('union-list')).flat()),
      );
    });

    it('has every key, namespace, value and timer in its next snapshot of the same kind', () => {
      const keyed = SHARED_UIDS.filter((uid) => uid !== 'op-state');

      assertSameOperators(theRun().content, expected, keyed);
    });

    it('has the broadcast state in every subtask of its next snapshot', () => {
      const rulesOf = (operators: Operators) =>
        operators['broadcast-op']?.operatorStates?.rules?.perSubtask ?? {};
      const found = Object.values(rulesOf(theRun().content));

      assert.equal(found.length, parallelism);
      for (const rules of found) {
        assert.deepEqual(rules, rulesOf(expected)['0']);
      }
    });
  });
}

/** An aggregating state gives its result: here the mean of the accumulator in `expected.json`. */
function resultOf(kind: string, value: unknown): unknown {
  if (kind !== 'AGGREGATING' || value === undefined) {
    return value;
  }
  const [sum, count] = value as [number, number];
  return sum / count;
}

function sortedMap(value: unknown, kind: string): unknown {
  return kind === 'MAP' && value !== undefined ? unordered(value as unknown[]) : value;
}
