/** No file imports itself by way of others. Imports of types alone vanish and do not count. */
import { importsOf } from '../imports.ts';
import { type Problem, type Rule, sourcesOf } from '../repository.ts';

export const importCycles: Rule = {
  name: 'import-cycles',
  check: (repository) => {
    const edges = new Map<string, readonly string[]>();
    for (const file of sourcesOf(repository)) {
      const targets = importsOf(file).filter(({ typeOnly }) => !typeOnly);
      edges.set(
        file.path,
        targets.flatMap(({ target }) => target ?? []),
      );
    }
    return findCycles(edges).map(
      (cycle): Problem => ({
        path: cycle[0]!,
        message: `imports itself: ${[...cycle, cycle[0]].join(' -> ')}; move what both need to a third file`,
      }),
    );
  },
};

/** One cycle for each edge that closes one, in a depth-first walk. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (path.includes(file)) {
      cycles.push(path.slice(path.indexOf(file)));
      return;
    }
    if (done.has(file)) {
      return;
    }
    path.push(file);
    edges.get(file)?.forEach(visit);
    path.pop();
    done.add(file);
  };
  [...edges.keys()].sort().forEach(visit);
  return cycles;
}
