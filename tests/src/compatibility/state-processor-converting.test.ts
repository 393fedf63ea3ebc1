import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { errorCode, FileSystems, Types } from '@millrace/core';
import { createStateHandleOpener, loadCheckpointMetadata } from '@millrace/state';
import { type ConvertOptions, convert, OperatorIdentifier } from '@millrace/state-processor';
import { MemoryFileSystem } from '@millrace/testing';
import fc from 'fast-check';
import { KEY_POJO } from '../interop/interop-types.ts';
import { assertSameOperators, type Operators, unordered } from '../interop/same-content.ts';
import {
  type ExpectedOperator,
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
} from './flink-fixtures.ts';
import { snapshotContent } from './snapshot-content.ts';

/** Every snapshot of Flink without records in flight. */
const CONVERTIBLE = [
  'hashmap-canonical',
  'hashmap-native',
  'hashmap-chk',
  'rocksdb-canonical',
  'rocksdb-full-chk',
  'rocksdb-incremental-chk',
  'rocksdb-native',
  'hashmap-canonical-compressed',
  'hashmap-changelog-chk',
];
const BY_POJO = OperatorIdentifier.forUid('by-pojo').operatorId;
const keyTypes = new Map<string, unknown>([
  [BY_POJO, KEY_POJO],
  // A changelog without a materialized part and timers does not say the type of its keys.
  ...['ttl-op', 'broadcast-op'].map(
    (uid) => [OperatorIdentifier.forUid(uid).operatorId, Types.STRING] as const,
  ),
]) as NonNullable<ConvertOptions['keyTypes']>;

const folder = mkdtempSync(join(tmpdir(), 'millrace-convert-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

function from(fixture: string, options: ConvertOptions = {}) {
  const source = join(FIXTURES, expectedFolder(fixture));
  const target = join(folder, String(count++));
  return convert(source, target, { pathRebase: [FIXTURE_REBASE], ...options });
}

async function contentOf(path: string, expected: Operators): Promise<Operators> {
  const fileSystems = new FileSystems();
  const { metadata } = await loadCheckpointMetadata(fileSystems, path);
  const getFileSystem = (uri: string) => fileSystems.getFileSystem(uri);
  const content = await snapshotContent(metadata, createStateHandleOpener({ getFileSystem }));
  return Object.fromEntries(
    Object.entries(expected).map(([uid, { operatorId }]) => [uid, content.get(operatorId) ?? {}]),
  ) as Operators;
}

/** Key groups are those of the new max parallelism: the content checks them against the hashes. */
function withoutKeyGroups(operators: Operators): Operators {
  const plain = (operator: ExpectedOperator): ExpectedOperator => ({
    ...operator,
    keyedStates: Object.fromEntries(
      Object.entries(operator.keyedStates ?? {}).map(([name, state]) => [
        name,
        {
          ...state,
          entries: state.entries.map((entry) => ({ ...(entry as object), keyGroup: undefined })),
        },
      ]),
    ),
  });
  return Object.fromEntries(Object.entries(operators).map(([uid, each]) => [uid, plain(each)]));
}

function items(operator: ExpectedOperator | undefined, name: string): string[] {
  const perSubtask = operator?.operatorStates?.[name]?.perSubtask ?? {};
  return unordered(Object.values(perSubtask).flat());
}

async function assertConverted(path: string, fixture: string): Promise<void> {
  const expected = readExpected(fixture).operators;
  const found = await contentOf(path, expected);
  const uids = Object.keys(expected).filter((uid) => expected[uid]?.keyedStates !== undefined);

  assert.ok(uids.length > 5);
  assertSameOperators(withoutKeyGroups(found), withoutKeyGroups(expected), uids);
  for (const name of ['even-list', 'union-list']) {
    assert.deepEqual(items(found['op-state'], name), items(expected['op-state'], name), name);
  }
  const rules = (of: Operators) => of['broadcast-op']?.operatorStates?.rules?.perSubtask['0'];
  assert.deepEqual(rules(found), rules(expected));
}

describe('converting snapshots of Flink', () => {
  for (const fixture of CONVERTIBLE) {
    it(`gives a canonical savepoint with every entry and timer of ${fixture}`, async () => {
      const { path, operators } = await from(fixture, { keyTypes });

      await assertConverted(path, fixture);
      const kinds = operators.flatMap(({ subtaskStates }) =>
        [...subtaskStates.values()].flatMap(
          ({ managedKeyedState }) => managedKeyedState?.kind ?? [],
        ),
      );
      assert.deepEqual([...new Set(kinds)], ['key-groups-savepoint']);
    });
  }

  it('gives every key the key group of another max parallelism, and back again', async () => {
    let { path } = await from('hashmap-chk', { maxParallelism: 256, keyTypes });
    await assertConverted(path, 'hashmap-chk');
    for (const maxParallelism of [300, 128]) {
      const target = join(folder, String(count++));
      ({ path } = await convert(path, target, { maxParallelism, keyTypes, parallelism: 3 }));
      await assertConverted(path, 'hashmap-chk');
    }

    const expected = readExpected('hashmap-chk').operators;
    assertSameOperators(await contentOf(path, expected), expected, ['by-string', 'by-pojo']);
  });

  it('refuses records in flight, and leaves nothing', async () => {
    const target = join(folder, 'in-flight');
    const source = join(FIXTURES, expectedFolder('hashmap-unaligned-chk'));

    await assert.rejects(convert(source, target, { pathRebase: [FIXTURE_REBASE] }), {
      code: 'UNSUPPORTED',
      message: /in flight/,
    });
    await assert.rejects(loadCheckpointMetadata(new FileSystems(), target), {
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });

  it('says which keys have no hash, and leaves nothing', async () => {
    const target = join(folder, 'refused');
    const source = join(FIXTURES, expectedFolder('hashmap-canonical'));

    await assert.rejects(convert(source, target, { maxParallelism: 256 }), {
      code: 'KEY_TYPE_UNSUPPORTED',
      message: /28a5be47cc8efa8cf9a926f0356f7672.*KeyPojo/,
    });

    await assert.rejects(loadCheckpointMetadata(new FileSystems(), target), {
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });

  it('of which a byte is wrong gives an error with a code and leaves nothing, or a savepoint', async () => {
    const source = join(FIXTURES, expectedFolder('hashmap-canonical'));
    const names = readdirSync(source);
    const flip = fc.record({
      name: fc.constantFrom(...names),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bit: fc.integer({ min: 0, max: 7 }),
      isCut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(flip, async ({ name, place, bit, isCut }) => {
        const files = new MemoryFileSystem();
        for (const each of names) {
          const bytes = readFileSync(join(source, each));
          const at = Math.floor(place * bytes.length);
          if (each === name) {
            bytes[at]! ^= 1 << bit;
          }
          const writer = await files.create(`memory:/source/${each}`, { overwrite: false });
          await writer.write(isCut && each === name ? bytes.subarray(0, at) : bytes);
          await writer.close();
        }
        const options = { fileSystems: new FileSystems([files]), maxParallelism: 64, keyTypes };

        const failure = await convert('memory:/source', 'memory:/target', options).then(
          () => undefined,
          (error: unknown) => error,
        );

        if (failure !== undefined) {
          assert.ok(errorCode(failure), String((failure as Error).stack));
          assert.deepEqual(
            files.paths.filter((path) => path.startsWith('memory:/target')),
            [],
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});
