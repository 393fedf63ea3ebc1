import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, mock } from 'node:test';
import { CompositeTypeSerializerSnapshot } from '@millrace/core';
import { openSnapshot, type VerifyReport, verifySnapshot } from '@millrace/state-processor';
import fc from 'fast-check';
import {
  expectedFolder,
  FIXTURE_REBASE,
  FIXTURES,
  readExpected,
  snapshotFolders,
} from './flink-fixtures.ts';

let root = '';
let folder = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-verify-'));
});
beforeEach(async () => {
  folder = join(await mkdtemp(join(root, 'copy-')), 'savepoint');
  await cp(join(FIXTURES, expectedFolder('hashmap-canonical')), folder, { recursive: true });
});
after(() => rm(root, { recursive: true }));

/** The largest state file of the savepoint. */
async function stateFile(): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name !== '_metadata');
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, size: (await readFile(join(folder, name))).length })),
  );
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  return join(folder, largest?.name ?? '');
}

/** Where `text` is in the file, the `nth` time. */
async function placeOf(path: string, text: string, nth = 0): Promise<number> {
  const bytes = await readFile(path);
  let at = bytes.indexOf(text);
  for (let left = nth; left > 0; left--) {
    at = bytes.indexOf(text, at + 1);
  }
  assert.ok(at >= 0, text);
  return at;
}

async function change(path: string, at: number, byte: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = byte;
  await writeFile(path, bytes);
}

function codes({ problems }: VerifyReport): string[] {
  return [...new Set(problems.map(({ code }) => code))];
}

describe('a snapshot that Flink wrote', () => {
  for (const path of snapshotFolders()) {
    it(`is sound to the last byte: ${path}`, async () => {
      const report = await verifySnapshot(join(FIXTURES, path), { pathRebase: [FIXTURE_REBASE] });

      assert.deepEqual(report.problems, []);
      assert.equal(report.isSound, report.unread.length === 0);
      assert.ok(report.files > 0);
    });
  }

  for (const [fixture, checked] of [
    ['hashmap-canonical', ['metadata structure', 'canonical structure']],
    ['hashmap-canonical-compressed', ['metadata structure', 'canonical checksum']],
    ['hashmap-native', ['metadata structure', 'heap structure']],
    ['rocksdb-native', ['metadata structure', 'rocksdb checksum', 'other length']],
    [
      'hashmap-changelog-materialized-chk',
      ['metadata structure', 'heap structure', 'changelog structure'],
    ],
    ['hashmap-changelog-compressed-chk', ['metadata structure', 'changelog checksum']],
  ] as const) {
    it(`is told by what each file of it was checked: ${fixture}`, async () => {
      const path = join(FIXTURES, expectedFolder(fixture));
      const options = { pathRebase: [FIXTURE_REBASE] };

      const report = await verifySnapshot(path, options);

      const told = report.checked.map(({ format, check }) => `${format} ${check}`);
      assert.deepEqual(new Set(told), new Set(checked));
      const { files, metadataSizeBytes } = await openSnapshot(path, options);
      const sizes = new Map(files.map(({ path: file, sizeBytes }) => [file, sizeBytes]));
      const [metadata, ...others] = report.checked;
      assert.equal(metadata?.bytes, metadataSizeBytes);
      assert.deepEqual(new Map(others.map(({ file, bytes }) => [file, bytes])), sizes);
    });
  }

  it('has the serializer of its keys made once a file, not once an entry', async () => {
    const { prototype } = CompositeTypeSerializerSnapshot;
    const restores = mock.method(prototype, 'restoreSerializer').mock;

    const report = await verifySnapshot(folder);

    restores.restore();
    assert.ok(report.entries > 4000);
    // 88 for the states of all files; by-tuple, whose key is such a type, has 280 entries.
    assert.ok(restores.callCount() < 280, `${restores.callCount()}`);
  });

  it('has as many entries as Flink says', async () => {
    const report = await verifySnapshot(folder);
    const { operators } = readExpected('hashmap-canonical');

    const rows = Object.values(operators)
      .flatMap(({ keyedStates = {} }) => Object.values(keyedStates))
      .flatMap(({ kind, entries }) =>
        kind === 'MAP'
          ? (entries as { value: unknown[] }[]).flatMap(({ value }) => value)
          : entries,
      );
    assert.ok(report.entries > rows.length);
  });
});

