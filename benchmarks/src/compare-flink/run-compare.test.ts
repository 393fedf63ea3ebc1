import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ComparedLine, CompareKind } from './report/compared-line.ts';
import { appendToJson } from './report/json-results.ts';
import { FACTS } from './report/run-facts-fixture.ts';

const PROGRAM = fileURLToPath(new URL('run-compare.js', import.meta.url));

function record(path: string, kind: CompareKind): void {
  const line: ComparedLine = {
    kind,
    work: 'get',
    backend: 'heap',
    unit: 'operations/ms',
    better: 'more',
    ours: { name: 'Millrace', samples: [20] },
    flink: [{ name: 'Flink', samples: [10] }],
  };
  appendToJson(path, [line], FACTS);
}

describe('the comparison and its record', () => {
  let folder: string;
  let page: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'compare-'));
    page = join(folder, 'page.md');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function compare(...args: readonly string[]) {
    return spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, encoding: 'utf8' });
  }

  it('writes with --from the page out of all those files, of the kinds that are asked for, and measures nothing', () => {
    record(join(folder, 'a.json'), 'state');
    record(join(folder, 'b.json'), 'pipelines');
    record(join(folder, 'b.json'), 'memory');

    const from = '--from a.json --from b.json --only state --only pipelines --markdown page.md';
    const { status, stdout } = compare(...from.split(' '));

    assert.equal(status, 0);
    assert.equal(stdout, '');
    const titles = readFileSync(page, 'utf8').match(/^### .*/gm);
    assert.deepEqual(titles, ['### Aims', '### State access', '### Pipelines']);
  });

  it('tells its options with --help, and measures nothing', () => {
    const { status, stdout } = compare('--help');

    assert.equal(status, 0);
    assert.match(stdout, /^npm run bench:compare -- \[OPTIONS\]\n/);
  });

  it('ends with exit code 2 before it measures where its results cannot go', () => {
    writeFileSync(join(folder, 'a.json'), '[{"name":"keyed count"}]');

    const { status, stdout, stderr } = compare('--json', 'a.json', '--markdown', 'page.md');

    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /a\.json: element 0 is no line of bench:compare; name another file/);
  });

  it('ends with exit code 2 before it measures where the folder of a file is not there', () => {
    const { status, stderr } = compare('--json', 'nowhere/a.json');

    assert.equal(status, 2);
    assert.match(stderr, /the folder nowhere is not there/);
  });

  it('ends with exit code 2 where a file of --from is not there, and leaves the page', () => {
    const { status, stderr } = compare('--from', 'a.json', '--markdown', 'page.md');

    assert.equal(status, 2);
    assert.match(stderr, /a\.json is not there; name a file that --json wrote/);
    assert.ok(!existsSync(page));
  });
});
