import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystems, type TypeInformation } from '@millrace/core';
import {
  createStateHandleOpener,
  loadCheckpointMetadata,
  operatorIdFromUid,
} from '@millrace/state';
import { convert, edit, OperatorIdentifier, type SnapshotEdit } from '@millrace/state-processor';
import {
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
} from '../compatibility/flink-fixtures.ts';
import { snapshotContent } from '../compatibility/snapshot-content.ts';
import { BROADCAST_RULES, bootstrappedSavepoint } from './bootstrapped-savepoint.ts';
import { buildFlinkProject, resumeInFlink, whyNoFlink } from './flink.ts';
import { NUMBER_OF_EVENTS } from './interop-events.ts';
import { KEY_POJO } from './interop-types.ts';
import { temporaryFolder } from './retained-checkpoint.ts';
import {
  assertSameOperators,
  type Operators,
  operatorStateItems,
  unordered,
} from './same-content.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;

const UIDS = [
  'by-string',
  'by-long',
  'by-tuple',
  'by-pojo',
  'null-map',
  'ttl-op',
  'win-agg',
  'win-session',
  'win-process',
];
/** Those whose state does not hang on timers that fired: it is that of the job after as many events. */
const LIKE_THE_JOB = ['by-long', 'by-tuple', 'by-pojo', 'ttl-op'];
const folder = temporaryFolder('state-processor');
after(() => rmSync(folder, { recursive: true }));

async function contentOf(path: string): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, path);
  const getFileSystem = (uri: string) => fileSystems.getFileSystem(uri);
  const content = await snapshotContent(metadata, createStateHandleOpener({ getFileSystem }));
  return Object.fromEntries(
    [...UIDS, 'op-state', 'broadcast-op'].map((uid) => [uid, content.get(operatorIdFromUid(uid))]),
  ) as Operators;
}

describe('a savepoint that was written with no job running, in real Flink', { skip }, () => {
  let path = '';
  let written: Operators = {};

  before(async () => {
    await buildFlinkProject();
    const options = { events: NUMBER_OF_EVENTS, parallelism: 3 };
    path = await bootstrappedSavepoint(join(folder, 'bootstrapped'), options);
    written = await contentOf(path);
  });

  for (const stateBackend of ['hashmap', 'rocksdb'] as const) {
    for (const parallelism of [1, 2, 3]) {
      it(`is restored by ${stateBackend} at parallelism ${parallelism} with every key, value, pane and timer`, async () => {
        const found = await resumeInFlink({ checkpoint: path, parallelism, stateBackend });

        assertSameOperators(withoutEmptyStates(found), written, UIDS);
        assertSameOperators(found, readExpected('hashmap-chk').operators, LIKE_THE_JOB);
        assertOperatorState(found, written, parallelism);
      });
    }
  }
});

describe('a snapshot of Flink that was converted and edited, in real Flink', { skip }, () => {
  const edited = (uid: string): boolean => uid === 'by-string' || uid === 'win-agg';
  const uids = UIDS.filter((uid) => uid !== 'null-map');
  const expected = readExpected('rocksdb-incremental-chk').operators;
  let path = '';
  let written: Operators = {};

  before(async () => {
    await buildFlinkProject();
    const source = join(FIXTURES, expectedFolder('rocksdb-incremental-chk'));
    const byPojo = OperatorIdentifier.forUid('by-pojo').operatorId;
    const keyTypes = new Map([[byPojo, KEY_POJO as TypeInformation<unknown>]]);
    // Flink checks that each key is in the key group of its hash.
    const other = await convert(source, join(folder, 'other-key-groups'), {
      pathRebase: [FIXTURE_REBASE],
      maxParallelism: 300,
      keyTypes,
    });
    const converted = await convert(other.path, join(folder, 'converted'), {
      maxParallelism: 128,
      parallelism: 3,
      keyTypes,
    });
    ({ path } = await edit(converted.path, join(folder, 'edited'), EDITS));
    path = path.replace(/^file:/, '');
    written = await contentOf(path);
  });

  it('differs from what Flink wrote where it was edited, and nowhere else', () => {
    assertSameOperators(
      written,
      expected,
      uids.filter((uid) => !edited(uid)),
    );
    for (const uid of uids.filter(edited)) {
      assert.throws(() => assertSameOperators(written, expected, [uid]), uid);
    }
  });

  for (const stateBackend of ['hashmap', 'rocksdb'] as const) {
    for (const parallelism of [1, 2, 3]) {
      it(`is restored by ${stateBackend} at parallelism ${parallelism} with every edit`, async () => {
        const options = { checkpoint: path, parallelism, stateBackend, ignoreUnclaimedState: true };
        const found = await resumeInFlink(options);

        assertSameOperators(withoutEmptyStates(found), written, uids);
        const rules = found['broadcast-op']?.operatorStates?.rules?.perSubtask ?? {};
        for (const ofSubtask of Object.values(rules) as Record<string, number>[]) {
          assert.equal(ofSubtask['rule-edited'], 4711);
        }
      });
    }
  }
});

