import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import {
  diffSnapshots,
  type KeyedEntry,
  measureSnapshot,
  openSnapshot,
  type ReadStateOptions,
  readStateEntries,
  type Snapshot,
  type SnapshotDifference,
  type StateEntry,
  type TimerEntry,
} from '@millrace/state-processor';
import {
  type ExpectedKeyedState,
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
} from './flink-fixtures.ts';

type Json = Record<string, unknown>;

const READABLE = [
  'hashmap-chk',
  'hashmap-native',
  'hashmap-canonical',
  'hashmap-canonical-compressed',
  'rocksdb-canonical',
  'rocksdb-full-chk',
  'rocksdb-incremental-chk',
  'rocksdb-native',
  'hashmap-changelog-materialized-chk',
];

async function entriesOf(snapshot: Snapshot, options: ReadStateOptions): Promise<StateEntry[]> {
  const entries: StateEntry[] = [];
  for await (const batch of readStateEntries(snapshot, options)) {
    assert.ok(batch.length > 0);
    entries.push(...batch);
  }
  return entries;
}

/** Objects by their fields' names; bytes as the fixtures spell them. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) {
      return part;
    }
    if (typeof part.$bytes === 'string') {
      return Buffer.from(part.$bytes, 'base64').toString('latin1');
    }
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** One line an entry: of a map each of its entries. */
function expectedLines(state: ExpectedKeyedState): string[] {
  return (state.entries as Json[])
    .flatMap(({ key, keyGroup, namespace, value }) =>
      state.kind === 'MAP'
        ? (value as [unknown, unknown][]).map(([userKey, item]) => ({
            key,
            keyGroup,
            namespace,
            userKey,
            value: item,
          }))
        : [{ key, keyGroup, namespace, value }],
    )
    .map(canonical)
    .sort();
}

function lines(entries: readonly StateEntry[]): string[] {
  return (entries as readonly KeyedEntry[])
    .map(({ key, keyGroup, namespace, userKey, value }) => {
      const items =
        Array.isArray(value) && value.every(isTtlItem) ? value.map((item) => item.value) : value;
      return canonical({ key, keyGroup, namespace, userKey, value: items });
    })
    .sort();
}

function isTtlItem(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'lastAccessTimestamp' in item;
}

for (const fixture of READABLE) {
  describe(`the entries of ${fixture} of Flink 1.20.5`, () => {
    const expected = readExpected(fixture);
    const operators = Object.entries(expected.operators);
    let snapshot: Snapshot;
    before(async () => {
      snapshot = await openSnapshot(join(FIXTURES, expectedFolder(fixture)), {
        pathRebase: [FIXTURE_REBASE],
        uids: Object.keys(expected.operators),
      });
    });

    for (const [operator, { keyedStates = {}, operatorStates = {}, timers }] of operators) {
      for (const [state, expectedState] of Object.entries(keyedStates)) {
        it(`are those that Flink says, in ${operator} ${state}`, async () => {
          const entries = await entriesOf(snapshot, { operator, state });

          assert.deepEqual(lines(entries), expectedLines(expectedState));
        });
      }

      for (const [state, { kind, perSubtask }] of Object.entries(operatorStates)) {
        it(`are those that Flink says in every subtask, in ${operator} ${state}`, async () => {
          const entries = await entriesOf(snapshot, { operator, state });

          for (const [subtask, items] of Object.entries(perSubtask)) {
            const own = entries.filter(
              (one) => 'subtask' in one && one.subtask === Number(subtask),
            );
            const found =
              kind === 'BROADCAST'
                ? Object.fromEntries(
                    own.map((one) => ['key' in one ? one.key : '', shownValue(one)]),
                  )
                : own.map(shownValue);
            assert.equal(canonical(found), canonical(items));
          }
        });
      }

      it(`have the timers that Flink says, in ${operator}`, async () => {
        for (const domain of ['event', 'processing'] as const) {
          const found: unknown[] = [];
          for (const { name, timeDomain } of snapshot.operator(operator).timers) {
            if (timeDomain === domain) {
              const entries = await entriesOf(snapshot, { operator, state: name });
              found.push(
                ...(entries as TimerEntry[]).map(({ key, namespace, timestamp }) => ({
                  key,
                  ...(namespace === undefined ? {} : { namespace }),
                  timestamp,
                })),
              );
            }
          }
          assert.deepEqual(
            found.map(canonical).sort(),
            (timers?.[domain] ?? []).map(canonical).sort(),
          );
        }
      });
    }

    it('are counted and measured as they are', async () => {
      const sizes = await measureSnapshot(snapshot, { largestKeys: 3 });

      for (const { label, states, keyGroups, bytes, entries, largestKeys } of sizes.operators) {
        const keyed = expected.operators[label]?.keyedStates ?? {};
        for (const [name, state] of Object.entries(keyed)) {
          const size = states.find((one) => one.name === name);
          assert.equal(size?.entries, expectedLines(state).length, `${label} ${name}`);
        }
        if (keyGroups.length > 0) {
          const inGroups = keyGroups.reduce((sum, group) => sum + group.bytes, 0);
          const inKeyedStates = states.filter(({ kind }) => kind !== 'operator');
          assert.equal(keyGroups.length, expected.maxParallelism);
          assert.equal(
            inGroups,
            inKeyedStates.reduce((sum, state) => sum + state.bytes, 0),
          );
          assert.equal(largestKeys.length, 3);
        }
        assert.ok(bytes >= 0 && entries >= 0);
      }
    });
  });
}

