import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { snapshotFiles } from '@millrace/state';
import { openSnapshot, type Snapshot } from '@millrace/state-processor';
import {
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
  snapshotFolders,
} from './flink-fixtures.ts';

/** Their log does not say which type the keys of operators without timers have. */
const LOGS = ['hashmap-changelog-chk', 'hashmap-changelog-compressed-chk'];

function open(folder: string, uids: readonly string[] = []): Promise<Snapshot> {
  return openSnapshot(join(FIXTURES, folder), { pathRebase: [FIXTURE_REBASE], uids });
}

const FIXTURES_READ = [
  'hashmap-chk',
  'hashmap-native',
  'hashmap-canonical',
  'hashmap-canonical-compressed',
  'hashmap-unaligned-chk',
  'rocksdb-canonical',
  'rocksdb-full-chk',
  'rocksdb-incremental-chk',
  'rocksdb-native',
];

for (const fixture of FIXTURES_READ) {
  describe(`the snapshot ${fixture}, opened`, () => {
    const expected = readExpected(fixture);
    let snapshot: Snapshot;
    before(async () => {
      snapshot = await open(expectedFolder(fixture), Object.keys(expected.operators));
    });

    it('knows its operators by their uids, with their kinds of state and time to live', () => {
      for (const [uid, { operatorId, keyedStates = {} }] of Object.entries(expected.operators)) {
        const operator = snapshot.operator(uid);

        assert.equal(operator.operatorId, operatorId);
        assert.equal(operator.uidFrom, 'given');
        assert.equal(operator.maxParallelism, expected.maxParallelism);
        assert.deepEqual(
          operator.keyedStates.map(({ name, kind, hasTtl }) => [name, kind, hasTtl]),
          Object.entries(keyedStates)
            .map(([name, { kind, ttl }]) => [name, kind, ttl])
            .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
          uid,
        );
      }
    });

    it('names operator states with their modes, and counts their items', () => {
      for (const [uid, { operatorStates = {} }] of Object.entries(expected.operators)) {
        const states = snapshot.operator(uid).operatorStates;
        for (const [name, { kind, perSubtask }] of Object.entries(operatorStates)) {
          const state = states.find((one) => one.name === name);
          const copies = Object.values(perSubtask);
          const items = kind === 'BROADCAST' ? copies.length : copies.flat().length;
          assert.equal(state?.items, items, `${uid} ${name}`);
        }
      }
    });

    it('has no problem, and as many bytes as its operators say', () => {
      assert.deepEqual(
        snapshot.operators.flatMap(({ problems }) => problems),
        [],
      );
      assert.ok(snapshot.sizeBytes > snapshot.metadataSizeBytes || snapshot.files.length === 0);
    });
  });
}

describe('the operators of a snapshot', () => {
  it('spell their types as Flink does', async () => {
    const snapshot = await open(expectedFolder('hashmap-canonical'), ['by-string', 'by-tuple']);
    const types = new Map(
      snapshot.operator('by-string').keyedStates.map(({ name, valueType }) => [name, valueType]),
    );

    assert.equal(snapshot.operator('by-tuple').keyType, 'Tuple2<String, Int>');
    assert.equal(types.get('m-long-pojo'), 'Map<Long, Pojo lab.Types0$Pojo>');
    assert.equal(types.get('l-string'), 'List<String>');
    assert.deepEqual(
      snapshot
        .operator('by-tuple')
        .timers.map(({ service, timeDomain, elementType }) => [service, timeDomain, elementType]),
      ['event', 'processing'].map((domain) => [
        'user-timers',
        domain,
        'Timer<Tuple2<String, Int>, VoidNamespace>',
      ]),
    );
  });

  it('are found by uid, id and the beginning of an id; else the nearest is named', async () => {
    const snapshot = await open(expectedFolder('hashmap-chk'), ['by-string']);
    const { operatorId } = snapshot.operator('by-string');

    assert.equal(snapshot.operator(operatorId).uid, 'by-string');
    assert.equal(snapshot.operator(operatorId.slice(0, 6)).uid, 'by-string');
    assert.throws(() => snapshot.operator('by-strnig'), {
      name: 'CheckpointError',
      code: 'OPERATOR_NOT_IN_SNAPSHOT',
      message: /did you mean 'by-string'/,
    });
  });
});

