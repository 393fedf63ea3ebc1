/** The compiled benches: beside their subjects in packages, and here where they cross packages. */
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Sorted absolute paths of `dist/**` files named `*.bench.js`; `pattern` is a part of the path. */
export function findBenchFiles(root: string, pattern = ''): string[] {
  return ['packages', 'benchmarks']
    .flatMap((folder) => walk(join(root, folder)))
    .filter((path) => path.endsWith('.bench.js') && path.split(sep).includes('dist'))
    .filter((path) => path.slice(root.length).includes(pattern))
    .sort();
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}
