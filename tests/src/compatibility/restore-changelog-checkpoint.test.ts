/** Checkpoints of Flink's changelog backend: what is in them, and the program resumed from them. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, Types } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { NUMBER_OF_EVENTS } from '../interop/interop-events.ts';
import { SHARED_UIDS } from '../interop/interop-program.ts';
import {
  checkpointSettings,
  retainedCheckpoint,
  temporaryFolder,
} from '../interop/retained-checkpoint.ts';
import { assertSameOperators, type Operators } from '../interop/same-content.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readExpected } from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

const folder = temporaryFolder('restore-changelog');
after(() => rmSync(folder, { recursive: true }));

const fileSystems = new FileSystems();
const openStateHandle = createStateHandleOpener({
  getFileSystem: (uri) => fileSystems.getFileSystem(uri),
  pathRebase: [FIXTURE_REBASE],
});
const KEYED_UIDS = SHARED_UIDS.filter((uid) => uid !== 'op-state');
/** Their log alone does not say which type their keys have. */
const WITHOUT_TIMERS = ['ttl-op', 'broadcast-op'];
const STRING_KEY = Types.STRING.createSerializer().snapshotConfiguration();

const PURE_LOG = 'hashmap-changelog-chk';
const FIRST_EVENTS = 1_000; // those of its chk-1
const SECOND = expectedFolder(PURE_LOG);
const FIRST = SECOND.replace(/chk-2$/, 'chk-1');

function idsOf(expected: Operators, uids: readonly string[]): string[] {
  return uids.map((uid) => expected[uid]?.operatorId ?? '');
}

/** By uid. */
async function contentOf(
  snapshot: string,
  expected: Operators,
  keyed: readonly string[] = WITHOUT_TIMERS,
): Promise<Operators> {
  const { metadata } = await loadCheckpointMetadata(fileSystems, snapshot);
  const keys = new Map(idsOf(expected, keyed).map((id) => [id, STRING_KEY]));
  const content = await snapshotContent(metadata, openStateHandle, keys);
  return Object.fromEntries(
    SHARED_UIDS.map((uid) => [uid, content.get(expected[uid]?.operatorId ?? '') ?? {}]),
  ) as Operators;
}

/** To resume from a copy, which a job may claim. */
function moved(fixture: string, snapshot: string, target: string): Record<string, string> {
  cpSync(join(FIXTURES, fixture), join(target, fixture), { recursive: true });
  return {
    'execution.state-recovery.path': join(target, snapshot),
    'execution.state-recovery.path-rebase': `${FIXTURE_REBASE.from}=${target}`,
  };
}

/** A log names a state with its first change. */
function withoutEmptyStates(operators: Operators): Operators {
  return Object.fromEntries(
    Object.entries(operators).map(([uid, { keyedStates = {}, ...rest }]) => {
      const changed = Object.entries(keyedStates).filter(([, { count }]) => count > 0);
      return [uid, { ...rest, keyedStates: Object.fromEntries(changed) }];
    }),
  );
}

describe('a checkpoint of the changelog backend of Flink 1.20.5', () => {
  for (const fixture of [
    PURE_LOG,
    'hashmap-changelog-materialized-chk',
    'hashmap-changelog-compressed-chk',
  ]) {
    it(`holds every key, namespace, value and timer: ${fixture}`, async () => {
      const expected = readExpected(fixture).operators;

      const found = await contentOf(join(FIXTURES, expectedFolder(fixture)), expected);

      assertSameOperators(found, expected, KEYED_UIDS);
    });
  }

  it('holds what it held when it was taken, also for files that a later one shares', async () => {
    const { operators } = readExpected(PURE_LOG, 'expected-first.json');
    const expected = withoutEmptyStates(operators);

    const found = await contentOf(join(FIXTURES, FIRST), expected);

    assertSameOperators(found, expected, KEYED_UIDS);
  });

  it('says so where nothing tells which type its keys have', async () => {
    const expected = readExpected(PURE_LOG).operators;

    await assert.rejects(contentOf(join(FIXTURES, SECOND), expected, ['broadcast-op']), {
      code: 'UNSUPPORTED',
      message: /states 'ttl-v', 'ttl-l', 'ttl-m'\) was never materialized.*its option keyTypes/,
    });
  });
});

describe('the program, resumed from a checkpoint of the changelog backend', () => {
  const cases = [
    { fixture: PURE_LOG, parallelism: 3, claimMode: 'NO_CLAIM' },
    { fixture: PURE_LOG, parallelism: 2, claimMode: 'LEGACY' },
    { fixture: 'hashmap-changelog-materialized-chk', parallelism: 1, claimMode: 'NO_CLAIM' },
    { fixture: 'hashmap-changelog-materialized-chk', parallelism: 3, claimMode: 'CLAIM' },
    { fixture: 'hashmap-changelog-compressed-chk', parallelism: 2, claimMode: 'NO_CLAIM' },
  ];
  for (const { fixture, parallelism, claimMode } of cases) {
    it(`has all its state: ${fixture} at parallelism ${parallelism}, ${claimMode}`, async () => {
      const expected = readExpected(fixture).operators;
      const target = join(folder, `${fixture}-${claimMode}`);

      const next = await retainedCheckpoint({
        configuration: {
          ...checkpointSettings(target),
          ...moved(fixture, expectedFolder(fixture), target),
          'execution.state-recovery.claim-mode': claimMode,
          'execution.state-recovery.ignore-unclaimed-state': 'true',
        },
        parallelism,
        events: 0,
      });

      assertSameOperators(await contentOf(next, expected), expected, KEYED_UIDS);
    });
  }

  it('goes on from the event that it stopped at', async () => {
    const expected = readExpected(PURE_LOG).operators;
    const target = join(folder, 'first');

    const next = await retainedCheckpoint({
      configuration: {
        ...checkpointSettings(target),
        ...moved(PURE_LOG, FIRST, target),
        'execution.state-recovery.ignore-unclaimed-state': 'true',
      },
      parallelism: 2,
      from: FIRST_EVENTS,
      events: NUMBER_OF_EVENTS - FIRST_EVENTS,
    });

    assertSameOperators(await contentOf(next, expected), expected, KEYED_UIDS);
  });
});
