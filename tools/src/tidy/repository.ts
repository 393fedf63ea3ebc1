/** What the rules look at: the text files of the repository, read once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Repository {
  readonly files: readonly SourceFile[];
}

/** One thing to mend. */
export interface Problem {
  readonly path: string;
  /** From 1; left out where the whole file is meant. */
  readonly line?: number;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  check(repository: Repository): Problem[];
}

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  '.git',
  'coverage',
  'dist',
  'fixtures',
  'golden',
  'node_modules',
  'tmp',
]);
const TEXT_FILE = /(\.(tsx?|mts|mjs|json|md)|\/run)$/;

export function readRepository(root: string): Repository {
  const files = walk(root)
    .map((path) => ({ absolute: path, path: relative(root, path).split(sep).join('/') }))
    .filter(({ path }) => TEXT_FILE.test(path) && path !== 'package-lock.json')
    .map(({ absolute, path }) => ({ path, text: readFileSync(absolute, 'utf8') }));
  return { files };
}

export function fileText(repository: Repository, path: string): string | undefined {
  return repository.files.find((file) => file.path === path)?.text;
}

/** Our TypeScript sources: everything below a `src` folder. */
export function sourcesOf(repository: Repository): SourceFile[] {
  return repository.files.filter(({ path }) => /\/src\/.*\.tsx?$/.test(path));
}

/** Tests and benches are not shipped, so some rules do not hold for them. */
export function isTestOrBench(path: string): boolean {
  return /\.(test|bench)\.ts$/.test(path);
}

function walk(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) {
      return [path];
    }
    return SKIPPED_FOLDERS.has(entry.name) ? [] : walk(path);
  });
}
