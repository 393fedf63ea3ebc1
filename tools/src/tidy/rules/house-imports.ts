/** Packages and rooms import only what the house table lists. */
import { HOUSE, packageOf, roomOf } from '../house.ts';
import { type Import, importsOf } from '../imports.ts';
import {
  isTestOrBench,
  type Problem,
  type Rule,
  type SourceFile,
  sourcesOf,
} from '../repository.ts';

const OUR_NAMES: ReadonlySet<string> = new Set(Object.values(HOUSE).map(({ name }) => name));
const TABLE = 'see tools/src/tidy/house.ts';

export const houseImports: Rule = {
  name: 'house-imports',
  check: (repository) =>
    sourcesOf(repository).flatMap((file) => {
      const home = packageOf(file.path);
      if (home === undefined) {
        return [{ path: file.path, message: `lies in no package of the house; ${TABLE}` }];
      }
      const room = roomOf(home.folder, file.path);
      if (room !== undefined && home.rules.rooms !== undefined && !(room in home.rules.rooms)) {
        return [{ path: file.path, message: `the room ${room} is not in the house; ${TABLE}` }];
      }
      return importsOf(file).flatMap((imported) => checkImport(file, imported));
    }),
};

function checkImport(file: SourceFile, imported: Import): Problem[] {
  const { folder, rules } = packageOf(file.path)!;
  const problem = (message: string): Problem[] => [
    { path: file.path, line: imported.line, message },
  ];
  const packageName = imported.specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? '';
  if (OUR_NAMES.has(packageName)) {
    const allowed = packageName !== rules.name && rules.mayImport.includes(packageName);
    return allowed ? [] : problem(`${rules.name} may not import ${packageName}; ${TABLE}`);
  }
  if (imported.target === undefined) {
    return folder === 'packages/core' && !isTestOrBench(file.path) && !isNodeModule(imported)
      ? problem(`core imports nothing but node: modules; move ${packageName} to another package`)
      : [];
  }
  if (packageOf(imported.target)?.folder !== folder) {
    return problem(`${imported.specifier} leaves its package; import the package by its name`);
  }
  const from = roomOf(folder, file.path);
  const to = roomOf(folder, imported.target);
  if (rules.rooms === undefined || from === undefined || from === to || isTestOrBench(file.path)) {
    return [];
  }
  if (to === undefined) {
    return problem(`${imported.specifier} lies in no room; import the file that holds the concept`);
  }
  const allowed = rules.rooms[from]?.includes(to) ?? false;
  return allowed ? [] : problem(`the room ${from} may not import the room ${to}; ${TABLE}`);
}

function isNodeModule(imported: Import): boolean {
  return imported.specifier.startsWith('node:');
}
