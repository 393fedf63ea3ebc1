/** What docs/guide/command-line.md shows of `millrace config lint`. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createProgram } from '@millrace/cli';
import { millrace } from './run-cli.ts';

const PAGE = readFileSync(
  fileURLToPath(new URL('../../../docs/guide/command-line.md', import.meta.url)),
  'utf8',
);

describe('the guide to the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-guide-config-'));
  after(() => rmSync(folder, { recursive: true }));

  it('shows what the lint of its configuration puts out', async () => {
    const [, file = ''] = /^```yaml\n(.*?)^```/ms.exec(PAGE) ?? [];
    const [, prints] = /^```\n(.*?)^```/ms.exec(PAGE.slice(PAGE.indexOf('puts out:'))) ?? [];
    writeFileSync(join(folder, 'flink-conf.yaml'), file);

    const { stdout, status } = await millrace(['config', 'lint', 'flink-conf.yaml'], {
      cwd: folder,
    });

    assert.equal(stdout, prints);
    assert.equal(status, 3);
  });

  it('names commands and options that are there', () => {
    const program = createProgram(() => {});
    const { commands } = program;
    // But for `help`, which is answered before the command line is read.
    const named = [...PAGE.matchAll(/`(?:npx )?millrace (?!help)(\w+)([^`]*)`/g)];

    assert.ok(named.length > 5);
    for (const [, name, rest = ''] of named) {
      const command = commands.find((each) => each.name() === name);
      assert.ok(command, `millrace ${name}`);
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) {
        const has = command.options.some(({ long }) => long === flag);
        assert.ok(has || flag === '--help', `millrace ${name} ${flag}`);
      }
    }
  });
});
