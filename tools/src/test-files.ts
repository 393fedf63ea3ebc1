/**
 * The compiled tests: `*.test.js` below a `dist` folder of packages, tools, benchmarks, tests and
 * examples.
 *
 * `node --test DIR` works on Node 20 only and a quoted glob on later ones only, so files are
 * listed here. The long simulation and crash runs are programs with another name and a script of
 * their own; their short variants are `*.test.js` and are found. Tests that need real Flink are
 * left out unless the pattern names them by folder, the long ones where there is no pattern.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const REAL_FLINK = [
  join('tests', 'dist', 'interop'),
  join('benchmarks', 'dist', 'compare-flink', 'sides-and-real-flink'),
];
/** Of the scripts `test:…` for a part of the house, and the benches with tiny sizes: they take minutes. */
const LONG = [
  ...['compatibility', 'command-line', 'fuzz', 'rest', 'clients'].map((folder) =>
    join('tests', 'dist', folder),
  ),
  ...[
    'rocksdb-',
    'incremental-checkpoints',
    'local-recovery',
    'threads-',
    'shutdown',
    'live-state',
  ].map((start) => join('tests', 'dist', 'e2e', start)),
  ...['crash', 'worker-kills', 'rocksdb-'].map((start) => join('tests', 'dist', 'crash', start)),
  ...['simulation', 'rocksdb-'].map((start) => join('tests', 'dist', 'simulation', start)),
  join('tests', 'dist', 'soak', 'planted-'),
  join('packages', 'state-backends', 'rocksdb', 'dist', 'binding'),
  join('packages', 'state-backends', 'rocksdb', 'dist', 'backend', 'rocksdb-backend.conformance'),
  join('tests', 'dist', 'browser'),
  ...['big-state', 'nexmark', 'smoke'].map((start) => join('benchmarks', 'dist', start)),
];
const FOLDERS = ['packages', 'tools', 'benchmarks', 'tests', 'examples'];

/** A part of a path that no test file has. */
export class NoTestFileMatches extends Error {}

/**
 * Files that have one of the parts in their paths, each once; all of them without parts.
 *
 * @throws NoTestFileMatches for a part that no test file has
 */
export function findTestFilesOf(root: string, parts: readonly string[]): string[] {
  const found = new Set<string>();
  for (const part of parts.length === 0 ? [''] : parts) {
    const files = findTestFiles(root, part);
    if (files.length === 0) {
      throw new NoTestFileMatches(
        part === ''
          ? `no compiled test in ${root}; build first`
          : `no compiled test has '${part}' in its path; give a part of the path of a test or of what stands ` +
              'beside it, such as checkpoint or packages/core/src/state, and build first if the test is new',
      );
    }
    for (const file of files) {
      found.add(file);
    }
  }
  return [...found];
}

/** Sorted paths relative to `root`; `pattern` is a part of the path, of the source or of what it became. */
export function findTestFiles(root: string, pattern = ''): string[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => walk(join(root, folder)))
    .filter((path) => path.endsWith('.test.js') && path.split(sep).includes('dist'))
    .filter((path) => hasSource(path))
    .map((path) => relative(root, path))
    .filter((path) => path.includes(pattern) || sourceOf(path).includes(pattern))
    .filter((path) => isAskedFor(path, pattern))
    .sort();
}

function isAskedFor(path: string, pattern: string): boolean {
  const realFlink = REAL_FLINK.find((start) => path.startsWith(start));
  if (realFlink !== undefined) {
    return pattern.startsWith(realFlink) || pattern.startsWith(sourceOf(realFlink));
  }
  return pattern !== '' || !LONG.some((start) => path.startsWith(start));
}

/** A deleted or renamed test leaves its compiled file behind; that one no longer counts. */
function hasSource(compiled: string): boolean {
  return statSync(sourceOf(compiled), { throwIfNoEntry: false }) !== undefined;
}

function sourceOf(compiled: string): string {
  const parts = compiled.split(sep);
  parts[parts.lastIndexOf('dist')] = 'src';
  return parts.join(sep).replace(/\.js$/, '.ts');
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}
