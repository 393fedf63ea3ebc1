import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** What Biome says with the rules of this repository about files, by name; its start takes seconds. */
function lint(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
  mkdirSync(join(folder, 'src'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'src', name), text);
  }
  const args = [BIOME, 'lint', `--config-path=${ROOT}`, '--vcs-enabled=false', folder];
  const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const output = `${result.stdout}${result.stderr}`;
  assert.match(output, new RegExp(`Checked ${Object.keys(files).length} file`));
  return output;
}

describe('biome', () => {
  const functionOf = (lines: number): string =>
    `export function f(x: number): void {\n${'  f(x);\n'.repeat(lines)}}\n`;

  it('refuses a function of more than 70 lines in a source file, and lets the describe of a test be longer', () => {
    const told = lint({
      'long.ts': functionOf(71),
      'short.ts': functionOf(68),
      'long.test.ts': functionOf(90),
    });

    const refused = told.match(/\S+(?= lint\/\S+\/noExcessiveLinesPerFunction)/g) ?? [];
    assert.deepEqual(
      refused.map((place) => /src\/(.*?):/.exec(place)?.[1]),
      ['long.ts'],
    );
  });
});
