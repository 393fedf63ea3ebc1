/** The commands of "See into a Flink savepoint in one minute" print what the page says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MILLRACE } from './run-cli.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = join(ROOT, 'docs/guide/see-into-a-flink-savepoint.md');
/** Where the page's clone is, and how wide its terminal. */
const HOME = 'file:/home/you/millrace';
const WIDTH = 100;

interface Step {
  readonly command: string;
  /** A line `…` stands for any number of lines. */
  readonly prints: string;
}

function stepsOf(page: string): Step[] {
  return [...page.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const end = step.indexOf('\n');
        return { command: step.slice(0, end), prints: step.slice(end + 1) };
      }),
  );
}

describe('the guide to savepoints', () => {
  let folder = '';
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-guide-')));
    symlinkSync(join(ROOT, 'tests'), join(folder, 'tests'), 'dir');
  });
  after(() => rmSync(folder, { recursive: true }));

  const steps = stepsOf(readFileSync(PAGE, 'utf8'));

  it('has commands', () => {
    assert.ok(steps.filter(({ command }) => command.startsWith('npx millrace ')).length > 5);
  });

  for (const { command, prints } of steps) {
    it(`prints what the page says: ${command}`, () => {
      const isPiped = command.includes('|');
      const run = command.replace(/^npx millrace/, `'${process.execPath}' '${MILLRACE}'`);
      const width = command.startsWith('npx millrace') && !isPiped ? ` --width ${WIDTH}` : '';

      const { stdout } = spawnSync('sh', ['-c', `{ ${run}${width}; } 2>&1`], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      });

      const shown = stdout.replaceAll(`file:${folder}`, HOME);
      const [start = '', end] = prints.split('\n…\n');
      if (end === undefined) {
        assert.equal(shown, start);
      } else {
        assert.equal(shown.slice(0, start.length), start);
        assert.equal(shown.slice(-end.length), end);
      }
    });
  }
});
