/** What the pages show as TypeScript compiles under the strict flags and runs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Without it a run of tests does not report to the run that it is part of. */
const { NODE_TEST_CONTEXT: _context, ...ENVIRONMENT } = process.env;

describe('examples', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-examples-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const node = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: ENVIRONMENT,
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  };
  const compile = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const tsconfig = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: {
        composite: false,
        isolatedDeclarations: false,
        declarationMap: false,
        rootDir: '.',
        outDir: '.',
      },
      files: Object.keys(files),
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    node(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.', '--tsBuildInfoFile', 'null');
  };

  it('of the README run', () => {
    compile({ 'program.ts': examplesOf('README.md')[0]! });

    const output = node('program.js');

    assert.deepEqual(output.match(/shop: '\w+', cents: \d+/g), [
      "shop: 'north', cents: 250",
      "shop: 'south', cents: 990",
      "shop: 'north', cents: 400",
    ]);
  });

  it('of the guide to schema evolution run', () => {
    compile({ 'program.ts': examplesOf('docs/guide/schema-evolution.md')[0]! });

    assert.equal(node('program.js'), 'north: 250 EUR\nsouth: 990 EUR\nnorth: 650 EUR\n');
  });

  it('of the guide to testing are tests that pass', () => {
    const examples = examplesOf('docs/guide/testing.md');
    compile(Object.fromEntries(examples.map((text) => [fileNameOf(text), text])));

    const files = examples.map((text) => fileNameOf(text).replace(/ts$/, 'js'));
    const output = node('--test', '--test-reporter=tap', ...files);

    assert.match(output, /# pass 4\n# fail 0\n/);
  });
});

function examplesOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, example]) => example!);
}

/** An example that is a file of its own says so in its first line: `// name.ts`. */
function fileNameOf(example: string): string {
  const name = /^\/\/ (\S+\.ts)$/m.exec(example)?.[1];
  assert.ok(name, 'the first line of an example names its file');
  return name;
}
