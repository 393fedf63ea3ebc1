import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** What Biome says about a file of this name, with the rules of this repository. */
function lint(fileName: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', fileName), text);
  const args = [BIOME, 'lint', `--config-path=${ROOT}`, '--vcs-enabled=false', folder];
  const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const output = `${result.stdout}${result.stderr}`;
  assert.match(output, /Checked 1 file/);
  return output;
}

describe('biome', () => {
  const functionOf = (lines: number): string =>
    `export function f(x: number): void {\n${'  f(x);\n'.repeat(lines)}}\n`;

  it('refuses a function of more than 70 lines in a source file', () => {
    assert.match(lint('a.ts', functionOf(71)), /noExcessiveLinesPerFunction/);
    assert.doesNotMatch(lint('a.ts', functionOf(68)), /noExcessiveLinesPerFunction/);
  });

  it('lets the describe of a test be longer', () => {
    assert.doesNotMatch(lint('a.test.ts', functionOf(90)), /noExcessiveLinesPerFunction/);
  });
});