function shownValue(entry: StateEntry): unknown {
  return 'value' in entry ? entry.value : undefined;
}

describe('one key of a snapshot', () => {
  const expected = readExpected('hashmap-canonical');
  let snapshot: Snapshot;
  before(async () => {
    snapshot = await openSnapshot(join(FIXTURES, expectedFolder('hashmap-canonical')), {
      uids: Object.keys(expected.operators),
    });
  });

  for (const [operator, state, key, json] of [
    ['by-string', 'v-long', 'user-7', 'user-7'],
    ['by-long', 'l-long', '-9223372036854775807', '-9223372036854775807'],
    ['by-tuple', 'm-string-long', '["t1", 2]', ['t1', 2]],
    ['by-pojo', 'v-string', '{"id": 0, "name": "n2"}', { id: 0, name: 'n2' }],
    ['win-agg', 'window-contents', 'user-45', 'user-45'],
  ] as const) {
    it(`is found by its text, with all that it has: ${key} in ${operator} ${state}`, async () => {
      const all = await entriesOf(snapshot, { operator, state });

      const found = await entriesOf(snapshot, { operator, state, key });

      const same = (all as KeyedEntry[]).filter(
        (entry) => canonical(entry.key) === canonical(json),
      );
      assert.ok(same.length > 0);
      assert.deepEqual(found, same);
    });
  }

  it('is read from its key group alone when its hash is known', async () => {
    const progress: [number, number][] = [];
    const options = { operator: 'by-string', state: 'v-long', key: 'user-7' };

    await entriesOf(snapshot, { ...options, onProgress: (...at) => progress.push(at) });

    const { sizeBytes } = snapshot.operator('by-string');
    const [readBytes, totalBytes] = progress.at(-1) ?? [0, 0];
    assert.equal(readBytes, totalBytes);
    assert.ok(totalBytes < sizeBytes / 50, `${totalBytes} of ${sizeBytes}`);
  });

  it('may be narrowed to one window', async () => {
    const options = { operator: 'win-agg', state: 'window-contents', key: 'user-45' };
    const namespace = '{"start": 1700000016000, "end": 1700000017000}';

    const found = await entriesOf(snapshot, { ...options, namespace });

    assert.equal(found.length, 1);
    assert.deepEqual((found[0] as KeyedEntry).value, [1540, 2]);
  });

  it('of a broadcast state is found too', async () => {
    const options = { operator: 'broadcast-op', state: 'rules', key: 'rule-3' };

    const found = await entriesOf(snapshot, options);

    assert.deepEqual(found.map(shownValue), [30, 30]);
  });

  it('of another type is refused', async () => {
    const options = { operator: 'by-long', state: 'v-long', key: 'user-7' };

    await assert.rejects(entriesOf(snapshot, options), { code: 'VALUE_NOT_SERIALIZABLE' });
  });
});

