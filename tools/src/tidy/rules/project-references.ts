/** The references of each `tsconfig.json` are the workspace dependencies of its `package.json`. */
import { posix } from 'node:path';
import { HOUSE } from '../house.ts';
import { fileText, type Problem, type Repository, type Rule } from '../repository.ts';

export const projectReferences: Rule = {
  name: 'project-references',
  check: (repository) => [
    ...Object.keys(HOUSE).flatMap((folder) => checkPackage(repository, folder)),
    ...checkRoot(repository),
  ],
};

function checkPackage(repository: Repository, folder: string): Problem[] {
  const manifest = fileText(repository, `${folder}/package.json`);
  const path = `${folder}/tsconfig.json`;
  if (manifest === undefined || fileText(repository, path) === undefined) {
    return [];
  }
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, object>;
  const named = { ...dependencies, ...devDependencies }; // What is bundled is of the latter.
  const wanted = Object.entries(HOUSE)
    .filter(([, { name }]) => name in named)
    .map(([dependency]) => dependency);
  return difference(path, wanted, referencesOf(repository, path), `${folder}/package.json`);
}

function checkRoot(repository: Repository): Problem[] {
  const wanted = Object.keys(HOUSE).filter(
    (folder) => fileText(repository, `${folder}/tsconfig.json`) !== undefined,
  );
  return difference(
    'tsconfig.json',
    wanted,
    referencesOf(repository, 'tsconfig.json'),
    'the house',
  );
}

function referencesOf(repository: Repository, path: string): string[] {
  const text = fileText(repository, path) ?? '{}';
  const { references = [] } = JSON.parse(text) as { references?: { path: string }[] };
  return references.map((reference) => posix.join(posix.dirname(path), reference.path));
}

function difference(
  path: string,
  wanted: readonly string[],
  found: readonly string[],
  source: string,
): Problem[] {
  const missing = wanted.filter((folder) => !found.includes(folder));
  const surplus = found.filter((folder) => !wanted.includes(folder));
  return [
    ...missing.map((folder) => ({
      path,
      message: `lacks a reference to ${folder}, which ${source} names`,
    })),
    ...surplus.map((folder) => ({
      path,
      message: `references ${folder}, which ${source} does not name`,
    })),
  ];
}