describe('a damaged snapshot', () => {
  it('names the file that is gone, and still checks the others', async () => {
    const path = await stateFile();
    await rm(path);

    const report = await verifySnapshot(folder);

    assert.deepEqual(
      report.problems.map(({ code, file }) => `${code} ${file}`),
      [`SNAPSHOT_NOT_FOUND file:${path}`],
    );
    assert.ok(report.problems[0]?.message.includes(path));
    assert.ok(report.entries > 1000);
    assert.notEqual(report.problems[0]?.operatorId, undefined);
    assert.ok(report.checked.every(({ file }) => file !== `file:${path}`));
  });

  it('names the file that was cut, with both lengths', async () => {
    const path = await stateFile();
    const { length } = await readFile(path);
    await truncate(path, length - 5);

    const report = await verifySnapshot(folder);

    const [problem, ...others] = report.problems;
    assert.deepEqual([problem?.code, others], ['SNAPSHOT_CORRUPT', []]);
    assert.match(problem?.message ?? '', new RegExp(`${length - 5} bytes instead of`));
  });

  it('names key, byte, operator and state of a key that is in the wrong key group', async () => {
    const path = await stateFile();
    const at = await placeOf(path, 'user-45');
    await change(path, at + 6, '9'.charCodeAt(0));

    const report = await verifySnapshot(folder);

    const [problem] = report.problems;
    assert.match(
      problem?.message ?? '',
      /a key in key group \d+ does not belong there: it is of key group \d+, not \d+/,
    );
    assert.ok(problem?.state);
    assert.ok(Math.abs((problem?.offset ?? 0) - at) <= 8, `${problem?.offset} for ${at}`);
  });

  it('has all its problems told, not the first alone', async () => {
    const path = await stateFile();
    const first = await placeOf(path, 'user-45');
    const far = await placeOf(path, 'user-0', 2);
    // A length that leads out of the key group, in two of them.
    for (const at of [first, far]) {
      await change(path, at - 6, 0x7f);
    }

    const report = await verifySnapshot(folder);

    const offsets = new Set(report.problems.map(({ offset }) => offset));
    assert.ok(report.problems.length >= 2, JSON.stringify(report.problems));
    assert.ok(offsets.size >= 2);
    assert.ok(report.entries > 1000);
  });

  it('whose metadata cannot be read is told as such, and nothing is thrown', async () => {
    await writeFile(
      join(folder, '_metadata'),
      Buffer.concat([await readFile(join(folder, '_metadata')), Buffer.from([0])]),
    );

    const report = await verifySnapshot(folder);

    assert.deepEqual(codes(report), ['SNAPSHOT_CORRUPT']);
    assert.equal(report.operators, 0);
  });

  it('that is not there is told as such', async () => {
    assert.deepEqual(codes(await verifySnapshot(join(folder, 'nothing'))), ['SNAPSHOT_NOT_FOUND']);
  });

  it('never makes it throw, whichever byte is another', async () => {
    const names = await readdir(folder);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.nat(255),
        async (name, part, byte) => {
          const path = join(folder, name);
          const bytes = await readFile(path);
          await change(path, Math.floor(part * bytes.length), byte);

          const report = await verifySnapshot(folder);

          const { isSound, problems, unread } = report;
          assert.equal(isSound, problems.length + unread.length === 0);
          await writeFile(path, bytes);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('records in flight', () => {
  let files: string[] = [];
  beforeEach(async () => {
    folder = join(await mkdtemp(join(root, 'copy-')), 'chk');
    await cp(join(FIXTURES, expectedFolder('hashmap-unaligned-chk')), folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => name !== '_metadata');
    const versions = await Promise.all(
      names.map(async (name) => (await readFile(join(folder, name))).readInt32BE(0)),
    );
    files = names.filter((_, index) => versions[index] === 0).map((name) => join(folder, name));
  });

  it('are found not to lie where they should, with the byte of the chunk and its file', async () => {
    for (const path of files) {
      await change(path, 4, 0x7f); // The length of the first chunk.
    }

    const { problems } = await verifySnapshot(folder);

    assert.ok(files.length > 0);
    for (const path of files) {
      const problem = problems.find(({ file }) => file === `file:${path}`);
      assert.equal(problem?.code, 'SNAPSHOT_CORRUPT');
      assert.equal(problem?.offset, 4);
      assert.match(problem?.message ?? '', /the length of a chunk of channel \d+ of partition \d+/);
    }
  });

  it('are refused in a version that is not known', async () => {
    for (const path of files) {
      await change(path, 3, 1);
    }

    const { problems } = await verifySnapshot(folder);

    assert.ok(problems.some(({ message }) => message.includes('it is 1; only 0 is known')));
  });
});

describe('a check', () => {
  it('tells what it could not check', async () => {
    const report = await verifySnapshot(await openSnapshot(folder));

    assert.match(report.unchecked[0]?.message ?? '', /KeyPojo/);
  });
});