const BY_STRING = OperatorIdentifier.forUid('by-string');
const WIN_AGG = OperatorIdentifier.forUid('win-agg');

const EDITS: SnapshotEdit[] = [
  { kind: 'set', operator: BY_STRING, state: 'v-long', key: 'user-1', value: 4242 },
  { kind: 'set', operator: BY_STRING, state: 'v-long', key: 'a new key', value: 1 },
  { kind: 'set', operator: BY_STRING, state: 'l-string', key: 'user-2', value: ['a,b', 'c'] },
  {
    kind: 'set',
    operator: BY_STRING,
    state: 'm-string-long',
    key: 'user-3',
    userKey: 'm0',
    value: -5,
  },
  { kind: 'delete', operator: BY_STRING, state: 'm-long-pojo', key: 'user-4' },
  { kind: 'delete', operator: BY_STRING, state: 'v-string', key: 'user-5' },
  {
    kind: 'set',
    operator: BY_STRING,
    state: '_timer_state/event_user-timers',
    key: 'user-6',
    value: 1_800_000_000_000,
  },
  {
    kind: 'set',
    operator: WIN_AGG,
    state: 'window-contents',
    key: 'user-7',
    namespace: { start: 1_700_000_015_000, end: 1_700_000_016_000 },
    value: [1, 1],
  },
  {
    kind: 'set',
    operator: OperatorIdentifier.forUid('broadcast-op'),
    state: 'rules',
    key: 'rule-edited',
    value: 4711,
  },
];

/** A job declares each state, whether it holds something or not. */
function withoutEmptyStates(operators: Operators): Operators {
  return Object.fromEntries(
    Object.entries(operators).map(([uid, operator]) => {
      const states = Object.entries(operator.keyedStates ?? {}).filter(
        ([, { count }]) => count > 0,
      );
      return [uid, { ...operator, keyedStates: Object.fromEntries(states) }];
    }),
  );
}

function assertOperatorState(found: Operators, written: Operators, parallelism: number): void {
  const evens = operatorStateItems(written['op-state'], 'even-list');
  assert.equal(evens.length, 40);
  assert.deepEqual(operatorStateItems(found['op-state'], 'even-list'), evens);
  const sums = found['op-state']?.operatorStates?.['union-list']?.perSubtask ?? {};
  assert.equal(Object.keys(sums).length, parallelism);
  for (const items of Object.values(sums)) {
    const wanted = operatorStateItems(written['op-state'], 'union-list');
    assert.deepEqual(unordered(items as unknown[]), wanted);
  }
  const rules = found['broadcast-op']?.operatorStates?.rules?.perSubtask ?? {};
  assert.equal(Object.keys(rules).length, parallelism);
  for (const ofSubtask of Object.values(rules) as Record<string, number>[]) {
    for (const [name, value] of BROADCAST_RULES) {
      assert.equal(ofSubtask[name], value);
    }
  }
}
