import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('README', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-readme-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const node = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  };

  it('shows a program that compiles under the strict flags and runs', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    writeFileSync(join(folder, 'program.ts'), /^```ts\n(.*?)^```/ms.exec(readme)![1]!);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const tsconfig = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: { composite: false, isolatedDeclarations: false, declarationMap: false },
      files: ['program.ts'],
    };
    const options = { ...tsconfig.compilerOptions, rootDir: '.', outDir: '.' };
    const text = JSON.stringify({ ...tsconfig, compilerOptions: options });
    writeFileSync(join(folder, 'tsconfig.json'), text);

    node(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.', '--tsBuildInfoFile', 'null');
    const output = node('program.js');

    assert.deepEqual(output.match(/shop: '\w+', cents: \d+/g), [
      "shop: 'north', cents: 250",
      "shop: 'south', cents: 990",
      "shop: 'north', cents: 400",
    ]);
  });
});
