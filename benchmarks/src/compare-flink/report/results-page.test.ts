import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ComparedLine } from './compared-line.ts';
import { type PageFacts, withPart, writeToPage } from './results-page.ts';

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
const FACTS: PageFacts = {
  date: '2026-11-22T08:00:00.000Z',
  quick: false,
  machine: { cores: 2 },
  versions: [],
  settings: {},
  load: { before: 0, after: 1 },
  command: 'npm run bench:compare',
};

describe('the page of results', () => {
  it('has the part of a kind at its end when there was none', () => {
    const page = withPart('# Speed\n', 'state', 'first');

    assert.match(
      page,
      /^# Speed\n\n<!-- bench:compare state[^\n]*-->\n\nfirst\n\n<!-- end of state -->\n$/,
    );
  });

  it('shows each plot, which is a file in the folder of its name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-'));
    const page = join(folder, 'speed.md');
    try {
      writeToPage(page, 'scaling', { lines: [LINE], facts: FACTS });

      const [, link = ''] = /!\[[^\]]+\]\(([^)]+)\)/.exec(readFileSync(page, 'utf8')) ?? [];
      assert.equal(link, 'speed/scaling-keys.svg');
      assert.ok(existsSync(join(folder, link)));
      assert.deepEqual(readdirSync(join(folder, 'speed')), ['scaling-keys.svg']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has the new part of a kind in place of the old one, and all else as it was', () => {
    const before = withPart(`${withPart('above\n', 'state', 'old')}between\n`, 'memory', 'kept');

    const after = withPart(before, 'state', 'new');

    assert.equal(after, before.replace('old', 'new'));
  });
});