describe('the files of a snapshot', () => {
  it('have the scopes that the job deletes them by', async () => {
    let shared = 0;
    for (const folder of snapshotFolders()) {
      const { files, metadata } = await open(folder);

      assert.deepEqual(
        files.map(({ path, scope }) => [path, scope]),
        [...snapshotFiles(metadata)].sort(([a], [b]) => (a < b ? -1 : 1)),
        folder,
      );
      shared += files.filter(({ scope }) => scope === 'shared').length;
    }
    assert.ok(shared > 0);
  });

  it('are shared where they are the base of a changelog, which stands in later checkpoints too', async () => {
    const { files } = await open(expectedFolder('hashmap-changelog-materialized-chk'));

    const bases = files.filter(({ path }) => path.includes('/taskowned/'));

    assert.ok(bases.length > 0);
    assert.deepEqual(new Set(bases.map(({ scope }) => scope)), new Set(['shared']));
  });

  it('lie where the longest prefix says, when the snapshot was moved, however a prefix is spelled', async () => {
    const folder = expectedFolder('rocksdb-incremental-chk');

    const { files, metadata } = await openSnapshot(join(FIXTURES, folder), {
      pathRebase: [
        { from: `file:${dirname(FIXTURE_REBASE.from)}`, to: '/somewhere/else' },
        FIXTURE_REBASE,
      ],
    });

    assert.ok(files.length > 0);
    for (const { path } of files) {
      assert.ok(path.startsWith(`file:${FIXTURES}`), path);
    }
    assert.deepEqual(
      files.map(({ path }) => path),
      [...snapshotFiles(metadata).keys()].sort(),
    );
  });
});

describe('a folder of checkpoints', () => {
  it('is opened at its newest one', async () => {
    const folder = dirname(expectedFolder('rocksdb-incremental-chk'));

    const snapshot = await open(folder);

    assert.equal(snapshot.checkpointId, 2);
    assert.equal(snapshot.resolvedFrom, join(FIXTURES, folder));
  });
});

describe('a serializer that nobody knows', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'millrace-open-'));
  });
  after(() => rm(root, { recursive: true }));

  it('is named as a problem of its operator; all others are described', async () => {
    const folder = join(root, 'savepoint');
    await cp(join(FIXTURES, expectedFolder('hashmap-canonical')), folder, { recursive: true });
    // The inline state of the operator: the snapshot class of its only list gets another name.
    const path = join(folder, '_metadata');
    const text = await readFile(path, 'latin1');
    await writeFile(
      path,
      text
        .replaceAll('Tuple2SerializerSnapshot', 'Tuple2SerializerSnapshoT')
        .replaceAll(
          'typeutils.runtime.TupleSerializerSnapshot',
          'typeutils.runtime.TupleSerializerSnapshoT',
        ),
      'latin1',
    );

    const snapshot = await openSnapshot(folder, { uids: ['op-state', 'by-long'] });
    const operator = snapshot.operator('op-state');

    assert.deepEqual(
      operator.operatorStates.map(({ name, items, elementType }) => [name, items, elementType]),
      [
        ['even-list', 40, undefined],
        ['union-list', 2, undefined],
      ],
    );
    assert.match(operator.problems[0]?.message ?? '', /TupleSerializerSnapshoT/);
    assert.equal(operator.problems[0]?.code, 'SERIALIZER_SNAPSHOT_UNKNOWN');
    assert.equal(snapshot.operator('by-long').problems.length, 0);
  });
});

describe('every snapshot of the fixtures', () => {
  it('is opened, whatever nothing here reads', async () => {
    for (const folder of snapshotFolders()) {
      const snapshot = await open(folder);
      const isLog = LOGS.some((fixture) => folder.startsWith(fixture));

      const operators = folder.startsWith('rocksdb-heaptimers') ? 2 : 11; // It was cut.
      assert.ok(snapshot.operators.length >= operators, folder);
      assert.ok(isLog || snapshot.operators.every((one) => one.problems.length === 0), folder);
    }
  });
});
