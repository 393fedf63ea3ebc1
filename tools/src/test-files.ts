/**
 * The compiled tests: `*.test.js` below a `dist` folder of packages, tools, benchmarks, tests and
 * examples.
 *
 * `node --test DIR` works on Node 20 only and a quoted glob on later ones only, so files are
 * listed here. The long simulation and crash runs are programs with another name and a script of
 * their own; their short variants are `*.test.js` and are found. Tests that need real Flink are
 * left out unless the pattern names their folder.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const REAL_FLINK = join('tests', 'dist', 'interop');
const FOLDERS = ['packages', 'tools', 'benchmarks', 'tests', 'examples'];

/** Sorted paths relative to `root`; `pattern` is a part of the path. */
export function findTestFiles(root: string, pattern = ''): string[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => walk(join(root, folder)))
    .filter((path) => path.endsWith('.test.js') && path.split(sep).includes('dist'))
    .filter((path) => hasSource(path))
    .map((path) => relative(root, path))
    .filter((path) => path.includes(pattern))
    .filter((path) => !path.startsWith(REAL_FLINK) || pattern.startsWith(REAL_FLINK))
    .sort();
}

/** A deleted or renamed test leaves its compiled file behind; that one no longer counts. */
function hasSource(compiled: string): boolean {
  const parts = compiled.split(sep);
  parts[parts.lastIndexOf('dist')] = 'src';
  const source = join(dirname(parts.join(sep)), parts.at(-1)!.replace(/\.js$/, '.ts'));
  return statSync(source, { throwIfNoEntry: false }) !== undefined;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}
