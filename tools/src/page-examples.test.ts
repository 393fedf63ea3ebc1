/** What the pages show as TypeScript compiles under the strict flags, runs, and prints what they say. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Its page runs RocksDB, which not every machine can build; with `CI=true` nothing is left out. */
const ROCKSDB_PAGE = 'state-backends';
const ROCKSDB_ADDON =
  process.env.MILLRACE_ROCKSDB_ADDON ??
  join(ROOT, 'packages/state-backends/rocksdb/native/build/millrace_rocksdb.node');
const whyNoRocksDB =
  existsSync(ROCKSDB_ADDON) || process.env.CI === 'true'
    ? undefined
    : `there is no ${ROCKSDB_ADDON}; build it with \`npm run build:rocksdb\``;

/** Without it a run of tests does not report to the run that it is part of. */
const { NODE_TEST_CONTEXT: _context, ...ENVIRONMENT } = process.env;

/** Pages of the guide whose programs are followed by what they print. */
const PAGES = [
  'async-io',
  'batch',
  'event-time',
  'job-control',
  'joins',
  'rest',
  'state',
  ROCKSDB_PAGE,
  'state-processor',
  'threads',
  'windows',
] as const;

/** Its program must be the main module of its process, which worker threads run once more. */
const THREADS_PAGE = 'threads';

describe('examples', () => {
  let folder = '';
  const readme = examplesOf('README.md')[0]!;
  const evolution = examplesOf('docs/guide/schema-evolution.md')[0]!;
  const tests = examplesOf('docs/guide/testing.md').map((text) => ({
    name: fileNameOf(text),
    text,
  }));
  const programs = PAGES.flatMap((page) => programsOf(page));
  const whyNot = (page: string): string | undefined =>
    page === ROCKSDB_PAGE ? whyNoRocksDB : undefined;
  let printed: ReadonlyMap<string, string> = new Map();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-examples-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    compile({
      'readme.ts': readme,
      'schema-evolution.ts': evolution,
      ...Object.fromEntries([...tests, ...programs].map(({ name, text }) => [name, text])),
    });
  });
  before(() => {
    const running = programs.filter(({ page }) => whyNot(page) === undefined);
    const together = running.filter(({ page }) => page !== THREADS_PAGE);
    const alone = running.filter(({ page }) => page === THREADS_PAGE);
    printed = new Map([
      ...outputs(['readme.ts', 'schema-evolution.ts', ...together.map(({ name }) => name)]),
      ...alone.map(({ name }) => [name, node(jsOf(name))] as const),
    ]);
  });
  after(() => {
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
  /** All at once: most of the time of a compilation is its start. */
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

  /** What each program prints; one process runs them in turn. */
  const outputs = (names: readonly string[]): Map<string, string> => {
    const lines = names.map(
      (name) => `console.log('>>> ${name}');\nawait import('./${jsOf(name)}');`,
    );
    writeFileSync(join(folder, 'all.js'), lines.join('\n'));
    const [, ...parts] = node('all.js').split('>>> ');
    return new Map(
      parts.map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
    );
  };

  it('of the README run', () => {
    const output = printed.get('readme.ts');

    assert.deepEqual(output?.match(/shop: '\w+', cents: \d+/g), [
      "shop: 'north', cents: 250",
      "shop: 'south', cents: 990",
      "shop: 'north', cents: 400",
    ]);
  });

  it('of the guide to schema evolution run', () => {
    const output = printed.get('schema-evolution.ts');

    assert.equal(output, 'north: 250 EUR\nsouth: 990 EUR\nnorth: 650 EUR\n');
  });

  it('of the guide to testing are tests that pass', () => {
    const files = tests.map(({ name }) => jsOf(name));

    const output = node('--test', '--test-reporter=tap', ...files);

    assert.match(output, /# pass 4\n# fail 0\n/);
  });

  for (const { page, name, prints } of programs) {
    const skip = whyNot(page) ?? false;
    it(`${name} of the guide to ${page} prints what the page says`, { skip }, () => {
      assert.equal(printed.get(name), prints);
    });
  }
});

function examplesOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, example]) => example!);
}

/** The examples of a page that are whole programs; others, which name no file, are excerpts. */
function programsOf(page: string): { page: string; name: string; text: string; prints: string }[] {
  const markdown = readFileSync(join(ROOT, `docs/guide/${page}.md`), 'utf8');
  const programs = examplesOf(`docs/guide/${page}.md`).filter((text) => text.startsWith('// '));
  assert.ok(programs.length > 0, `docs/guide/${page}.md has no program`);
  return programs.map((text) => {
    const rest = markdown.slice(markdown.indexOf(text) + text.length);
    const prints = /^```\n\nIt prints:\n\n```\n(.*?)^```/ms.exec(rest);
    assert.equal(prints?.index, 0, `${fileNameOf(text)} is followed by what it prints`);
    return { page, name: fileNameOf(text), text, prints: prints![1]! };
  });
}

function jsOf(name: string): string {
  return name.replace(/ts$/, 'js');
}

/** An example that is a file of its own says so in its first line: `// name.ts`. */
function fileNameOf(example: string): string {
  const name = /^\/\/ (\S+\.ts)$/m.exec(example)?.[1];
  assert.ok(name, 'the first line of an example names its file');
  return name;
}