describe('a read of entries', () => {
  it('ends at its limit', async () => {
    const snapshot = await openSnapshot(join(FIXTURES, expectedFolder('hashmap-canonical')));
    const [operator] = snapshot.operators.filter(({ keyedStates }) => keyedStates.length > 5);
    const state = 'v-long';

    const found = await entriesOf(snapshot, {
      operator: operator?.operatorId ?? '',
      state,
      limit: 3,
    });

    assert.equal(found.length, 3);
  });

  it('stops when it is told to', async () => {
    const snapshot = await openSnapshot(join(FIXTURES, expectedFolder('hashmap-canonical')));
    const controller = new AbortController();
    const reason = new Error('enough');

    const stopped = measureSnapshot(snapshot, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });

    await assert.rejects(stopped, reason);
  });

  it('names the nearest state when there is none of the name', async () => {
    const snapshot = await openSnapshot(join(FIXTURES, expectedFolder('hashmap-canonical')), {
      uids: ['by-long'],
    });

    const read = entriesOf(snapshot, { operator: 'by-long', state: 'v-lnog' });

    await assert.rejects(read, {
      code: 'STATE_NOT_IN_SNAPSHOT',
      message: /did you mean 'v-long'/,
    });
  });
});

describe('two snapshots that Flink took of one job', () => {
  const open = (fixture: string): Promise<Snapshot> =>
    openSnapshot(join(FIXTURES, expectedFolder(fixture)), { pathRebase: [FIXTURE_REBASE] });

  for (const fixture of READABLE.slice(1)) {
    it(`are equal but for their time: ${READABLE[0]} and ${fixture}`, async () => {
      const [before, after] = [await open(READABLE[0]!), await open(fixture)];

      const differences: SnapshotDifference[] = [];
      const summary = await diffSnapshots(before, after, {
        ignoreTtlTimestamps: true,
        onDifferences: (batch) => void differences.push(...batch),
      });

      assert.deepEqual(differences, []);
      assert.equal(summary.same, 4123);
      assert.ok(summary.isEqual);
    });
  }

  it('differ in when expiring values were last used, where that counts', async () => {
    const [before, after] = [await open('hashmap-canonical'), await open('rocksdb-canonical')];

    const { changed, added, removed, states } = await diffSnapshots(before, after);

    assert.deepEqual([added, removed], [0, 0]);
    assert.equal(changed, 225);
    assert.deepEqual(
      states.filter((state) => state.changed > 0).map(({ state }) => state),
      ['ttl-l', 'ttl-m', 'ttl-v'],
    );
  });
});

describe('an operator whose keyed state nothing here can read', () => {
  const open = (): Promise<Snapshot> =>
    openSnapshot(join(FIXTURES, expectedFolder('hashmap-changelog-chk')), {
      pathRebase: [FIXTURE_REBASE],
    });

  it('is told as a problem; all others are measured', async () => {
    const { problems, operators } = await measureSnapshot(await open());

    assert.ok(problems.length > 0);
    assert.ok(problems.every(({ code, operatorId }) => code === 'UNSUPPORTED' && operatorId));
    assert.ok(operators.filter(({ entries }) => entries > 10).length >= 7);
  });

  it('is not said to be equal; all others are compared', async () => {
    const summary = await diffSnapshots(await open(), await open());

    assert.ok(!summary.isEqual);
    assert.ok(summary.problems.length > 0);
    assert.ok(summary.same > 3000);
    assert.equal(summary.changed + summary.added + summary.removed, 0);
  });
});
