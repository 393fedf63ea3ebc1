import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { whyNoNativeAddon } from '@millrace/state-backend-rocksdb';
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
  readonly backend: 'hashmap' | 'rocksdb';
}

/** Checkpoints and savepoints of both backends of Flink, RocksDB's own files at each parallelism. */
const RESTORES: readonly Restore[] = [
  { fixture: 'rocksdb-canonical', parallelism: 1, backend: 'hashmap' },
  { fixture: 'hashmap-canonical', parallelism: 2, backend: 'hashmap' },
  { fixture: 'hashmap-chk', parallelism: 3, backend: 'hashmap' },
  ...['rocksdb-full-chk', 'rocksdb-incremental-chk', 'rocksdb-native'].flatMap((fixture) =>
    [1, 2, 3].flatMap((parallelism): Restore[] => [
      { fixture, parallelism, backend: 'hashmap' },
      { fixture, parallelism, backend: 'rocksdb' },
    ]),
  ),
  { fixture: 'rocksdb-canonical', parallelism: 3, backend: 'rocksdb' },
  { fixture: 'hashmap-canonical', parallelism: 1, backend: 'rocksdb' },
  { fixture: 'hashmap-chk', parallelism: 2, backend: 'rocksdb' },
];
const skipOf = ({ backend }: Restore) => (backend === 'rocksdb' && whyNoNativeAddon()) || false;
const expectedOf = ({ fixture }: Restore): Operators => readExpected(fixture).operators;
const folder = temporaryFolder('restore-flink');
const settingsOf = ({ fixture, backend }: Restore) => ({
  ...checkpointSettings(folder),
  'state.backend.type': backend,
  'execution.checkpointing.incremental': 'true',
  'execution.state-recovery.path': join(FIXTURES, expectedFolder(fixture)),
  'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${FIXTURE_REBASE.to}`,
  // Of the source, which the program does not have.
  'execution.state-recovery.ignore-unclaimed-state': 'true',
});

async function readContent(run: Run, expected: Operators): Promise<void> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, run.checkpoint);
  const content = await snapshotContent(
    metadata,
    createStateHandleOpener({ getFileSystem: (uri) => fileSystems.getFileSystem(uri) }),
  );
  run.content = Object.fromEntries(
    SHARED_UIDS.map((uid) => [uid, content.get(expected[uid]?.operatorId ?? '') ?? {}]),
  ) as Operators;
  const subtasks = metadata.operatorStates.flatMap((each) => [...each.subtaskStates.values()]);
  const kinds = subtasks.flatMap(({ managedKeyedState }) => managedKeyedState?.kind ?? []);
  run.handleKinds = [...new Set(kinds)];
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
  /** Of keyed state in it. */
  handleKinds: readonly string[];
}

async function runOf(restore: Restore): Promise<Run> {
  const { fixture, parallelism } = restore;
  const run: Run = { seen: new Map(), restored: [], checkpoint: '', content: {}, handleKinds: [] };
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
  for (const restore of RESTORES.filter((each) => skipOf(each) === false)) {
    const run = await runOf(restore);
    await readContent(run, expectedOf(restore));
    runs.set(restore, run);
  }
});
after(() => rmSync(folder, { recursive: true }));

for (const restore of RESTORES) {
  const expected = expectedOf(restore);
  const { fixture, parallelism, backend } = restore;
  const title = `the program of ${fixture}, restored into ${backend} at parallelism ${parallelism}`;
  describe(title, { skip: skipOf(restore) }, () => {
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

    it('has its next snapshot written as its backend writes it', () => {
      const own = backend === 'rocksdb' ? 'incremental-remote' : 'key-groups';
      const kind = fixture.endsWith('-canonical') ? 'key-groups-savepoint' : own;

      assert.deepEqual(theRun().handleKinds, [kind]);
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
