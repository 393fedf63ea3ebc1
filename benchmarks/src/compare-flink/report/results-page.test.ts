import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { withPart, writeToPage } from './results-page.ts';
import { FACTS } from './run-facts-fixture.ts';

const LINE: ComparedLine = {
  kind: 'scaling',
  work: 'keyed count',
  backend: 'heap',
  unit: 'CPU ns/record',
  better: 'less',
  ours: { name: 'Millrace', samples: [200] },
  flink: [],
  plotted: { plot: 'scaling-keys', at: 10_000 },
};

describe('the page of results', () => {
  let folder: string;
  let page: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'page-'));
    page = join(folder, 'speed.md');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has the part of a kind at its end when there was none', () => {
    const text = withPart('# Speed\n', 'state', 'first');

    assert.match(
      text,
      /^# Speed\n\n<!-- bench:compare state[^\n]*-->\n\nfirst\n\n<!-- end of state -->\n$/,
    );
  });

  it('shows each plot, which is a file in the folder of its name', () => {
    writeToPage(page, 'scaling', [{ line: LINE, facts: FACTS }]);

    const [, link = ''] = /!\[[^\]]+\]\(([^)]+)\)/.exec(readFileSync(page, 'utf8')) ?? [];
    assert.equal(link, 'speed/scaling-keys.svg');
    assert.ok(existsSync(join(folder, link)));
    assert.deepEqual(readdirSync(join(folder, 'speed')), ['scaling-keys.svg']);
  });

  it('tells of each line the run that it is of, and of each run what it was, and whether it judges', () => {
    const later = { began: '2026-11-23T09:00:00.000Z', date: '2026-11-23T09:01:00.000Z' };
    const { command: _, ...unknown } = FACTS;
    const busy = { ...unknown, ...later, load: { before: 3.2, after: 2 } };

    const written = writeToPage(page, 'memory', [
      { line: { ...LINE, kind: 'memory', aim: { atMost: 300 } }, facts: FACTS },
      { line: { ...LINE, kind: 'memory', work: 'start', aim: { atMost: 100 } }, facts: busy },
    ]);

    assert.equal(written, 2);
    assert.match(
      readFileSync(page, 'utf8'),
      new RegExp(
        [
          '### Memory and start-up',
          '',
          '\\| work .*\\| of the limit \\| run \\|',
          '(\\| --- ){10}\\|',
          '\\| keyed count .*\\| ≤ 300 CPU ns/record \\| yes \\| - \\| 1 \\|',
          '\\| start .*\\| ≤ 100 CPU ns/record \\| not judged \\| - \\| 2 \\|',
          '',
          '1\\. 2026-11-22 08:00 UTC, 2 cores \\(a processor\\), 24 GiB; load 0\\.0 before, 1\\.0 after; `npm run bench:compare`; Flink 1\\.20\\.5',
          '2\\. 2026-11-23 09:00 UTC, .*; load 3\\.2 before, 2\\.0 after; its command was not recorded; Flink 1\\.20\\.5',
          '   The load after it was above 3: .*',
          '   Whether aims are met is not judged: the load was 3\\.2 .*',
        ].join('\n'),
      ),
    );
  });

  it('counts in front which aims are met, by kind and backend, of what it holds', () => {
    const judged: ComparedLine = { ...LINE, kind: 'memory', aim: { atMost: 300 } };
    const busy = { ...FACTS, began: '2026-11-23T09:00:00.000Z', load: { before: 3.2, after: 2 } };

    writeToPage(page, 'memory', [
      { line: judged, facts: FACTS },
      { line: { ...judged, work: 'start', aim: { atMost: 100 } }, facts: FACTS },
      { line: { ...judged, work: 'rest' }, facts: busy },
      { line: { ...LINE, kind: 'memory', work: 'no aim' }, facts: FACTS },
      { line: { ...judged, kind: 'state' }, facts: FACTS },
    ]);

    const text = readFileSync(page, 'utf8');
    assert.deepEqual(text.match(/^### .*/gm), ['### Aims', '### Memory and start-up']);
    assert.match(
      text,
      /\| {2}\| backend \| met \| missed \| not judged \|\n(\| --- ){5}\|\n\| Memory and start-up \| heap \| 1 \| 1 \| 1 \|\n\n/,
    );
  });

  it('keeps the part of a kind of which no line is recorded', () => {
    writeFileSync(page, withPart('# Speed\n', 'memory', 'kept'));

    const written = writeToPage(page, 'memory', [{ line: LINE, facts: FACTS }]);

    assert.equal(written, 0);
    assert.equal(readFileSync(page, 'utf8'), withPart('# Speed\n', 'memory', 'kept'));
  });

  it('has the new part of a kind in place of the old one, and all else as it was', () => {
    const before = withPart(`${withPart('above\n', 'state', 'old')}between\n`, 'memory', 'kept');

    const after = withPart(before, 'state', 'new');

    assert.equal(after, before.replace('old', 'new'));
  });
});
